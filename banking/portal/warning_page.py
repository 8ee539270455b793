"""What the page of one warning shows."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts import wording
from alerts.ai_texts import analysis_of
from alerts.models import BankReview, EarlyWarning, WarningStep
from alerts.selectors import NEW, open_warnings
from merchants.models import Merchant
from scoring.selectors import latest_score

# Asked every two seconds, a minute long.
MOST_POLLS = 30
Event, State = WarningStep.Event, BankReview.State
# Icons of the history.
SIGNS = {
    Event.RAISED: "warning",
    Event.UPDATED: "info",
    Event.WORSENED: "down",
    Event.EASED: "up",
    Event.RESOLVED: "success",
}
REVIEW_SIGNS = {State.ACKNOWLEDGED: "eye", State.MONITORING: "clock", State.RESOLVED: "check"}


class ReviewForm(forms.Form):
    """What a bank's person makes of a warning."""

    state = forms.ChoiceField(choices=State)
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=2000)


@dataclass(frozen=True)
class Window:
    """One of the figures that are compared; `share` is its part of the largest, 0 to 100."""

    label: str
    value: str
    share: Decimal
    is_threshold: bool = False


def warning_page(warning: EarlyWarning, form: ReviewForm) -> dict:
    """Return the context of `banking/warnings/detail.html`."""
    merchant = warning.merchant
    return {
        "warning": warning,
        "sentence": wording.warning_text(warning),
        "metric": wording.metric_name(warning),
        "windows": _windows(warning),
        "deviation": wording.deviation_text(warning),
        "resolution": wording.resolution_text(warning),
        **analysis_card(warning),
        "history": list(_history(warning)),
        "reviews": [_review(review) for review in warning.own_reviews],
        "is_new": warning.standing == NEW,
        "form": form,
        "fresh_form": ReviewForm(),
        "refused_state": form.data.get("state", "") if form.errors else "",
        **_summary(merchant, warning),
    }


def analysis_card(warning: EarlyWarning, *, polls: int = 0) -> dict:
    """Return the context of `_analysis.html`; while the AI writes, the page asks MOST_POLLS times."""
    analysis = analysis_of(warning)
    return {
        "analysis": analysis,
        "paragraphs": [analysis.text],
        "poll_url": f"?analisis={polls + 1}" if polls < MOST_POLLS else "",
    }


def _summary(merchant: Merchant, warning: EarlyWarning) -> dict:
    return {
        "merchant": merchant,
        "score": latest_score(merchant),
        "others": [other for other in open_warnings(merchant) if other.pk != warning.pk],
    }


def _windows(warning: EarlyWarning) -> list[Window]:
    facts = warning.facts
    figures = [(_recent(facts), warning.current_value, False)]
    if "past" in facts:
        figures.append((_past(facts), Decimal(facts["past"]), False))
    figures.append((_("Threshold"), warning.threshold, True))
    largest = max(value for _label, value, _is in figures) or 1
    return [
        Window(label, wording.figure(warning, value), 100 * value / largest, is_threshold)
        for label, value, is_threshold in figures
    ]


def _recent(facts: dict) -> str:
    if "recent_days" not in facts:
        return _("Now")
    return _("Last %(days)s days") % {"days": facts["recent_days"]}


def _past(facts: dict) -> str:
    if "past_days" not in facts:
        return _("Before")
    return _("The %(days)s days before") % {"days": facts["past_days"]}


def _history(warning: EarlyWarning) -> Iterator[dict]:
    """Yield what happened to a warning, newest first."""
    for step in reversed(warning.steps.all()):
        value = wording.figure(warning, step.current_value)
        yield {
            "icon": SIGNS[step.event],
            "text": f"{step.get_event_display()}: {step.get_severity_display()}, {value}",
            "at": step.at,
        }


def _review(review: BankReview) -> dict:
    return {
        "icon": REVIEW_SIGNS[review.state],
        "text": review.get_state_display(),
        "at": review.at,
        "who": review.by.full_name,
        "note": review.note,
    }
