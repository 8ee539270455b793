"""Rows of savings movements: each reference counts once, none overdraws, and balances follow."""

from collections import defaultdict
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.db.models import QuerySet

from koperasi_risk.domain.movements import effect, is_bound, is_covered
from koperasi_risk.models import Member, SavingsAccount, SavingsMovement
from koperasi_risk.services.imports.batch import Account, Course, Outcome, Row
from koperasi_risk.services.imports.writing import insert

Status = SavingsMovement.Status
TOLD = ("kind", "amount", "on")


def take_savings(course: Course, rows: list[Row]) -> Outcome:
    """
    Sort rows into new, changed, same and refused, and store them unless this is a trial.

    What would overdraw an account is refused, in the order of the rows: hand in first what adds.
    """
    outcome, work = Outcome(), _Work(course, rows)
    for row in rows:
        work.sort(row, outcome)
    if course.is_trial:
        work.remember()
    else:
        work.store()
    outcome.members.update(member for member, _kind in work.touched)
    return outcome


class _Standing(NamedTuple):
    """What is in the books of an account; `pk` is None for one that is not there yet."""

    pk: int | None = None
    balance: Decimal = Decimal(0)
    blocked: Decimal = Decimal(0)


NOT_OPEN = _Standing()


class _Work:
    def __init__(self, course: Course, rows: list[Row]):
        self.course = course
        self.members = self._members({row.values["member"] for row in rows})
        self.accounts = self._accounts()
        self.known = self._known([row.values["reference"] for row in rows])
        self.new: list[tuple[Account, Row]] = []
        # Waiting movements that the file decides.
        self.decided: list[tuple[Account, int, Row]] = []
        self.added: dict[Account, Decimal] = defaultdict(Decimal)

    def _members(self, numbers: set[str]) -> dict[str, tuple[int, str]]:
        members = self._held(Member.objects.of(self.course.tenant).filter(number__in=numbers))
        return {
            number: (pk, status)
            for pk, number, status in members.values_list("pk", "number", "status")
        }

    def _accounts(self) -> dict[Account, _Standing]:
        accounts = SavingsAccount.objects.of(self.course.tenant).filter(
            member__in=[pk for pk, _status in self.members.values()]
        )
        rows = self._held(accounts).values_list("member", "kind", "pk", "balance", "blocked_amount")
        found: dict[Account, _Standing] = {}
        for member, kind, *standing in rows:
            # Of several term accounts the first one counts.
            found.setdefault((member, kind), _Standing(*standing))
        return found

    def _held(self, rows: QuerySet) -> QuerySet:
        """Lock what may change, members before accounts as everywhere; a trial only looks."""
        rows = rows.order_by("pk")
        return rows if self.course.is_trial else rows.select_for_update(of=("self",), no_key=True)

    def _known(self, references: list[str]) -> dict[str, dict]:
        movements = SavingsMovement.objects.of(self.course.tenant).filter(reference__in=references)
        columns = (
            "id",
            "reference",
            "status",
            "account",
            "account__member",
            "account__kind",
            *TOLD,
        )
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
        elif self._counts(row, account, outcome):
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
        # Of a further term account it is decided by hand.
        elif stored["status"] != Status.PENDING or stored["account"] != self.accounts[account].pk:
            outcome.refuse(row, "reference_taken", "status")
        elif self._counts(row, account, outcome):
            self.decided.append((account, stored["id"], row))
            outcome.changed += 1

    def _counts(self, row: Row, account: Account, outcome: Outcome) -> bool:
        """Count a row in its account, unless that does not bear it; then refuse it."""
        if _status(row) not in SavingsMovement.COUNTED:
            return True
        standing, amount = self.accounts.get(account, NOT_OPEN), row.values["amount"]
        earlier = self.course.added.get(account, 0) + self.added.get(account, 0)
        added = effect(row.values["kind"], amount)
        if not is_covered(added, balance=standing.balance + earlier, blocked=standing.blocked):
            outcome.refuse(row, "overdrawn", "jumlah", amount)
            return False
        self.added[account] += added
        return True

    def remember(self) -> None:
        """Keep what these rows would add for those after them."""
        for account, added in self.added.items():
            self.course.added[account] = self.course.added.get(account, 0) + added

    def store(self) -> None:
        self._open_missing()
        new = [_movement(self.course, self.accounts[account].pk, row) for account, row in self.new]
        insert(SavingsMovement, new)
        self._decide()
        added = {self.accounts[account].pk: amount for account, amount in self.added.items()}
        _add_to_balances(self.course, added)

    def _open_missing(self) -> None:
        missing = sorted({account for account in self.touched if account not in self.accounts})
        insert(SavingsAccount, [_account(self.course, *account) for account in missing])
        if missing:
            self.accounts = self._accounts()

    def _decide(self) -> None:
        movements = SavingsMovement.objects.of(self.course.tenant)
        for status in Status.values:
            ids = [pk for _account, pk, row in self.decided if row.values["status"] == status]
            movements.filter(pk__in=ids).update(status=status)


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
