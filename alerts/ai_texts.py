"""What a warning means, in two or three sentences: the AI's once they passed the check, else a template's."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.utils.translation import get_language, override

from alerts.models import EarlyWarning
from alerts.wording import metric_name, warning_text
from core.ai import OFF, words
from core.money import round_half_up

QWEN, TEMPLATE = "qwen", "template"
KIND = "anomaly"
INSTRUCTIONS = """\
Explain an early warning about a small shop to a bank officer and to the shop's owner. "analysis": two or \
three sentences: what was measured, how far it is from what is usual for this shop, and what is worth \
looking at first. Name no cause as certain: the facts hold none."""
SCHEMA = {
    "type": "object",
    "properties": {"analysis": {"type": "string", "minLength": 20, "maxLength": 800}},
    "required": ["analysis"],
}

Kind = EarlyWarning.Kind
# The unit of the kind's figures, as names of facts tell it.
_UNITS = {
    Kind.REVENUE_DROP: "rupiah",
    Kind.TRANSACTION_DROP: "sales_a_day",
    Kind.REFUND_SPIKE: "percent",
    Kind.SETTLEMENT_DELAY: "days",
    Kind.SCORE_DROP: "points",
}
_DEVIATIONS = {Kind.REFUND_SPIKE: "percentage_points", Kind.SCORE_DROP: "points"}
# Which way things went, as the check of the AI's texts understands it (core.ai.known).
_FALLS = {Kind.REVENUE_DROP, Kind.TRANSACTION_DROP, Kind.SCORE_DROP}
_CURRENT = {**dict.fromkeys(_FALLS, "fallen_to"), Kind.REFUND_SPIKE: "risen_to"}
_OF_THE_KIND = {"past"}


@dataclass(frozen=True)
class Analysis:
    """A text with its `source`, "qwen" or "template"; `state` and `code` are the AI text's."""

    text: str
    source: str = TEMPLATE
    model: str = ""
    written_at: datetime | None = None
    state: str = OFF
    code: UUID | None = None

    def __str__(self) -> str:
        return self.text


def analysis_of(warning: EarlyWarning, language: str | None = None) -> Analysis:
    """Explain a warning in a language (default: the active one). Safe on every view of a page."""
    language = "en" if (language or get_language() or "id").startswith("en") else "id"
    with override(language):
        found = words(
            kind=KIND,
            subject=str(warning.code),
            language=language,
            facts=facts_of(warning),
            schema=SCHEMA,
            instructions=INSTRUCTIONS,
            temperature=0.4,
            max_tokens=300,
        )
        return Analysis(
            text=found.text["analysis"] if found.text else warning_text(warning),
            source=QWEN if found.text else TEMPLATE,
            model=found.model,
            written_at=found.written_at,
            state=found.state,
            code=found.code,
        )


def facts_of(warning: EarlyWarning) -> dict[str, Any]:
    """Return what the AI learns of a warning: figures alone, in the units that their names tell."""
    unit = _UNITS[warning.kind]
    seen = {_named(name, unit): _plain(value) for name, value in warning.facts.items()}
    deviation = -warning.deviation if warning.kind in _FALLS else warning.deviation
    return {
        **seen,
        "warning": warning.get_kind_display(),
        "severity": warning.get_severity_display(),
        "metric": metric_name(warning),
        f"{_CURRENT.get(warning.kind, 'current')}_{unit}": _rounded(warning.current_value, unit),
        f"threshold_{unit}": _rounded(warning.threshold, unit),
        f"deviation_{_DEVIATIONS.get(warning.kind, 'percent')}": _rounded(deviation, ""),
    }


def _named(name: str, unit: str) -> str:
    return f"{name}_{unit}" if name in _OF_THE_KIND else name


def _plain(value: Any) -> Any:
    """Figures are stored as text; whatever is neither figure nor day is none of the AI's business."""
    if isinstance(value, Mapping | list):
        return None
    if isinstance(value, str):
        try:
            return round_half_up(Decimal(value), 1)
        except InvalidOperation:
            return None
    return value


def _rounded(value: Decimal, unit: str) -> Decimal:
    return round_half_up(value, 0 if unit == "rupiah" else 1)
