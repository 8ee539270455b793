"""Rows of members: new ones are added, known ones changed where the file says otherwise."""

from datetime import date

from koperasi_risk.models import Member, MemberStatusEvent
from koperasi_risk.services.imports.batch import Course, Outcome, Row, differing
from koperasi_risk.services.imports.writing import insert

PLAIN = (
    "full_name", "birth_date", "occupation", "employer", "monthly_income", "income_source",
    "income_verified_on", "dependants", "status", "joined_on", "left_on", "is_board_member",
)  # fmt: skip
_NIK, _NIK_INDEX = Member._meta.get_field("nik"), Member._meta.get_field("nik_index")
_COLUMNS = [
    field.attname
    for field in Member._meta.concrete_fields
    if field.attname not in ("id", "nik", "nik_index")
]


def take_members(course: Course, rows: list[Row]) -> Outcome:
    """Sort rows into new, changed, same and refused, and store them unless this is a trial."""
    outcome, work = Outcome(), _Work(course, rows)
    for row in rows:
        work.sort(row, outcome)
    if not course.is_trial:
        work.store(outcome)
    outcome.members.update(change.pk for change in work.changes)
    return outcome


class _Work:
    def __init__(self, course: Course, rows: list[Row]):
        self.course = course
        self.known = self._known([row.values["number"] for row in rows])
        indexes = [_index(row) for row in rows if "nik" in row.values]
        owners = Member.objects.of(course.tenant).filter(nik_index__in=indexes)
        self.owners = dict(owners.values_list("nik_index", "number"))
        self.new: list[Member] = []
        self.changes: list[_Change] = []

    def _known(self, numbers: list[str]) -> dict[str, dict]:
        members = Member.objects.of(self.course.tenant).filter(number__in=numbers)
        return {row["number"]: row for row in members.values("id", "number", "nik_index", *PLAIN)}

    def sort(self, row: Row, outcome: Outcome) -> None:
        stored = self.known.get(row.values["number"])
        index = _index(row) if "nik" in row.values else ""
        if index and not self._may_have(index, row, outcome):
            return
        if stored is None:
            self.new.append(_new(self.course, row))
            outcome.added += 1
            return
        changes = differing(row.values, stored, PLAIN)
        if index and index != stored["nik_index"]:
            changes["nik"] = row.values["nik"]
        if not changes:
            outcome.same += 1
        elif _left_before_joining(stored | changes):
            outcome.refuse(row, "wrong_order", "tanggal_keluar")
        else:
            self.changes.append(_Change(stored["id"], stored["status"], changes))
            outcome.changed += 1

    def _may_have(self, index: str, row: Row, outcome: Outcome) -> bool:
        number = row.values["number"]
        if self.owners.get(index, number) != number:
            outcome.refuse(row, "nik_taken", "nik")
            return False
        if self.course.niks.setdefault(index, row.line) != row.line:
            outcome.refuse(row, "repeated_nik", "nik")
            return False
        return True

    def store(self, outcome: Outcome) -> None:
        insert(Member, [_sealed(member) for member in self.new])
        members = Member.objects.of(self.course.tenant)
        numbers = members.filter(number__in=[member.number for member in self.new])
        ids = dict(numbers.values_list("number", "pk"))
        outcome.members.update(ids.values())
        steps = [
            step
            for member in self.new
            for step in _first_steps(self.course, member, ids[member.number])
        ]
        steps += [step for change in self.changes for step in change.steps(self.course)]
        insert(MemberStatusEvent, steps)
        self._change()

    def _change(self) -> None:
        members = Member.objects.of(self.course.tenant).defer("nik", "nik_index")
        found = members.in_bulk([change.pk for change in self.changes])
        for change in self.changes:
            change.write(found[change.pk])
        for names, group in _by_names(self.changes).items():
            members.bulk_update([found[pk] for pk in group], names)


class _Change:
    """What is another with one member."""

    def __init__(self, pk: int, status: str, values: dict):
        self.pk, self.status, self.values = pk, status, values
        if values.get("status", "LEFT") != "LEFT":
            values["left_on"] = None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self.values.keys() - {"nik"}))

    def write(self, member: Member) -> None:
        for name, value in self.values.items():
            setattr(member, name, value)
        if "nik" in self.values:
            # Sealed for its own row: one at a time.
            member.save(update_fields=["nik", "nik_index"])

    def steps(self, course: Course) -> list[dict]:
        if "status" not in self.values:
            return []
        on = self.values.get("left_on") or course.today
        return [_step(course, self.pk, self.status, self.values["status"], on)]


def _left_before_joining(values: dict) -> bool:
    return bool(values["left_on"] and values["left_on"] < values["joined_on"])


def _by_names(changes: list[_Change]) -> dict[tuple[str, ...], list[int]]:
    groups: dict[tuple[str, ...], list[int]] = {}
    for change in changes:
        if change.names:
            groups.setdefault(change.names, []).append(change.pk)
    return groups


def _index(row: Row) -> str:
    return _NIK_INDEX.index_of(row.values["nik"])


def _new(course: Course, row: Row) -> Member:
    return Member(tenant=course.tenant, changed_at=course.now, **row.values)


def _sealed(member: Member) -> dict:
    """Return a member as the table has it, the identity number sealed for this row alone."""
    row = {column: getattr(member, column) for column in _COLUMNS}
    sealed = _NIK.pre_save(member, add=True)
    return row | {"nik": sealed and sealed.token, "nik_index": _NIK_INDEX.index_of(member.nik)}


def _first_steps(course: Course, member: Member, pk: int) -> list[dict]:
    """A member who has left was one before."""
    if member.status != Member.Status.LEFT:
        return [_step(course, pk, "", member.status, member.joined_on)]
    return [
        _step(course, pk, "", Member.Status.ACTIVE, member.joined_on),
        _step(course, pk, Member.Status.ACTIVE, Member.Status.LEFT, member.left_on),
    ]


def _step(course: Course, pk: int, came_from: str, went_to: str, on: date) -> dict:
    return {
        "tenant_id": course.tenant.pk,
        "member_id": pk,
        "came_from": came_from,
        "went_to": went_to,
        "on": on,
        "by_id": course.by.pk,
        "recorded_at": course.now,
    }
