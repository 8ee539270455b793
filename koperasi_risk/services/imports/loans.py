"""Rows of loans: new ones are added; of known ones the course and the terms change, never whose they are."""

from koperasi_risk.models import Loan, Member
from koperasi_risk.services.imports.batch import Course, Outcome, Row, differing
from koperasi_risk.services.imports.writing import insert
from koperasi_risk.services.loan_rows import guarantors_of

IDENTITY = ("member_id", "principal")
REST = (
    "tenor_months", "status", "applied_on", "approved_on", "disbursed_on", "closed_on",
    "closed_collectability", "method", "rate_percent", "rate_period", "contract", "purpose",
)  # fmt: skip
_COLUMNS = [field.attname for field in Loan._meta.concrete_fields if field.attname != "id"]


def take_loans(course: Course, rows: list[Row]) -> Outcome:
    """Sort rows into new, changed, same and refused, and store them unless this is a trial."""
    outcome = Outcome()
    members = _members(course, rows)
    known = _known(course, rows)
    new, changed = [], []
    for row in rows:
        member = members.get(row.values["member"])
        if member is None:
            outcome.refuse(row, "unknown_member", "no_anggota", row.values["member"])
            continue
        told = {name: row.values[name] for name in row.values if name != "member"}
        told["member_id"] = member
        stored = known.get(told["number"])
        if stored is None:
            new.append(_new(course, told))
            outcome.added += 1
        elif differing(told, stored, IDENTITY):
            outcome.refuse(row, "differs", "no_pinjaman", told["number"])
            continue
        elif changes := differing(told, stored, REST):
            changed.append((stored["id"], changes))
            outcome.changed += 1
        else:
            outcome.same += 1
            continue
        outcome.members.add(member)
    if not course.is_trial:
        insert(Loan, new)
        _change(course, changed)
        outcome.members |= guarantors_of(course.tenant, [pk for pk, _changes in changed])
    return outcome


def _new(course: Course, told: dict) -> dict:
    loan = Loan(tenant=course.tenant, **told)
    return {column: getattr(loan, column) for column in _COLUMNS}


def _members(course: Course, rows: list[Row]) -> dict[str, int]:
    numbers = {row.values["member"] for row in rows}
    members = Member.objects.of(course.tenant).filter(number__in=numbers)
    return dict(members.values_list("number", "pk"))


def _known(course: Course, rows: list[Row]) -> dict[str, dict]:
    loans = Loan.objects.of(course.tenant).filter(number__in=[row.values["number"] for row in rows])
    return {loan["number"]: loan for loan in loans.values("id", "number", *IDENTITY, *REST)}


def _change(course: Course, changed: list[tuple[int, dict]]) -> None:
    loans = Loan.objects.of(course.tenant).in_bulk([pk for pk, _changes in changed])
    groups: dict[tuple[str, ...], list[Loan]] = {}
    for pk, changes in changed:
        loan = loans[pk]
        for name, value in changes.items():
            setattr(loan, name, value)
        groups.setdefault(tuple(sorted(changes)), []).append(loan)
    for names, group in groups.items():
        Loan.objects.of(course.tenant).bulk_update(group, names)
