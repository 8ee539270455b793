"""The loans that run: what is owed, what is late, and how well each is paid. Set-based."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Aggregate, Count, F, FilteredRelation, Min, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, Greatest

from accounts.models import User
from banking.domain import collectability
from banking.models import LoanApplication
from core.errors import InvalidCursor
from core.fields import RupiahField
from core.keyset import Place, beyond, place_of
from core.money import round_half_up

MOST_LOANS = 200
# Digits: nobody is a million days late.
LONGEST_DAYS = 5
GRADES = range(collectability.CURRENT, collectability.LOSS + 1)
# Among loans that are late since the same day.
NEWEST_FIRST = ("-disbursed_at", "-pk")
ZERO = Decimal(0)
_PRINCIPAL, _INTEREST = F("installments__principal"), F("installments__interest")
_PAID = F("installments__paid_amount")
_UNPAID = _PRINCIPAL + _INTEREST - _PAID
# Interest is paid before principal.
_PRINCIPAL_PAID = Greatest(_PAID - _INTEREST, ZERO, output_field=RupiahField())


@dataclass(frozen=True)
class LoanStanding:
    """
    How one loan stands at the end of a day.

    `due` is what should have been paid by that day and was not, that day's instalment included;
    `overdue` leaves that day out. `remaining` is principal and interest still to come.
    """

    application: LoanApplication
    total: Decimal
    paid: Decimal
    outstanding_principal: Decimal
    due: Decimal
    overdue: Decimal
    days_past_due: int
    next_due_date: date | None

    @property
    def remaining(self) -> Decimal:
        return self.total - self.paid

    @property
    def collectability(self) -> int:
        return collectability.of(self.days_past_due)

    @property
    def is_npl(self) -> bool:
        return collectability.is_npl(self.days_past_due)

    @property
    def cursor(self) -> str:
        """Where the book goes on after this loan."""
        return f"{self.days_past_due}.{self.application.code}"

    @property
    def paid_percent(self) -> Decimal:
        return round_half_up(100 * self.paid / self.total, 1) if self.total else ZERO


@dataclass(frozen=True)
class Portfolio:
    """All running loans of a bank in a few figures; `npl_percent` is None without loans."""

    loans: int
    outstanding_principal: Decimal
    overdue: Decimal
    npl_principal: Decimal
    by_collectability: dict[int, int]

    @property
    def npl_percent(self) -> Decimal | None:
        if not self.outstanding_principal:
            return None
        return round_half_up(100 * self.npl_principal / self.outstanding_principal, 2)


def loan_book(
    user: User,
    *,
    today: date,
    grade: int | None = None,
    limit: int = MOST_LOANS,
    cursor: str | None = None,
) -> list[LoanStanding]:
    """
    Return the running loans that this person may see, longest past due first, in two queries.

    `grade` keeps those of one collectability; `cursor`, that of a loan, those after it. Raises
    InvalidCursor.
    """
    # Which loans, by their late instalments alone; then all that is owed on those few.
    loans = _running(user).annotate(
        late=FilteredRelation(
            "installments",
            condition=Q(installments__paid_on=None, installments__due_date__lt=today),
        ),
        oldest_overdue=Min("late__due_date"),
    )
    if grade is not None:
        loans = loans.filter(_of_grade(grade, today=today))
    if cursor:
        loans = loans.filter(_after(user, cursor, today=today))
    loans = loans.order_by(F("oldest_overdue").asc(nulls_last=True), *NEWEST_FIRST)
    ids = list(loans.values_list("pk", flat=True)[:limit])
    found = _standing(LoanApplication.objects.filter(pk__in=ids), today=today).in_bulk()
    return [_row(found[pk], today) for pk in ids]


def loan_standing(application: LoanApplication, *, today: date) -> LoanStanding:
    """Return how one disbursed loan stands, repaid or not."""
    loans = LoanApplication.objects.filter(pk=application.pk)
    return _row(_standing(loans, today=today).get(), today)


def standings_of(
    applications: QuerySet[LoanApplication], *, today: date
) -> dict[int, LoanStanding]:
    """Return how the disbursed ones among these applications stand, by their id, in one query."""
    loans = applications.filter(status=LoanApplication.Status.DISBURSED)
    return {loan.pk: _row(loan, today) for loan in _standing(loans, today=today)}


def portfolio(user: User, *, today: date) -> Portfolio:
    """Sum up the running loans that this person may see, in one query."""
    owed, figures = "outstanding_principal", _figures(today)
    needed = {name: figures[name] for name in (owed, "overdue", "oldest_overdue")}
    is_npl = Q(oldest_overdue__lte=today - timedelta(days=collectability.NPL_DAYS))
    found = (
        _running(user)
        .annotate(**needed)
        .aggregate(
            loans=Count("pk"),
            outstanding=Coalesce(Sum(owed), ZERO),
            late=Coalesce(Sum("overdue"), ZERO),
            npl=Coalesce(Sum(owed, filter=is_npl), ZERO),
            **{
                f"grade_{grade}": Count("pk", filter=_of_grade(grade, today=today))
                for grade in GRADES
            },
        )
    )
    return Portfolio(
        loans=found["loans"],
        outstanding_principal=found["outstanding"],
        overdue=found["late"],
        npl_principal=found["npl"],
        by_collectability={grade: found[f"grade_{grade}"] for grade in GRADES},
    )


def _running(user: User) -> QuerySet[LoanApplication]:
    return LoanApplication.objects.visible_to(user).filter(
        status=LoanApplication.Status.DISBURSED, repaid_at=None
    )


def _standing(loans: QuerySet[LoanApplication], *, today: date) -> QuerySet[LoanApplication]:
    return loans.select_related("merchant", "bank", "made_by").annotate(**_figures(today))


def _figures(today: date) -> dict[str, Aggregate | Coalesce]:
    unpaid = Q(installments__paid_on=None)
    late = unpaid & Q(installments__due_date__lt=today)
    by_today = unpaid & Q(installments__due_date__lte=today)
    return {
        "total": _sum(_PRINCIPAL + _INTEREST),
        "paid": _sum(_PAID),
        "outstanding_principal": _sum(_PRINCIPAL - _PRINCIPAL_PAID),
        "due": _sum(_UNPAID, by_today),
        "overdue": _sum(_UNPAID, late),
        "oldest_overdue": Min("installments__due_date", filter=late),
        "next_due_date": Min("installments__due_date", filter=unpaid),
    }


def _sum(figure, condition: Q | None = None):
    return Coalesce(Sum(figure, filter=condition, output_field=RupiahField()), ZERO)


def _row(loan: LoanApplication, today: date) -> LoanStanding:
    return LoanStanding(
        application=loan,
        total=loan.total,
        paid=loan.paid,
        outstanding_principal=loan.outstanding_principal,
        due=loan.due,
        overdue=loan.overdue,
        days_past_due=_days(loan.oldest_overdue, today),
        next_due_date=loan.next_due_date,
    )


def _days(oldest: date | None, today: date) -> int:
    return (today - oldest).days if oldest else 0


def _after(user: User, cursor: str, *, today: date) -> Q:
    days, place = _read(user, cursor)
    later = beyond(place, NEWEST_FIRST)
    if not days:
        return Q(oldest_overdue=None) & later
    oldest = today - timedelta(days=days)
    less_late = Q(oldest_overdue__gt=oldest) | Q(oldest_overdue=None)
    return less_late | Q(oldest_overdue=oldest) & later


def _read(user: User, cursor: str) -> tuple[int, Place]:
    # What may change between two pages stands in the cursor itself.
    days, _dot, code = cursor.partition(".")
    if not days.isdecimal() or len(days) > LONGEST_DAYS:
        raise InvalidCursor
    loans = LoanApplication.objects.visible_to(user).exclude(disbursed_at=None)
    return int(days), place_of(loans, code=code, order=NEWEST_FIRST)


def _of_grade(grade: int, *, today: date) -> Q:
    least, most = collectability.days_of(grade)
    if most == 0:
        return Q(oldest_overdue=None)
    latest = Q(oldest_overdue__lte=today - timedelta(days=least))
    return latest if most is None else latest & Q(oldest_overdue__gte=today - timedelta(days=most))
