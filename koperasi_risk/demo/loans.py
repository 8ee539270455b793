"""What a member of the demo has borrowed, and how far it is paid back."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from core.dates import add_months
from koperasi_risk.demo.people import thousands
from koperasi_risk.demo.stories import Borrowing
from koperasi_risk.domain.schedules import Line, schedule
from koperasi_risk.models import (
    Collateral,
    Loan,
    LoanInstallment,
    LoanRepayment,
    LoanRestructuring,
    Member,
    RepaymentAllocation,
)

# Who is so late pays a penalty of this share of the instalment.
PENALTY_SHARE, PENALTY_FROM_DAYS = Decimal("0.01"), 30
PURPOSES = (
    (Loan.Purpose.PRODUCTIVE, 6),
    (Loan.Purpose.CONSUMPTIVE, 3),
    (Loan.Purpose.OTHER, 1),
)


def lend(books, member: Member, borrowing: Borrowing, *, number: str, chance: Random) -> None:
    """Add a loan with its instalments, and the repayments until today."""
    applied_on = add_months(books.today, -borrowing.months_ago) - timedelta(
        days=chance.randint(6, 15)
    )
    product = chance.choice(books.koperasi.products)
    is_paid_out = borrowing.status != Loan.Status.PENDING
    loan = books.add(
        Loan,
        member=member,
        number=number,
        contract=product.contract,
        principal=_principal(member, borrowing),
        tenor_months=borrowing.tenor,
        method=product.method,
        rate_percent=product.rate_percent,
        rate_period=Loan.RatePeriod.MONTH,
        purpose=chance.choices(*zip(*PURPOSES, strict=True))[0],
        status=borrowing.status,
        applied_on=applied_on,
        approved_on=applied_on + timedelta(days=2) if is_paid_out else None,
        disbursed_on=applied_on + timedelta(days=4) if is_paid_out else None,
        closed_on=add_months(books.today, -borrowing.ended) if borrowing.ended else None,
        closed_collectability=_closed_as(borrowing),
        is_in_litigation=borrowing.is_in_litigation,
    )
    _secure(books, loan, borrowing, chance)
    if is_paid_out:
        _pay_back(books, loan, borrowing, months_between=product.months_between)


def _principal(member: Member, borrowing: Borrowing) -> Decimal:
    halves = member.means * Decimal(str(borrowing.incomes)) / 500
    return max(Decimal(1_000_000), thousands(halves.quantize(Decimal(100))) * 500)


def _closed_as(borrowing: Borrowing) -> int | None:
    if borrowing.status == Loan.Status.WRITTEN_OFF:
        return 5
    return (borrowing.closed_as or 1) if borrowing.ended else None


def _secure(books, loan: Loan, borrowing: Borrowing, chance: Random) -> None:
    if borrowing.restructured:
        on = add_months(books.today, -borrowing.restructured)
        books.add(LoanRestructuring, loan=loan, on=on, reason="Penghasilan menurun, tenor ditambah")
    if borrowing.cover:
        is_land = loan.principal > 25_000_000
        books.add(
            Collateral,
            loan=loan,
            kind=Collateral.Kind.LAND if is_land else Collateral.Kind.VEHICLE,
            description="Tanah pekarangan"
            if is_land
            else chance.choice(("Sepeda motor", "Mobil niaga")),
            appraised_value=thousands(
                loan.principal * Decimal(str(borrowing.cover)) / Decimal("0.8")
            ),
            haircut_percent=20,
            released_on=loan.closed_on,
        )


def _pay_back(books, loan: Loan, borrowing: Borrowing, *, months_between: int) -> None:
    until = loan.closed_on or books.today
    for line in _lines(loan, months_between):
        due = books.add(
            LoanInstallment,
            loan=loan,
            number=line.number,
            due_date=line.due_date,
            principal_due=line.principal,
            interest_due=line.interest,
            penalty_due=_penalty(line, borrowing, until),
        )
        paid_on = day_of_payment(line.number, line.due_date, borrowing)
        if loan.status == Loan.Status.SETTLED:
            paid_on = min(paid_on, until)
        if line.number <= borrowing.pays and paid_on <= until:
            _pay(books, due, paid_on, share=1)
        elif borrowing.pays_half_after and line.number == borrowing.pays + 1:
            _pay(books, due, line.due_date + timedelta(days=9), share=Decimal("0.5"))


def _lines(loan: Loan, months_between: int) -> list[Line]:
    """Return the schedule; who pays after the harvest pays several months at once."""
    monthly = schedule(
        principal=loan.principal,
        rate_percent=loan.rate_percent,
        rate_period=loan.rate_period,
        tenor_months=loan.tenor_months,
        method=loan.method,
        disbursed_on=loan.disbursed_on,
    )
    groups = [monthly[at : at + months_between] for at in range(0, len(monthly), months_between)]
    return [
        Line(
            number,
            group[-1].due_date,
            sum(line.principal for line in group),
            sum(line.interest for line in group),
        )
        for number, group in enumerate(groups, start=1)
    ]


def day_of_payment(number: int, due_date: date, borrowing: Borrowing) -> date:
    """Return the day on which an instalment is paid, by somebody who pays it at all."""
    return due_date + timedelta(days=borrowing.delay - number * 7 % 3)


def _penalty(line: Line, borrowing: Borrowing, until: date) -> Decimal:
    is_due = line.due_date + timedelta(days=PENALTY_FROM_DAYS) <= until
    if not is_due or (borrowing.delay < PENALTY_FROM_DAYS and line.number <= borrowing.pays):
        return Decimal(0)
    return ((line.principal + line.interest) * PENALTY_SHARE).quantize(Decimal(1))


def _pay(books, due: LoanInstallment, paid_on: date, *, share: Decimal | int) -> None:
    """Pay an instalment, or a share of it: penalty first, then interest, then principal."""
    rest = ((due.principal_due + due.interest_due + due.penalty_due) * share).quantize(
        Decimal("0.01")
    )
    amount = rest
    for part in ("penalty", "interest", "principal"):
        paid = min(rest, getattr(due, f"{part}_due"))
        setattr(due, f"{part}_paid", paid)
        rest -= paid
    if due.principal_paid == due.principal_due:
        due.paid_in_full_on = paid_on
    repayment = books.add(
        LoanRepayment,
        loan=due.loan,
        reference=repayment_reference(due.loan, due.number),
        amount=amount,
        paid_on=paid_on,
        method="TRANSFER" if due.number % 3 else "TUNAI",
        by=books.clerk,
        recorded_at=books.now,
    )
    books.add(
        RepaymentAllocation,
        repayment=repayment,
        installment=due,
        principal=due.principal_paid,
        interest=due.interest_paid,
        penalty=due.penalty_paid,
    )


def repayment_reference(loan: Loan, number: int) -> str:
    return f"{loan.number}-{number:02}"
