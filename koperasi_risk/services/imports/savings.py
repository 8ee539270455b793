"""Rows of savings movements: each reference counts once, and balances follow."""

from collections import defaultdict
from decimal import Decimal

from django.db import connection

from koperasi_risk.domain.movements import effect, is_bound
from koperasi_risk.models import Member, SavingsAccount, SavingsMovement
from koperasi_risk.services.imports.batch import Course, Outcome, Row
from koperasi_risk.services.imports.writing import insert

Status = SavingsMovement.Status
TOLD = ("kind", "amount", "on")
Account = tuple[int, str]


def take_savings(course: Course, rows: list[Row]) -> Outcome:
    """Sort rows into new, changed, same and refused, and store them unless this is a trial."""
    outcome, work = Outcome(), _Work(course, rows)
    for row in rows:
        work.sort(row, outcome)
    if not course.is_trial:
        work.store()
    outcome.members.update(member for member, _kind in work.touched)
    return outcome


class _Work:
    def __init__(self, course: Course, rows: list[Row]):
        self.course = course
        members = Member.objects.of(course.tenant).filter(
            number__in={row.values["member"] for row in rows}
        )
        self.members = {
            number: (pk, status)
            for pk, number, status in members.values_list("pk", "number", "status")
        }
        self.known = self._known([row.values["reference"] for row in rows])
        self.new: list[tuple[Account, Row]] = []
        # Waiting movements that the file decides.
        self.decided: list[tuple[Account, int, Row]] = []

    def _known(self, references: list[str]) -> dict[str, dict]:
        movements = SavingsMovement.objects.of(self.course.tenant).filter(reference__in=references)
        columns = ("id", "reference", "status", "account__member", "account__kind", *TOLD)
        return {row["reference"]: row for row in movements.values(*columns)}

    @property
    def touched(self) -> list[Account]:
        return [account for account, _row in self.new] + [row[0] for row in self.decided]

    def sort(self, row: Row, outcome: Outcome) -> None:
        values, member = row.values, self.members.get(row.values["member"])
        if member is None:
            outcome.refuse(row, "unknown_member", "no_anggota", values["member"])
            return
        pk, member_status = member
        account = (pk, values["account"])
        if stored := self.known.get(values["reference"]):
            self._compare(row, account, stored, outcome)
        elif is_bound(values["account"], values["kind"], member_status=member_status):
            outcome.refuse(row, "kept_until_exit", "mutasi")
        else:
            self.new.append((account, row))
            outcome.added += 1

    def _compare(self, row: Row, account: Account, stored: dict, outcome: Outcome) -> None:
        values, status = row.values, row.values.get("status", stored["status"])
        recorded = (
            (stored["account__member"], stored["account__kind"]),
            *(stored[n] for n in TOLD),
        )
        if recorded != (account, *(values[name] for name in TOLD)):
            outcome.refuse(row, "reference_taken", "referensi", values["reference"])
        elif status == stored["status"]:
            outcome.same += 1
        elif stored["status"] == Status.PENDING:
            self.decided.append((account, stored["id"], row))
            outcome.changed += 1
        else:
            outcome.refuse(row, "reference_taken", "status")

    def store(self) -> None:
        accounts = self._accounts()
        new = [_movement(self.course, accounts[account], row) for account, row in self.new]
        insert(SavingsMovement, new)
        for _account, pk, row in self.decided:
            waiting = SavingsMovement.objects.of(self.course.tenant).filter(pk=pk)
            waiting.update(status=row.values["status"])
        added: dict[int, Decimal] = defaultdict(Decimal)
        for account, row in [*self.new, *((account, row) for account, _pk, row in self.decided)]:
            if _status(row) in SavingsMovement.COUNTED:
                added[accounts[account]] += effect(row.values["kind"], row.values["amount"])
        _add_to_balances(self.course, added)

    def _accounts(self) -> dict[Account, int]:
        """Return the accounts that are moved, the missing ones made, all locked in one order."""
        wanted = set(self.touched)
        found = self._locked(wanted)
        missing = sorted(wanted - found.keys())
        insert(SavingsAccount, [_account(self.course, *account) for account in missing])
        return found | self._locked(set(missing)) if missing else found

    def _locked(self, wanted: set[Account]) -> dict[Account, int]:
        accounts = SavingsAccount.objects.of(self.course.tenant).filter(
            member__in={member for member, _kind in wanted}
        )
        rows = accounts.order_by("-pk").select_for_update(of=("self",))
        # Of several term accounts the first one counts.
        found = {(row.member_id, row.kind): row.pk for row in rows}
        return {account: pk for account, pk in found.items() if account in wanted}


def _account(course: Course, member_id: int, kind: str) -> dict:
    return {
        "tenant_id": course.tenant.pk,
        "member_id": member_id,
        "kind": kind,
        "number": "",
        "balance": 0,
        "blocked_amount": 0,
    }


def _status(row: Row) -> str:
    # What a koperasi's own books hold was verified there.
    return row.values.get("status", Status.VERIFIED)


def _movement(course: Course, account_id: int, row: Row) -> dict:
    values = row.values
    return {
        "tenant_id": course.tenant.pk,
        "account_id": account_id,
        "kind": values["kind"],
        "amount": values["amount"],
        "fee": values.get("fee", 0),
        "method": values.get("method", ""),
        "status": _status(row),
        "on": values["on"],
        "reference": values["reference"],
    }


_BALANCES = """
UPDATE koperasi_risk_savingsaccount AS account SET balance = balance + new.added
FROM unnest(%(accounts)s::bigint[], %(added)s::numeric[]) AS new(id, added)
WHERE account.tenant_id = %(tenant)s AND account.id = new.id
"""


def _add_to_balances(course: Course, added: dict[int, Decimal]) -> None:
    with connection.cursor() as cursor:
        rows = {"accounts": list(added), "added": list(added.values())}
        cursor.execute(_BALANCES, rows | {"tenant": course.tenant.pk})
