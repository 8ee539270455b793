"""
The demo's last year: members scored at the end of each month, by the rules as they were then, and today.

Scores of the past are made from what the books tell of those days; later seedings add the month ends
that have passed since.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Max

from accounts.models import User
from core.dates import add_months, business_day, start_of_day
from koperasi_risk.demo.koperasi import Koperasi
from koperasi_risk.demo.later import go_on
from koperasi_risk.demo.overrides import ask_for_overrides
from koperasi_risk.demo.rules import HISTORY
from koperasi_risk.models import Member, RiskAssessment, RiskResult, RiskRule, Tenant
from koperasi_risk.services.loan_checks import check_loan
from koperasi_risk.services.scores import rescore

MONTHS = 12
NIGHT = timedelta(hours=22)
MORNING = timedelta(hours=9)
CHECKED_MEMBERS = 9


def live_through(koperasi: Koperasi, tenant: Tenant, clerk: User, *, now: datetime) -> None:
    """Change rules and score members as it happened, from where an earlier seeding left off."""
    last = RiskResult.objects.of(tenant).aggregate(day=Max("as_of"))["day"]
    is_first = last is None and not RiskRule.objects.of(tenant).exists()
    if last:
        go_on(koperasi, tenant, clerk, since=last, now=now)
    for at, deed in _course(koperasi, is_first=is_first, since=last, now=now):
        if deed:
            deed.happen(tenant, now=at)
            tenant.refresh_from_db()
        else:
            rescore(tenant_id=tenant.pk, now=at, trigger=RiskAssessment.Trigger.NIGHT)
    if is_first:
        ask_for_overrides(koperasi, tenant, now=now)
        _ask_for_loans(tenant, clerk, now=now)


def _course(koperasi: Koperasi, *, is_first: bool, since: date | None, now: datetime) -> Iterator:
    """Yield instants in order, each with what was done then; nothing stands for a night's scoring."""
    today = business_day(now)
    since = since or add_months(today, -MONTHS - 1)
    events = [(start_of_day(day) + NIGHT, None) for day in _month_ends(since, today)]
    if since < today:
        events.append((now, None))
    if is_first:
        for deed in HISTORY[koperasi.code]:
            day = today - timedelta(days=deed.days_ago)
            events.append((start_of_day(day) + MORNING, deed))
    return iter(sorted(events, key=lambda event: event[0]))


def _month_ends(since: date, today: date) -> Iterator[date]:
    month = since.replace(day=1)
    while (end := add_months(month, 1) - timedelta(days=1)) < today:
        if end > since:
            yield end
        month = add_months(month, 1)


def _ask_for_loans(tenant: Tenant, clerk: User, *, now: datetime) -> None:
    """Somebody asked about loans in the last days: for the steady, and for the less so."""
    asked = Member.objects.of(tenant).filter(status=Member.Status.ACTIVE).order_by("number")
    for place, member in enumerate(asked[: CHECKED_MEMBERS * 3 : 3]):
        check_loan(
            tenant=tenant,
            member_id=member.pk,
            amount=Decimal(3_000_000) + 1_500_000 * place,
            tenor_months=(6, 12, 24)[place % 3],
            by=clerk,
            now=now - timedelta(days=CHECKED_MEMBERS - place, hours=place),
        )
