"""The last part of a member's page: how the score moved, and why each time."""

from datetime import datetime, timedelta

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.charts import Event, LineChart, Series, line_chart
from koperasi_risk.models import (
    Member,
    MemberStatusEvent,
    RiskResult,
    RiskRuleRevision,
    Tenant,
)
from koperasi_risk.portal.member_page.summary import reasons_of
from koperasi_risk.portal.words import STANDINGS
from koperasi_risk.selectors.overrides import overrides_of, standing_of
from koperasi_risk.selectors.results import assessments_of

SHOWN = 30
A_YEAR = timedelta(days=366)


def context(request: HttpRequest, member: Member, frame: dict) -> dict:
    tenant = request.seat.tenant
    newest = list(assessments_of(tenant, member)[: SHOWN + 1])
    today = tenant.today(frame["now"])
    overrides = overrides_of(tenant, today=today, member_id=member.pk)
    statuses = MemberStatusEvent.objects.of(tenant).filter(member=member)
    return {
        "chart": _chart(tenant, member, frame["result"], now=frame["now"]),
        "assessments": [{"row": each, "reasons": reasons_of(each)} for each in newest[:SHOWN]],
        "has_more": len(newest) > SHOWN,
        "overrides": [
            {"row": each, "standing": STANDINGS[standing_of(each, today=today)]}
            for each in overrides
        ],
        "statuses": list(statuses.select_related("by").order_by("-recorded_at", "-pk")),
    }


def _chart(
    tenant: Tenant, member: Member, result: RiskResult | None, *, now: datetime
) -> LineChart | None:
    """Draw the score of a year: level until it changed, with the days on which rules changed."""
    if result is None:
        return None
    year = assessments_of(tenant, member).filter(computed_at__gte=now - A_YEAR)
    scored = year.order_by("computed_at", "pk").values_list("computed_at", "score")
    points: dict = {}
    for at, score in scored:
        day, last = tenant.today(at), next(reversed(points.values()), None)
        before = day - timedelta(days=1)
        if last is not None and before not in points:
            points[before] = last
        points[day] = score
    points.setdefault(tenant.today(result.computed_at), result.score)
    return line_chart([Series(_("Score"), list(points.items()))], _rule_changes(tenant, now=now))


def _rule_changes(tenant: Tenant, *, now: datetime) -> list[Event]:
    revisions = RiskRuleRevision.objects.of(tenant).filter(at__gte=now - A_YEAR).order_by("at")
    days: dict = {}
    for at in revisions.values_list("at", flat=True):
        days[tenant.today(at)] = days.get(tenant.today(at), 0) + 1
    return [Event(day, _changes(count)) for day, count in days.items()]


def _changes(count: int) -> str:
    text = ngettext("%(number)s rule changed", "%(number)s rules changed", count)
    return text % {"number": count}
