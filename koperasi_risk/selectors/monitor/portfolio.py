"""
How well loans are paid: by class (kolektibilitas) now, at each month's end, and from one to the next.

One borrower, one class: without a kind of loan, all that a member owes counts in the member's worst class,
as the factors of the day have it. Of one kind of loan each loan counts in its own.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property

from django.db import connection
from django.db.models import Case, Exists, F, Max, Min, OuterRef, Q, QuerySet, Sum, When, Window
from django.db.models.fields.json import KT
from django.db.models.functions import Lag

from koperasi_risk.domain import collectability
from koperasi_risk.domain.collectability import CLASSES, risk_loan_ratio
from koperasi_risk.domain.ledger import ZERO, Installment
from koperasi_risk.domain.ledger import Loan as LoanInBooks
from koperasi_risk.domain.periods import month_of
from koperasi_risk.models import Collateral, Member, MemberFacts, Tenant
from koperasi_risk.selectors.monitor.counting import grouped, of_borrowers, open_loans

HUNDRED = Decimal(100)
PAR_DAYS = 30
A_WEEK = timedelta(days=7)
A_LONG_TIME_AGO = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class ClassRow:
    """What stands in one class; `percent` is of all that is outstanding."""

    level: int
    loans: int
    members: int
    outstanding: Decimal
    percent: Decimal | None


@dataclass(frozen=True)
class Ageing:
    """Loans by class on one day. `late` is outstanding with more than 30 days past due."""

    loans: Mapping[int, int] = field(default_factory=dict)
    members: Mapping[int, int] = field(default_factory=dict)
    outstanding: Mapping[int, Decimal] = field(default_factory=dict)
    late: Decimal = ZERO
    # When the figures were computed; None without any.
    computed_at: datetime | None = None
    # Members, each counted once, however many classes their loans are in.
    borrowers: int = 0

    @cached_property
    def total(self) -> Decimal:
        return sum(self.outstanding.values(), ZERO)

    @property
    def rpm(self) -> Decimal | None:
        """Problem loans in percent of all: half of class 3, three quarters of 4, all of 5."""
        return risk_loan_ratio(self.outstanding)

    @property
    def par30(self) -> Decimal | None:
        return HUNDRED * self.late / self.total if self.total else None

    @property
    def rows(self) -> list[ClassRow]:
        return [
            ClassRow(
                level,
                self.loans.get(level, 0),
                self.members.get(level, 0),
                self.outstanding.get(level, ZERO),
                HUNDRED * self.outstanding.get(level, ZERO) / self.total if self.total else None,
            )
            for level in CLASSES
        ]


# ── Now ────────────────────────────────────────────────────────────────────────────────


def ageing_of(tenant: Tenant, *, now: datetime, kind: str = "") -> Ageing:
    """Return how loans stand: by members' newest factors, or of one kind of loan by the books."""
    return _of_loans(tenant, kind, now=now) if kind else _of_members(tenant)


def _of_members(tenant: Tenant) -> Ageing:
    rows = grouped(
        _newest_facts(tenant),
        "CASE WHEN outstanding > 0 THEN collectability END, sum(loans::numeric)::int, count(*),"
        f" sum(outstanding), coalesce(sum(outstanding) FILTER (WHERE days_past_due > {PAR_DAYS}), 0),"
        " percentile_disc(0.5) WITHIN GROUP (ORDER BY computed_at)",
        by="1",
    )
    owing = [row for row in rows if row[0]]
    return Ageing(
        loans={level: loans or 0 for level, loans, *_ in owing},
        members={level: members for level, _loans, members, *_ in owing},
        outstanding={row[0]: row[3] for row in owing},
        late=sum((row[4] for row in owing), ZERO),
        # Most are of the night, a few of since then.
        computed_at=max(rows, key=lambda row: row[2])[5] if rows else None,
        borrowers=sum(row[2] for row in owing),
    )


