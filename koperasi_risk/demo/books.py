"""A koperasi's books as they are on the first day of the demo: members with all they saved and borrowed."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from accounts.models import User
from core.dates import add_months
from koperasi_risk.demo.koperasi import Koperasi
from koperasi_risk.demo.loans import lend
from koperasi_risk.demo.people import a_person, thousands
from koperasi_risk.demo.savings import save_up
from koperasi_risk.demo.stories import Debt, Story
from koperasi_risk.models import (
    AnnualMeeting,
    Collateral,
    ExternalDebt,
    Guarantor,
    Loan,
    LoanInstallment,
    LoanRepayment,
    LoanRestructuring,
    MeetingAttendance,
    Member,
    MemberDocument,
    MemberStatusEvent,
    RepaymentAllocation,
    SavingsAccount,
    SavingsMovement,
    Tenant,
)

# In the order in which they refer to one another.
TABLES = (
    Member, MemberStatusEvent, MemberDocument, ExternalDebt, AnnualMeeting, MeetingAttendance,
    SavingsAccount, SavingsMovement, Loan, LoanRestructuring, Collateral, LoanInstallment, LoanRepayment,
    RepaymentAllocation, Guarantor,
)  # fmt: skip
MEETINGS = 3


@dataclass
class Books:
    """Rows on their way into the database."""

    koperasi: Koperasi
    tenant: Tenant
    clerk: User
    today: date
    now: datetime
    rows: dict = field(default_factory=lambda: {table: [] for table in TABLES})

    def add(self, table, **values):
        row = table(tenant=self.tenant, **values)
        self.rows[table].append(row)
        return row

    def write(self) -> None:
        for table, rows in self.rows.items():
            table.objects.bulk_create(rows, batch_size=2000)


def write_books(books: Books) -> int:
    """Write what the koperasi's members have lived through until today; return how many members."""
    meetings = [
        books.add(AnnualMeeting, held_on=date(books.today.year - back, 2, 21))
        for back in range(MEETINGS + 1)
        if date(books.today.year - back, 2, 21) < books.today
    ]
    told = [_tell(books, place, story) for place, story in enumerate(books.koperasi.cast)]
    for member, story in told:
        _attend(books, member, story, meetings)
    _answer_for_others(books, told)
    books.write()
    return len(told)


def _tell(books: Books, place: int, story: Story) -> tuple[Member, Story]:
    chance = Random(f"{books.koperasi.code}-{place}")  # noqa: S311 Believable, not secret.
    member = _member(books, place, story, chance)
    _papers(books, member, story)
    for debt in story.debts:
        _owe_elsewhere(books, member, debt)
    save_up(books, member, story, chance)
    for count, borrowing in enumerate(story.loans, start=1):
        lend(books, member, borrowing, number=loan_number(member, count), chance=chance)
    return member, story


def loan_number(member: Member, count: int) -> str:
    prefix, place = member.number.split("-")
    return f"{prefix}-P{place}-{count}"


def _member(books: Books, place: int, story: Story, chance: Random) -> Member:
    koperasi, today = books.koperasi, books.today
    person = a_person(place=place, region=koperasi.region, works=koperasi.works, today=today)
    # A few months apart, so that nobody joined on the same day.
    spread = chance.randint(0, 8) if story.months > 12 else 0
    joined_on = add_months(today, -story.months - spread) - timedelta(days=chance.randint(1, 25))
    verified = {"fresh": 2 + place % 7, "old": 16, "unknown": None}[story.income]
    has_left = story.status == Member.Status.LEFT
    left_on = add_months(today, -5) if has_left else None
    member = books.add(
        Member,
        number=f"{koperasi.prefix}-{place + 1:04}",
        full_name=person.full_name,
        nik=person.nik,
        birth_date=person.birth_date,
        occupation=person.work.name,
        employer=person.employer,
        monthly_income=person.monthly_income if verified else None,
        income_source=person.work.source,
        income_verified_on=add_months(today, -verified) if verified else None,
        dependants=person.dependants,
        status=story.status,
        joined_on=joined_on,
        left_on=left_on,
        is_board_member=story.is_board_member,
        changed_at=books.now,
    )
    # What somebody borrows depends on what they live on, whether anybody asked or not.
    member.means = person.monthly_income
    _admit(books, member)
    return member


def _admit(books: Books, member: Member) -> None:
    pending, active = Member.Status.PENDING, Member.Status.ACTIVE
    steps = [("", pending, member.joined_on)]
    if member.status != pending:
        steps.append((pending, active, member.joined_on))
    if member.status not in (pending, active):
        steps.append((active, member.status, member.left_on or add_months(books.today, -4)))
    for came_from, went_to, on in steps:
        books.add(
            MemberStatusEvent,
            member=member,
            came_from=came_from,
            went_to=went_to,
            on=on,
            by=books.clerk,
            recorded_at=books.now,
        )


def _papers(books: Books, member: Member, story: Story) -> None:
    kinds = books.tenant.required_documents
    verified = round(story.documents * len(kinds))
    for place, kind in enumerate(kinds[: verified + 1]):
        # The one after those that count was handed in, but nobody has looked at it yet.
        on = member.joined_on + timedelta(days=3) if place < verified else None
        books.add(MemberDocument, member=member, kind=kind, verified_on=on)


def _owe_elsewhere(books: Books, member: Member, debt: Debt) -> None:
    source = (
        ExternalDebt.Source.DECLARED if debt.collectability is None else ExternalDebt.Source.SLIK
    )
    books.add(
        ExternalDebt,
        member=member,
        lender=debt.lender,
        outstanding=thousands(member.means * Decimal(str(debt.incomes))),
        monthly_installment=thousands(member.means * Decimal(str(debt.share_a_month))),
        collectability=debt.collectability,
        source=source,
        as_of=add_months(books.today, -debt.months_old),
    )


def _attend(books: Books, member: Member, story: Story, meetings: list[AnnualMeeting]) -> None:
    for meeting in meetings:
        chance = Random(f"{member.number}-{meeting.held_on}")  # noqa: S311 Believable, not secret.
        if meeting.held_on > member.joined_on and chance.random() < story.attends:
            books.add(MeetingAttendance, meeting=meeting, member=member)


def _answer_for_others(books: Books, told: list[tuple[Member, Story]]) -> None:
    """Steady members, who owe nothing late themselves, answer for the loans that ask for it."""
    steady = [member for member, story in told if story.name == "steady"]
    asked = [
        (loan, story.loans[0].guarantors)
        for member, story in told
        if story.loans and story.loans[0].guarantors
        for loan in books.rows[Loan]
        if loan.member is member
    ]
    for place, (loan, count) in enumerate(asked):
        for turn in range(count):
            guarantor = steady[(place * 2 + turn) % len(steady)]
            books.add(Guarantor, loan=loan, member=guarantor, amount=loan.principal / count)
