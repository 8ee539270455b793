"""
The factors: `CATALOGUE`, `find` by name or alias, `compute` from a ledger, `encode` and `decode` as JSON,
and how values, thresholds and directions are written.

    >>> written(CATALOGUE["max_dpd_current"], Decimal(45)), written(CATALOGUE["debt_service_ratio"], Decimal("33.3333"))
    ('45 hari', '33,33%')
    >>> direction(CATALOGUE["max_dpd_current"], Decimal(30))
    'Makin besar makin berisiko; dilanggar bila > 30 hari'
    >>> rule_sentence(CATALOGUE["membership_months"], Decimal(6), "en")
    'breached when < 6 months'
"""

from decimal import Decimal

from koperasi_risk.domain import words
from koperasi_risk.domain.catalogue import CATALOGUE, Factor, find
from koperasi_risk.domain.measures import compute
from koperasi_risk.domain.numbers import measured, usual_places
from koperasi_risk.domain.values import (
    AVAILABLE,
    NOT_APPLICABLE,
    NOT_AVAILABLE,
    Missing,
    Value,
    decode,
    encode,
)

__all__ = [
    "AVAILABLE",
    "CATALOGUE",
    "NOT_APPLICABLE",
    "NOT_AVAILABLE",
    "Factor",
    "Missing",
    "Value",
    "cause_text",
    "compute",
    "decode",
    "direction",
    "encode",
    "find",
    "rule_sentence",
    "written",
]


def written(factor: Factor, value: Value, language: str = "id") -> str:
    """Write a value with its unit, or why there is none."""
    if isinstance(value, Missing):
        return cause_text(value.cause, language)
    return measured(factor.unit, value, language)


def cause_text(cause: str, language: str = "id") -> str:
    """Say why a value is missing; the bare cause where a newer version named it."""
    return words.said(words.CAUSES[cause], language) if cause in words.CAUSES else cause


def direction(factor: Factor, threshold: Decimal | None = None, language: str = "id") -> str:
    """Say which way is risky, and from where on a rule is breached."""
    way = words.HIGHER_IS_RISKIER if factor.is_higher_riskier else words.LOWER_IS_RISKIER
    return f"{words.said(way, language)}; {rule_sentence(factor, threshold, language)}"


def rule_sentence(factor: Factor, threshold: Decimal | None = None, language: str = "id") -> str:
    """Say when a rule is breached: `dilanggar bila > 30 hari`."""
    sentence = words.BREACHED_ABOVE if factor.is_higher_riskier else words.BREACHED_BELOW
    limit = (
        words.said(words.THE_THRESHOLD, language)
        if threshold is None
        else measured(
            factor.unit,
            threshold,
            language,
            max(usual_places(factor.unit), -threshold.as_tuple().exponent),
        )
    )
    return words.said(sentence, language).format(threshold=limit)
