"""How warnings look on the wire: figures as text with two decimals."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from alerts.ai_texts import TEMPLATE, analysis_of
from alerts.api.words import METRICS, SEVERITIES, STANDINGS, TYPES
from alerts.models import BankReview, EarlyWarning
from alerts.selectors import BoardCounts, BoardPage, TrendMonth
from alerts.wording import resolution_text, warning_text
from core.api.fields import instant
from scoring.api.answers import fixed

Status, State = EarlyWarning.Status, BankReview.State


def own_alerts(warnings: Iterable[EarlyWarning]) -> dict[str, Any]:
    """Word a merchant's open warnings for its owner."""
    warnings = list(warnings)
    counts = _by_severity(warning.severity for warning in warnings)
    return {
        "totalAlerts": len(warnings),
        "criticalCount": counts["critical"],
        "mediumCount": counts["medium"],
        "lowCount": counts["low"],
        "alerts": [own_alert(warning) for warning in warnings],
    }


def own_alert(warning: EarlyWarning) -> dict[str, Any]:
    return {
        "id": str(warning.code),
        "type": TYPES[warning.kind],
        "severity": SEVERITIES[warning.severity],
        "metric": METRICS[warning.kind],
        "currentValue": fixed(warning.current_value),
        "detectedAt": instant(warning.detected_at),
        **_analysis(warning),
        "acknowledgedAt": instant(warning.acknowledged_at),
    }


def merchant_alerts(merchant_code: str, warnings: Iterable[EarlyWarning]) -> dict[str, Any]:
    """Word one merchant's warnings for a bank."""
    warnings = list(warnings)
    counts = _by_severity(warning.severity for warning in warnings)
    return {
        "merchantId": merchant_code,
        "summary": {"total": len(warnings), **counts},
        "alerts": [bank_alert(warning) for warning in warnings],
    }


def bank_alert(warning: EarlyWarning) -> dict[str, Any]:
    return _for_bank(warning) | _analysis(warning)


def _for_bank(warning: EarlyWarning) -> dict[str, Any]:
    is_closed = warning.status == Status.RESOLVED
    return {
        "id": str(warning.code),
        "type": TYPES[warning.kind],
        "severity": SEVERITIES[warning.severity],
        "metric": METRICS[warning.kind],
        "value": fixed(warning.current_value),
        "threshold": fixed(warning.threshold),
        "deviation": fixed(warning.deviation),
        "detected": instant(warning.detected_at),
        "resolved": is_closed or warning.standing == State.RESOLVED,
        "standing": STANDINGS[warning.standing],
        "resolvedAt": instant(warning.resolved_at),
        "resolution": resolution_text(warning) or None,
    }


def board_page(page: BoardPage, counts: BoardCounts) -> dict[str, Any]:
    """Word one page of the board."""
    return {
        "counts": asdict(counts),
        "alerts": [_board_row(warning) for warning in page.rows],
        "nextCursor": page.next_cursor,
    }


def _board_row(warning: EarlyWarning) -> dict[str, Any]:
    merchant = warning.merchant
    return {
        "merchantId": merchant.code,
        "companyName": merchant.company_name,
        "city": merchant.city,
        # The AI's words are looked up one by one: a page of a hundred does without.
        **_for_bank(warning),
        **_in_brief(warning),
    }


def trend(months: Iterable[TrendMonth]) -> dict[str, Any]:
    """Word the months of the trend, oldest first."""
    return {"months": [asdict(month) | {"month": f"{month.month:%Y-%m}"} for month in months]}


def risk_flags(warnings: Iterable[EarlyWarning]) -> list[dict[str, Any]]:
    """Word open warnings in brief, beside a merchant's other figures."""
    return [
        {
            "type": TYPES[warning.kind],
            "severity": SEVERITIES[warning.severity],
            "detected": instant(warning.detected_at),
        }
        for warning in warnings
    ]


def _analysis(warning: EarlyWarning) -> dict[str, str]:
    # What is over needs no new words.
    if warning.status == Status.RESOLVED:
        return _in_brief(warning)
    analysis = analysis_of(warning)
    return {"analysis": analysis.text, "analysisSource": analysis.source}


def _in_brief(warning: EarlyWarning) -> dict[str, str]:
    return {"analysis": warning_text(warning), "analysisSource": TEMPLATE}


def _by_severity(severities: Iterable[str]) -> dict[str, int]:
    counts = dict.fromkeys(("critical", "medium", "low"), 0)
    for severity in severities:
        counts[severity.lower()] += 1
    return counts
