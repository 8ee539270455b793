"""
Why an application was decided as it was: codes that people choose from, up to four.

Those of a rejection are the principal reasons that the merchant is told. The wording of each code is in
`banking.wording`.

Source: screens S5 (up to four principal reasons); the usual reasons of adverse action notices.
"""

MOST = 4

APPROVAL = (
    "STRONG_SCORE",
    "STABLE_REVENUE",
    "GOOD_HISTORY",
    "WITHIN_LIMITS",
    "CONDITIONS_AGREED",
)
REJECTION = (
    "LOW_SCORE",
    "AMOUNT_TOO_HIGH",
    "INSTALLMENT_TOO_HIGH",
    "UNSTABLE_REVENUE",
    "FALLING_REVENUE",
    "HIGH_REFUNDS",
    "OPEN_WARNINGS",
    "ARREARS",
    "INSUFFICIENT_DATA",
    "INCOMPLETE_DOCUMENTS",
    "PURPOSE_NOT_FINANCED",
    "WITHDRAWN_BY_MERCHANT",
)
OTHER = "OTHER"


def choices(decision: str) -> tuple[str, ...]:
    """
    Return the codes that fit a decision.

    >>> choices("APPROVED")[0], choices("REJECTED")[-1], choices("SUBMITTED")
    ('STRONG_SCORE', 'OTHER', ())
    """
    fitting = {"APPROVED": APPROVAL, "REJECTED": REJECTION}.get(decision)
    return (*fitting, OTHER) if fitting else ()