def _newest_facts(tenant: Tenant) -> QuerySet:
    """Return each present member's newest factors: those of the newest day, else of the week before."""
    facts = MemberFacts.objects.of(tenant).exclude(member_status=Member.Status.LEFT)
    newest = MemberFacts.objects.of(tenant).aggregate(day=Max("as_of"))["day"] or A_LONG_TIME_AGO
    of_the_day = facts.filter(as_of=newest)
    left_behind = Member.objects.of(tenant).exclude(
        Exists(MemberFacts.objects.of(tenant).filter(as_of=newest, member=OuterRef("pk")))
    )
    earlier = (
        facts.filter(as_of__lt=newest, as_of__gte=newest - A_WEEK, member__in=left_behind)
        .order_by("member_id", "-as_of")
        .distinct("member_id")
    )
    columns = ("collectability", "outstanding", "days_past_due", "computed_at")
    loans = {"loans": KT("values__active_loan_count")}
    return of_the_day.values(*columns, **loans).union(earlier.values(*columns, **loans), all=True)


def _of_loans(tenant: Tenant, kind: str, *, now: datetime) -> Ageing:
    today = tenant.today(now)
    loans, members = defaultdict(int), defaultdict(set)
    outstanding, late = defaultdict(Decimal), ZERO
    for member, loan in _books(tenant, kind, today):
        stands = collectability.standing(loan, today)
        if not stands.outstanding:
            continue
        level = collectability.of_standing(stands, preset=tenant.collectability_preset, as_of=today)
        loans[level] += 1
        members[level].add(member)
        outstanding[level] += stands.outstanding
        if stands.days_past_due(today) > PAR_DAYS:
            late += stands.outstanding
    return Ageing(
        loans=loans,
        members={level: len(found) for level, found in members.items()},
        outstanding=outstanding,
        late=late,
        computed_at=now if loans else None,
        borrowers=len(set().union(*members.values())),
    )


def _books(tenant: Tenant, kind: str, today: date) -> Iterable[tuple[int, LoanInBooks]]:
    """Yield each open loan with its member; its instalments are put together as far as its class needs."""
    part = "installments__"
    unpaid = (
        F(f"{part}principal_due")
        + F(f"{part}interest_due")
        - F(f"{part}principal_paid")
        - F(f"{part}interest_paid")
    )
    is_unpaid = Q(**{f"{part}paid_in_full_on": None})
    rows = open_loans(tenant, kind).annotate(
        overdue=Sum(unpaid, filter=is_unpaid & Q(**{f"{part}due_date__lt": today})),
        later=Sum(unpaid, filter=is_unpaid & Q(**{f"{part}due_date__gte": today})),
        oldest=Min(f"{part}due_date", filter=is_unpaid),
        matures=Max(f"{part}due_date"),
    )
    worth = _collateral(tenant, kind, today)
    for loan in rows:
        if loan.oldest is None:
            continue
        first = Installment(loan.oldest, ZERO, loan.overdue or ZERO)
        rest = Installment(loan.matures, ZERO, loan.later or ZERO)
        yield (
            loan.member_id,
            LoanInBooks(
                loan.pk,
                loan.status,
                loan.principal,
                loan.disbursed_on or loan.applied_on,
                (first, rest),
                collateral_value=worth.get(loan.pk, ZERO),
                is_in_litigation=loan.is_in_litigation,
            ),
        )


def _collateral(tenant: Tenant, kind: str, today: date) -> dict[int, Decimal]:
    """Return what secures each loan, where the koperasi's classes ask for it."""
    if tenant.collectability_preset != tenant.Preset.KEMENKOP:
        return {}
    valid = Collateral.objects.of(tenant).filter(
        Q(released_on=None) | Q(released_on__gt=today),
        Q(valid_until=None) | Q(valid_until__gte=today),
        loan__in=open_loans(tenant, kind),
    )
    worth = F("appraised_value") * (HUNDRED - F("haircut_percent")) / HUNDRED
    return dict(valid.values_list("loan").annotate(worth=Sum(worth)).order_by())


