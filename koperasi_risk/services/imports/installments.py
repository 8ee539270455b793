"""Rows of instalments: what is due and what was paid; what repayments are recorded of is theirs alone."""

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

from koperasi_risk.domain.imports.loans import CLOSED, Schedule
from koperasi_risk.domain.imports.tables import Refusal
from koperasi_risk.models import Loan, LoanInstallment, RepaymentAllocation
from koperasi_risk.services.imports.batch import Course, Outcome, Row, differing
from koperasi_risk.services.imports.writing import insert
from koperasi_risk.services.loan_rows import guarantors_of

COLUMNS = (
    "due_date", "principal_due", "interest_due", "principal_paid", "interest_paid", "penalty_due",
    "penalty_paid", "paid_in_full_on",
)  # fmt: skip
NOTHING_PAID = {
    "principal_paid": 0, "interest_paid": 0, "penalty_due": 0, "penalty_paid": 0, "paid_in_full_on": None,
}  # fmt: skip


def take_installments(course: Course, rows: list[Row]) -> Outcome:
    """Sort rows into new, changed, same and refused, and store them unless this is a trial."""
    outcome = Outcome()
    loans = _loans(course, rows)
    known = _known(course, [loan.pk for loan in loans.values()])
    totals = _totals(known)
    repaid = _with_repayments(course, known)
    new, changed, touched = [], [], set()
    for row in rows:
        loan = loans.get(row.values["loan"])
        if loan is None:
            outcome.refuse(row, "unknown_loan", "no_pinjaman", row.values["loan"])
            continue
        told = {name: value for name, value in row.values.items() if name != "loan"}
        stored = known.get((loan.pk, told["number"]))
        changes = stored and differing(told, stored, COLUMNS)
        if stored is None:
            new.append(NOTHING_PAID | told | {"tenant_id": course.tenant.pk, "loan_id": loan.pk})
            outcome.added += 1
        elif not changes:
            outcome.same += 1
            continue
        elif reason := _fault(stored | changes, is_repaid=stored["id"] in repaid):
            outcome.refuse(row, reason, "angsuran_ke", told["number"])
            continue
        else:
            changed.append((stored, changes))
            outcome.changed += 1
        outcome.members.add(loan.member_id)
        touched.add(loan.pk)
        _add_up(course, row, loan, stored, totals)
    if not course.is_trial:
        insert(LoanInstallment, new)
        _change(course, changed)
        outcome.members.update(guarantors_of(course.tenant, touched))
    return outcome


def oddities(course: Course) -> list[tuple[int, Refusal]]:
    """Return which loans' schedules do not add up, by the lines where the file begins on them."""
    return [
        (told.line, Refusal(told.oddity, "pokok", f"{told.total:.2f} / {told.principal:.2f}"))
        for told in course.schedules.values()
        if told.oddity
    ]


def _loans(course: Course, rows: list[Row]) -> dict[str, Loan]:
    numbers = {row.values["loan"] for row in rows}
    loans = Loan.objects.of(course.tenant).filter(number__in=numbers)
    return {loan.number: loan for loan in loans.only("number", "member_id", "principal", "status")}


def _known(course: Course, loans: list[int]) -> dict[tuple[int, int], dict]:
    lines = LoanInstallment.objects.of(course.tenant).filter(loan__in=loans)
    return {
        (line["loan_id"], line["number"]): line
        for line in lines.values("id", "loan_id", "number", *COLUMNS)
    }


def _totals(known: dict[tuple[int, int], dict]) -> dict[int, Decimal]:
    totals = defaultdict(Decimal)
    for (loan, _number), line in known.items():
        totals[loan] += line["principal_due"]
    return totals


def _add_up(course: Course, row: Row, loan: Loan, stored: dict | None, totals: dict) -> None:
    """Count a row in its loan's schedule, if it changes what that adds up to."""
    before = stored["principal_due"] if stored else None
    if (due := row.values["principal_due"]) == before:
        return
    schedule = course.schedules.get(loan.pk) or Schedule(
        row.line, loan.principal, totals[loan.pk], is_closed=loan.status in CLOSED
    )
    total = schedule.total + due - (before or 0)
    course.schedules[loan.pk] = replace(schedule, total=total)


def _with_repayments(course: Course, known: dict) -> set[int]:
    ids = [line["id"] for line in known.values()]
    paid = RepaymentAllocation.objects.of(course.tenant).filter(installment__in=ids)
    return set(paid.values_list("installment", flat=True))


def _fault(line: dict, *, is_repaid: bool) -> str:
    """Say why an instalment cannot be what the file makes of it; the file may leave something out."""
    if is_repaid:
        return "has_repayments"
    if any(
        line[f"{part}_paid"] > line[f"{part}_due"] for part in ("principal", "interest", "penalty")
    ):
        return "overpaid"
    is_full = all(line[f"{part}_paid"] == line[f"{part}_due"] for part in ("principal", "interest"))
    return "" if is_full or not line["paid_in_full_on"] else "not_in_full"


def _change(course: Course, changed: list[tuple[dict, dict]]) -> None:
    groups: dict[tuple[str, ...], list[LoanInstallment]] = {}
    for stored, changes in changed:
        line = LoanInstallment(id=stored["id"], **changes)
        groups.setdefault(tuple(sorted(changes)), []).append(line)
    for names, lines in groups.items():
        LoanInstallment.objects.of(course.tenant).bulk_update(lines, names)
