"""What the engine found: a member's latest result, how it came about, and all decisions counted."""

from datetime import date

from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import NotFound
from koperasi_risk.models import Decision, Member, RiskAssessment, RiskResult, Tenant


class ResultNotFound(NotFound):
    code = "result_not_found"
    default_message = _("There is no result for this member yet.")


def result_of(tenant: Tenant, *, member_id: int) -> RiskResult:
    """Return a member's latest result, with the member and the assessment. Raises ResultNotFound."""
    results = RiskResult.objects.of(tenant).select_related("member", "assessment")
    result = results.filter(member=member_id).first()
    if result is None:
        raise ResultNotFound()
    return result


def is_stale(result: RiskResult, tenant: Tenant, *, today: date | None = None) -> bool:
    """
    Tell whether rules, the member's data or the day are newer than a result.

    Whoever has left is not scored again, and so never waits for it.
    """
    return result.member.status != Member.Status.LEFT and (
        result.ruleset_hash != tenant.ruleset_hash
        or result.computed_at < result.member.changed_at
        or result.as_of < (today or tenant.today(timezone.now()))
    )


def decision_counts(tenant: Tenant) -> dict[str, int]:
    """Return how many members' latest result is each decision; all three are named."""
    counted = RiskResult.objects.of(tenant).values_list("decision").annotate(Count("member"))
    return dict.fromkeys(Decision.values, 0) | dict(counted.order_by())


def assessments_of(tenant: Tenant, member: Member) -> QuerySet[RiskAssessment]:
    """Return a member's scorings, newest first."""
    assessments = RiskAssessment.objects.of(tenant).filter(member=member)
    return assessments.order_by("-computed_at", "-pk")