# ── At the months' ends ────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class RollRates:
    """
    Borrowers from one month's end to the next: `moves[(from, to)]`, where class 0 owes nothing any more.
    """

    moves: Mapping[tuple[int, int], int]

    @property
    def borrowers(self) -> int:
        return sum(self.moves.values())

    def of(self, level: int) -> list[tuple[int, Decimal | None]]:
        """Return (members, percent of those who stood in this class) for each class after, then settled."""
        row = [self.moves.get((level, to), 0) for to in (*CLASSES, 0)]
        total = sum(row)
        return [(count, HUNDRED * count / total if total else None) for count in row]

    def total_of(self, level: int) -> int:
        return sum(count for (source, _to), count in self.moves.items() if source == level)

    def _percent(self, holds) -> Decimal | None:
        if not self.borrowers:
            return None
        found = sum(count for move, count in self.moves.items() if holds(*move))
        return HUNDRED * found / self.borrowers

    @property
    def worse_percent(self) -> Decimal | None:
        return self._percent(lambda source, to: to > source)

    @property
    def better_percent(self) -> Decimal | None:
        """Those who settled, too."""
        return self._percent(lambda source, to: to < source)


@dataclass(frozen=True)
class Past:
    """Ageing at the last known day of each month, and the moves that led there."""

    ageing: Mapping[date, Ageing]
    moves: Mapping[date, RollRates]

    @property
    def all_moves(self) -> RollRates:
        total = defaultdict(int)
        for rates in self.moves.values():
            for move, count in rates.moves.items():
                total[move] += count
        return RollRates(total)


def past_of(tenant: Tenant, ends: Sequence[date], *, kind: str = "") -> Past:
    """
    Return ageing and moves by month, keyed by the month's last day; a month without facts is left out.

    With a kind, of everything that members with such an open loan owed.
    """
    days = _known_days(tenant, ends)
    if not days:
        return Past({}, {})
    known = of_borrowers(MemberFacts.objects.of(tenant), tenant, kind).filter(as_of__in=days)
    # Index order within a member, so that one day follows another.
    place = {"partition_by": "member_id", "order_by": "as_of"}
    level = Case(When(outstanding__gt=0, then="collectability"), default=0)
    rows = grouped(
        known.values(
            "as_of",
            "outstanding",
            "days_past_due",
            level=level,
            level_before=Window(Lag(level), **place),
            day_before=Window(Lag("as_of"), **place),
        ),
        "as_of, day_before, level_before, level, count(*), sum(outstanding),"
        f" coalesce(sum(outstanding) FILTER (WHERE days_past_due > {PAR_DAYS}), 0)",
        by="1, 2, 3, 4",
    )
    return _past(rows, days)


def _known_days(tenant: Tenant, ends: Sequence[date]) -> dict[date, date]:
    """Return the last day of each month of which there are facts, and the month's end it stands for."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT max(as_of) FROM koperasi_risk_memberfacts WHERE tenant_id = %s"
            " AND as_of BETWEEN month.first AND month.last), month.last"
            " FROM unnest(%s::date[], %s::date[]) AS month(first, last)",
            [tenant.pk, [month_of(end) for end in ends], list(ends)],
        )
        return {day: end for day, end in cursor if day}


def _past(rows, days: Mapping[date, date]) -> Past:
    follows = dict(zip(sorted(days)[1:], sorted(days), strict=False))
    by_day, moves = defaultdict(list), defaultdict(lambda: defaultdict(int))
    for day, day_before, level_before, level, members, amount, late in rows:
        by_day[day].append((level, members, amount, late))
        if level_before and day_before == _month_before(day, follows, days):
            moves[day][level_before, level] += members
    return Past(
        ageing={days[day]: _ageing(found) for day, found in sorted(by_day.items())},
        moves={days[day]: RollRates(found) for day, found in sorted(moves.items())},
    )


def _month_before(day: date, follows: Mapping[date, date], days: Mapping[date, date]):
    """Return the known day of the month before, None where that month is not known."""
    before = follows.get(day)
    if before is None:
        return None
    gap = (days[day].year - days[before].year) * 12 + days[day].month - days[before].month
    return before if gap == 1 else None


def _ageing(found) -> Ageing:
    members, outstanding, late = defaultdict(int), defaultdict(Decimal), ZERO
    for level, count, amount, of_it_late in found:
        if level:
            members[level] += count
            outstanding[level] += amount
            late += of_it_late
    return Ageing(
        members=members, outstanding=outstanding, late=late, borrowers=sum(members.values())
    )
