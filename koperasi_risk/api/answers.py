"""How rules and results look on the wire, and the envelope of this API."""

from typing import Any

from django.utils import timezone
from rest_framework.response import Response

from core.api.fields import instant
from koperasi_risk.api.words import ACTION_WORDS, DECISION_WORDS, number
from koperasi_risk.models import LoanCheck, RiskResult, RiskRule
from koperasi_risk.selectors.rules import RulesPage


def enveloped(
    request, data: Any, *, message: str, status: int = 200, pagination: dict | None = None
) -> Response:
    """Answer `{success, message, data, meta, errors}`."""
    meta = meta_of(request)
    if pagination:
        meta["pagination"] = pagination
    body = {"success": True, "message": message, "data": data, "meta": meta, "errors": None}
    return Response(body, status=status)


def meta_of(request) -> dict[str, Any]:
    return {"request_id": request.id, "timestamp": instant(timezone.now())}


def rule_answer(rule: RiskRule) -> dict[str, Any]:
    """Word a RiskRule; `action_payload` is there only where it was set."""
    body = {
        "id": rule.pk,
        "tenant_id": rule.tenant_id,
        "factor": rule.factor,
        "weight": number(rule.weight),
        "threshold": number(rule.threshold),
        "risk_category": rule.risk_category,
        "auto_action": ACTION_WORDS[rule.auto_action],
    }
    if rule.action_payload is not None:
        body["action_payload"] = rule.action_payload
    return body | {"created_at": instant(rule.created_at)}


def result_answer(result: RiskResult) -> dict[str, Any]:
    """Word a RiskResult: its six members, outside any envelope."""
    return _result(result, computed_at=result.computed_at)


def check_answer(check: LoanCheck) -> dict[str, Any]:
    """Word what a loan check found, in the form of a RiskResult."""
    return _result(check, computed_at=check.asked_at)


def _result(found: RiskResult | LoanCheck, *, computed_at) -> dict[str, Any]:
    return {
        "member_id": found.member_id,
        "tenant_id": found.tenant_id,
        "score": number(found.score),
        "decision": DECISION_WORDS[found.decision],
        "reasons": list(found.reasons),
        "computed_at": instant(computed_at),
    }


def page_facts(page: RulesPage, *, limit: int) -> dict[str, Any]:
    """Word `meta.pagination`; a client pages on for as long as there is a `next_cursor`."""
    cursors = {"next_cursor": page.next_after, "prev_cursor": page.previous_after}
    return {
        **{name: str(after) for name, after in cursors.items() if after is not None},
        "has_next": page.next_after is not None,
        "has_prev": page.previous_after is not None,
        "limit": limit,
    }
