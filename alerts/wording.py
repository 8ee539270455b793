"""
Warnings in words: one sentence with its numbers, in the reader's language.

    Daily revenue averaged Rp 1.200.000 over the last 10 days, 43% below the Rp 2.100.000 of the
    20 days before.
"""

from collections.abc import Callable
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts.models import EarlyWarning
from scoring.wording.numbers import Figure, days, number, percent, rupiah

Kind = EarlyWarning.Kind

_METRICS = {
    Kind.REVENUE_DROP: gettext_lazy("Revenue a day"),
    Kind.TRANSACTION_DROP: gettext_lazy("Sales a day"),
    Kind.REFUND_SPIKE: gettext_lazy("Refund rate"),
    Kind.SETTLEMENT_DELAY: gettext_lazy("Days to settlement"),
    Kind.SCORE_DROP: gettext_lazy("Credit score"),
}
_UNITS: dict[str, Callable[[Figure], str]] = {
    Kind.REVENUE_DROP: rupiah,
    Kind.TRANSACTION_DROP: number,
    Kind.REFUND_SPIKE: percent,
    Kind.SETTLEMENT_DELAY: days,
    Kind.SCORE_DROP: number,
}
_SENTENCES = {
    Kind.REVENUE_DROP: gettext_lazy(
        "Revenue averaged %(value)s a day over the last %(recent_days)s days, %(deviation)s below "
        "the %(past)s of the %(past_days)s days before."
    ),
    Kind.TRANSACTION_DROP: gettext_lazy(
        "The shop made %(value)s sales a day over the last %(recent_days)s days, %(deviation)s "
        "below the %(past)s of the %(past_days)s days before."
    ),
    Kind.REFUND_SPIKE: gettext_lazy(
        "%(value)s of sales were refunded in the last %(recent_days)s days, %(deviation)s points "
        "more than the %(past)s of the %(past_days)s days before."
    ),
    Kind.SETTLEMENT_DELAY: gettext_lazy(
        "Sales of the last %(recent_days)s days take %(value)s on average until their money "
        "arrives; up to %(threshold)s is usual."
    ),
    Kind.SCORE_DROP: gettext_lazy(
        "The credit score is %(value)s, %(deviation)s points below its highest of the last "
        "%(recent_days)s days, %(past)s."
    ),
}
_NOTHING_SOLD = gettext_lazy(
    "The shop has sold nothing for %(recent_days)s days; before that it averaged %(past)s a day."
)
_IN_POINTS = {Kind.REFUND_SPIKE, Kind.SCORE_DROP}
_RESOLUTIONS = {
    "CLEARED": gettext_lazy("A scan found the condition gone."),
    "NOT_MEASURABLE": gettext_lazy(
        "There were too few days or sales for a month to judge this any more."
    ),
}


def metric_name(warning: EarlyWarning) -> str:
    """Name what was measured: `Refund rate`."""
    return str(_METRICS[warning.kind])


def figure(warning: EarlyWarning, value: Figure) -> str:
    """Write a value in the unit of the warning's kind: `Rp 1.200.000`, `12,5%`, `4,2 hari`."""
    return _UNITS[warning.kind](value)


def deviation_text(warning: EarlyWarning, value: Figure | None = None) -> str:
    """Write how far off the figure is, or was: `49,8 poin` where the kind counts these, else `12,5%`."""
    deviation = warning.deviation if value is None else value
    if warning.kind not in _IN_POINTS:
        return percent(deviation)
    return _("%(points)s points") % {"points": number(deviation)}


def warning_text(warning: EarlyWarning) -> str:
    """Tell in one sentence what was found, with its numbers."""
    facts = warning.facts
    return _sentence(warning) % {
        "value": figure(warning, warning.current_value),
        "threshold": figure(warning, warning.threshold),
        # The sentences that count in points say so themselves.
        "deviation": number(warning.deviation)
        if warning.kind in _IN_POINTS
        else percent(warning.deviation),
        "past": figure(warning, Decimal(facts["past"])) if "past" in facts else "",
        "recent_days": facts["recent_days"],
        "past_days": facts.get("past_days", ""),
    }


def resolution_text(warning: EarlyWarning) -> str:
    """Say why a resolved warning was closed; nothing for one that is open."""
    note = warning.resolution
    return str(_RESOLUTIONS.get(note, note))


def _sentence(warning: EarlyWarning) -> str:
    is_drop = warning.kind in (Kind.REVENUE_DROP, Kind.TRANSACTION_DROP)
    if is_drop and warning.facts.get("stopped_selling"):
        return str(_NOTHING_SOLD)
    return str(_SENTENCES[warning.kind])
