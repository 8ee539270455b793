"""The reasoning behind a recommended week, from computed facts."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scoring.domain.timing import HIGH, MODERATE, STABLE, LoanTiming
from scoring.wording.numbers import day, days, percent

VOLATILITY = {
    STABLE: gettext_lazy("Daily revenue is stable."),
    MODERATE: gettext_lazy("Daily revenue varies moderately."),
    HIGH: gettext_lazy("Daily revenue varies a lot."),
}


def timing_text(timing: LoanTiming) -> str:
    """Say why that week, how even the days are, and when the week comes next. No amounts."""
    sentences = [_best_week(timing)]
    if timing.volatility:
        sentences.append(str(VOLATILITY[timing.volatility]))
    sentences.append(
        _("That week comes next from %(start)s to %(end)s.")
        % {"start": day(timing.starts_on), "end": day(timing.ends_on)}
    )
    return " ".join(sentences)


def _best_week(timing: LoanTiming) -> str:
    facts = {"days": days(timing.observed_days), "week": timing.recommended_week}
    lead = _lead_percent(timing)
    if lead is None:
        return _("In the last %(days)s sales were best in week %(week)s of the month.") % facts
    return _(
        "In the last %(days)s sales were best in week %(week)s of the month: %(lead)s above the"
        " other weeks."
    ) % {**facts, "lead": percent(lead)}


def _lead_percent(timing: LoanTiming) -> Decimal | None:
    means = [mean for mean in timing.week_means if mean is not None]
    best = timing.week_means[timing.recommended_week - 1]
    if best is None or len(means) < 2:
        return None
    others = (sum(means) - best) / (len(means) - 1)
    return 100 * (best - others) / others if others > 0 else None
