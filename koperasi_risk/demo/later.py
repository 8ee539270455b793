"""
What has happened since the demo was last seeded: members go on saving and paying as they always did.

It goes through the services, so what people did meanwhile stays: whoever paid in another way, left, or
was written off is left alone.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta

from accounts.models import User
from core.dates import add_months
from core.errors import Refusal
from koperasi_risk.demo.koperasi import Koperasi
from koperasi_risk.demo.loans import day_of_payment, repayment_reference
from koperasi_risk.demo.savings import mandatory_day, mandatory_mark
from koperasi_risk.demo.stories import Story
from koperasi_risk.models import Loan, LoanInstallment, Member, SavingsMovement, Tenant
from koperasi_risk.services.repayments import record_repayment
from koperasi_risk.services.savings import NewMovement, record_movement


def go_on(koperasi: Koperasi, tenant: Tenant, clerk: User, *, since: date, now: datetime) -> None:
    """Add the monthly savings and the repayments that have fallen due after a day."""
    today, cast = tenant.today(now), koperasi.cast
    members = Member.objects.of(tenant).filter(
        status=Member.Status.ACTIVE, number__startswith=f"{koperasi.prefix}-"
    )
    for member in members.order_by("pk"):
        story = _story(member, cast)
        for month in _months(since, today) if story else ():
            _save(tenant, member, story, month, clerk, since=since, now=now)
    lines = LoanInstallment.objects.of(tenant).filter(
        loan__status__in=Loan.OPEN, paid_in_full_on=None, due_date__lte=today
    )
    for line in lines.select_related("loan__member").order_by("loan", "number"):
        _pay(tenant, line, cast, clerk, today=today, now=now)


def _story(member: Member, cast: list[Story]) -> Story | None:
    place = member.number.rpartition("-")[2]
    return cast[int(place) - 1] if place.isdigit() and 0 < int(place) <= len(cast) else None


def _months(since: date, today: date) -> Iterator[date]:
    month = since.replace(day=1)
    while month <= today:
        yield month
        month = add_months(month, 1)


def _save(tenant, member: Member, story: Story, month: date, clerk, *, since, now) -> None:
    day = mandatory_day(member, month)
    if not since < day <= tenant.today(now):
        return
    # Who is behind stays so by the same number of months.
    mark = mandatory_mark(add_months(month, -story.behind))
    movement = NewMovement(
        account_kind="MANDATORY",
        kind=SavingsMovement.Kind.DEPOSIT,
        amount=tenant.mandatory_savings_amount,
        on=day,
        reference=f"{member.number}-{mark}",
    )
    with suppress(Refusal):
        record_movement(
            tenant=tenant,
            member_id=member.pk,
            movement=movement,
            by=clerk,
            now=now,
            status=SavingsMovement.Status.VERIFIED,
        )


def _pay(tenant, line: LoanInstallment, cast, clerk, *, today: date, now: datetime) -> None:
    story = _story(line.loan.member, cast)
    count = line.loan.number.rpartition("-")[2]
    if story is None or not count.isdigit() or not 0 < int(count) <= len(story.loans):
        return
    borrowing = story.loans[int(count) - 1]
    paid_on = day_of_payment(line.number, line.due_date, borrowing)
    if line.number > borrowing.pays or paid_on > today:
        return
    owed = line.principal_due + line.interest_due + line.penalty_due
    paid = line.principal_paid + line.interest_paid + line.penalty_paid
    with suppress(Refusal):
        record_repayment(
            tenant=tenant,
            loan_id=line.loan_id,
            reference=repayment_reference(line.loan, line.number),
            amount=owed - paid,
            paid_on=max(paid_on, line.loan.disbursed_on + timedelta(days=1)),
            by=clerk,
            now=now,
        )
