"""How codes of lending read to people: reasons, checks, recommendations, collectability."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banking.domain import checks, collectability, reasons
from core.formats import DASH, angka, persen, rupiah

REASONS: Mapping[str, Promise] = {
    "STRONG_SCORE": gettext_lazy("The credit score is strong"),
    "STABLE_REVENUE": gettext_lazy("Revenue is stable"),
    "GOOD_HISTORY": gettext_lazy("Earlier loans were paid on time"),
    "WITHIN_LIMITS": gettext_lazy("Amount and instalment are within the limits"),
    "CONDITIONS_AGREED": gettext_lazy("Changed conditions were agreed on"),
    "LOW_SCORE": gettext_lazy("The credit score is too low"),
    "AMOUNT_TOO_HIGH": gettext_lazy("The amount is above the estimated limit"),
    "INSTALLMENT_TOO_HIGH": gettext_lazy("The instalment is too high for the revenue"),
    "UNSTABLE_REVENUE": gettext_lazy("Revenue varies too much"),
    "FALLING_REVENUE": gettext_lazy("Revenue is falling"),
    "HIGH_REFUNDS": gettext_lazy("Too much is refunded"),
    "OPEN_WARNINGS": gettext_lazy("There are open warnings"),
    "ARREARS": gettext_lazy("A running loan is in arrears"),
    "INSUFFICIENT_DATA": gettext_lazy("There is too little data to judge"),
    "INCOMPLETE_DOCUMENTS": gettext_lazy("Documents are missing"),
    "PURPOSE_NOT_FINANCED": gettext_lazy("The bank does not finance this purpose"),
    "WITHDRAWN_BY_MERCHANT": gettext_lazy("The merchant withdrew the application"),
    "OTHER": gettext_lazy("Another reason (see the notes)"),
}
CHECKS: Mapping[str, Promise] = {
    checks.SCORE: gettext_lazy("Credit score"),
    checks.AMOUNT: gettext_lazy("Amount within the estimated limit"),
    checks.INSTALLMENT_SHARE: gettext_lazy("Instalment's share of monthly revenue"),
    checks.TENOR: gettext_lazy("Tenor (months)"),
    checks.DATA_QUALITY: gettext_lazy("Data quality"),
    checks.WARNINGS: gettext_lazy("Open critical warnings"),
    checks.CONSENT: gettext_lazy("Consent of the merchant"),
    checks.ARREARS: gettext_lazy("Days past due on running loans"),
}
RECOMMENDATIONS: Mapping[str, Promise] = {
    checks.APPROVE: gettext_lazy("Approve"),
    checks.REVIEW: gettext_lazy("Review"),
    checks.REJECT: gettext_lazy("Reject"),
}
COLLECTABILITY: Mapping[int, Promise] = {
    collectability.CURRENT: gettext_lazy("Current"),
    collectability.SPECIAL_MENTION: gettext_lazy("Special mention"),
    collectability.SUBSTANDARD: gettext_lazy("Substandard"),
    collectability.DOUBTFUL: gettext_lazy("Doubtful"),
    collectability.LOSS: gettext_lazy("Loss"),
}
QUALITIES: Mapping[str, Promise] = {
    "complete": gettext_lazy("complete"),
    "partial": gettext_lazy("partial"),
    "insufficient": gettext_lazy("insufficient"),
}


def reason_label(code: str) -> str:
    """Word a reason; a code that is no longer known stands for itself."""
    return str(REASONS.get(code, code))


def reason_choices(decision: str) -> list[tuple[str, str]]:
    """Return codes and labels of the reasons that fit a decision, for a form."""
    return [(code, reason_label(code)) for code in reasons.choices(decision)]


def check_name(check: checks.Check) -> str:
    return str(CHECKS.get(check.code, check.code))


def check_value(check: checks.Check) -> str:
    """Write what a check found, in its unit."""
    return _figure(check.code, check.value)


def check_limit(check: checks.Check) -> str:
    """Write what a check compares with: `at least 60`, `at most Rp 36.000.000`."""
    figure = _figure(check.code, check.limit)
    if check.limit is None or check.code == checks.CONSENT:
        return figure
    if check.code in (checks.SCORE, checks.DATA_QUALITY):
        return _("at least %(figure)s") % {"figure": figure}
    return _("at most %(figure)s") % {"figure": figure}


def recommendation_label(code: str) -> str:
    return str(RECOMMENDATIONS.get(code, DASH))


def _figure(code: str, value: checks.Figure) -> str:
    if value is None:
        return DASH
    match code:
        case checks.AMOUNT:
            return rupiah(value)
        case checks.INSTALLMENT_SHARE:
            return persen(value)
        case checks.DATA_QUALITY:
            return str(QUALITIES.get(value, value))
        case checks.CONSENT:
            return _("Given") if value else _("Withdrawn")
        case _:
            return angka(value)
