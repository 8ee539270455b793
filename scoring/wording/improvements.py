"""What each component still has to win, as a sentence."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from scoring.wording.numbers import count, days, number, percent

SENTENCES = {
    "volume": _("From %(current)s to %(target)s sales a month: up to %(points)s points."),
    "consistency": _(
        "Steadier revenue, from %(current)s difference between months towards %(target)s: up to"
        " %(points)s points."
    ),
    "growth": _(
        "Revenue growth beyond chance, from %(current)s to %(target)s a month: up to %(points)s points."
    ),
    "refund": _(
        "Fewer refunds, from %(current)s of sales towards %(target)s: up to %(points)s points."
    ),
    "settlement": _("Settlement after %(target)s instead of %(current)s: up to %(points)s points."),
}

# A component that was not measured has no figure to start from.
UNMEASURED = {
    "consistency": _("Two months of sales show how steady revenue is: up to %(points)s points."),
    "growth": _("Two months of sales show how revenue grows: up to %(points)s points."),
    "settlement": _(
        "Sales through the gateway or cash show how soon money arrives: up to %(points)s points."
    ),
}

_WRITERS = {
    "volume": count,
    "consistency": percent,
    "growth": percent,
    "refund": percent,
    "settlement": days,
}


def improvement_text(improvement: Mapping[str, Any]) -> str:
    """Word one stored improvement in the active language."""
    component = improvement["component"]
    write = _WRITERS[component]
    points = number(improvement["points_to_win"])
    if improvement["current"] is None:
        return str(UNMEASURED[component]) % {"points": points}
    return str(SENTENCES[component]) % {
        "current": write(improvement["current"]),
        "target": write(improvement["target"]),
        "points": points,
    }
