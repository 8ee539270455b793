"""
What members' factors are computed from, read for any number of members by a few statements.

A ledger of a past day holds what the books tell of it: later repayments, movements, documents and
changes of status are not there yet; a repayment that was reversed never was.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from django.db import connection

from koperasi_risk.domain.ledger import (
    ExternalDebt,
    Installment,
    Ledger,
    Loan,
    Month,
    Policy,
    Savings,
)
from koperasi_risk.models import AnnualMeeting, Tenant

# So many members are read at once, and judged in one transaction.
BATCH = 250
# Of mandatory savings: this month and the twelve before it.
MONTHS = 13
# A little more than what factors look back to.
THIRTEEN_MONTHS = timedelta(days=400)
THREE_YEARS = timedelta(days=1130)

_STATUS = """CASE WHEN later.came_from <> '' THEN later.came_from
    WHEN m.status = 'LEFT' AND m.left_on > %(day)s THEN 'ACTIVE' ELSE m.status END"""
_LATER = """LEFT JOIN LATERAL (
    SELECT came_from FROM koperasi_risk_memberstatusevent AS e
    WHERE e.tenant_id = %(tenant)s AND e.member_id = m.id AND e."on" > %(day)s
    ORDER BY e."on", e.id LIMIT 1) AS later ON true"""

_PRESENT = f"""
SELECT m.id FROM koperasi_risk_member AS m {_LATER}
WHERE m.tenant_id = %(tenant)s AND m.joined_on <= %(day)s AND {_STATUS} <> 'LEFT'
ORDER BY m.id
"""  # noqa: S608 (our own words)

_MEMBERS = f"""
SELECT m.id, {_STATUS}, m.joined_on,
    CASE WHEN m.income_verified_on > %(day)s THEN NULL ELSE m.monthly_income END,
    CASE WHEN m.income_verified_on <= %(day)s THEN m.income_verified_on END, m.is_board_member
FROM koperasi_risk_member AS m {_LATER}
WHERE m.tenant_id = %(tenant)s AND m.id = ANY(%(members)s) AND m.joined_on <= %(day)s
ORDER BY m.id
"""  # noqa: S608 (our own words)

_GUARANTEES = """
SELECT g.member_id, g.loan_id FROM koperasi_risk_guarantor AS g
JOIN koperasi_risk_loan AS l ON l.tenant_id = g.tenant_id AND l.id = g.loan_id
WHERE g.tenant_id = %(tenant)s AND g.member_id = ANY(%(members)s) AND l.member_id <> g.member_id
    AND (g.ended_on IS NULL OR g.ended_on > %(day)s)
"""

# Of loans that were closed long ago only what went bad is remembered.
_LOANS = """
SELECT l.id, l.member_id,
    CASE WHEN l.status IN ('SETTLED', 'WRITTEN_OFF') AND NOT l.closed_on > %(day)s IS TRUE
            THEN l.status
        WHEN r.first <= %(day)s OR (l.status = 'RESTRUCTURED' AND r.first IS NULL)
            THEN 'RESTRUCTURED'
        ELSE 'DISBURSED' END,
    l.principal, coalesce(l.disbursed_on, l.approved_on, l.applied_on),
    CASE WHEN l.closed_on <= %(day)s THEN l.closed_on END,
    CASE WHEN NOT l.closed_on > %(day)s IS TRUE THEN l.closed_collectability END,
    r.days, coalesce(c.worth, 0), l.is_in_litigation
FROM koperasi_risk_loan AS l
LEFT JOIN LATERAL (
    SELECT min("on") AS first, array_agg("on" ORDER BY "on") FILTER (WHERE "on" <= %(day)s) AS days
    FROM koperasi_risk_loanrestructuring AS r
    WHERE r.tenant_id = %(tenant)s AND r.loan_id = l.id) AS r ON true
LEFT JOIN LATERAL (
    SELECT sum(round(appraised_value * (100 - haircut_percent) / 100, 2)) AS worth
    FROM koperasi_risk_collateral AS c
    WHERE c.tenant_id = %(tenant)s AND c.loan_id = l.id
        AND (released_on IS NULL OR released_on > %(day)s)
        AND (valid_until IS NULL OR valid_until >= %(day)s)) AS c ON true
WHERE l.tenant_id = %(tenant)s AND (l.member_id = ANY(%(members)s) OR l.id = ANY(%(guaranteed)s))
    AND l.status IN ('DISBURSED', 'RESTRUCTURED', 'SETTLED', 'WRITTEN_OFF')
    AND coalesce(l.disbursed_on, l.approved_on, l.applied_on) <= %(day)s
    AND (l.status <> 'SETTLED' OR l.closed_collectability = 5 OR l.closed_on IS NULL
        OR l.closed_on >= %(remembered)s)
ORDER BY l.id
"""

_INSTALLMENTS = """
SELECT id, loan_id, due_date, principal_due + interest_due,
    principal_due + interest_due - principal_paid - interest_paid, paid_in_full_on
FROM koperasi_risk_loaninstallment
WHERE tenant_id = %(tenant)s AND loan_id = ANY(%(loans)s)
    AND (paid_in_full_on IS NULL OR due_date >= %(since)s OR paid_in_full_on >= %(since)s)
ORDER BY loan_id, due_date, number
"""

# By itself, not joined: where tables were just filled, the planner would sum it up once per instalment.
_PAID_LATER = """
SELECT a.installment_id, sum(a.principal + a.interest)
FROM koperasi_risk_loanrepayment AS r
JOIN koperasi_risk_repaymentallocation AS a ON a.tenant_id = r.tenant_id AND a.repayment_id = r.id
WHERE r.tenant_id = %(tenant)s AND r.loan_id = ANY(%(loans)s) AND r.paid_on > %(day)s
    AND r.reverses_id IS NULL AND NOT EXISTS (
        SELECT 1 FROM koperasi_risk_loanrepayment AS undone
        WHERE undone.tenant_id = r.tenant_id AND undone.reverses_id = r.id)
GROUP BY a.installment_id
"""

# A correction of mandatory savings takes back, or adds, what was deposited by mistake.
_SAVINGS = """
SELECT a.member_id,
    coalesce(sum(m.counted) FILTER (WHERE a.kind = 'PRINCIPAL'), 0),
    coalesce(sum(m.counted) FILTER (WHERE a.kind = 'MANDATORY'), 0),
    coalesce(sum(m.counted) FILTER (WHERE a.kind = 'VOLUNTARY'), 0),
    coalesce(sum(m.counted) FILTER (WHERE a.kind = 'TERM'), 0),
    coalesce(sum(a.blocked_amount), 0),
    coalesce(sum(m.deposited) FILTER (WHERE a.kind = 'MANDATORY'), 0),
    max(m.months) FILTER (WHERE a.kind = 'MANDATORY'),
    coalesce(sum(m.flow) FILTER (WHERE a.kind = 'VOLUNTARY'), 0)
FROM koperasi_risk_savingsaccount AS a
LEFT JOIN LATERAL (
    SELECT sum(CASE kind WHEN 'WITHDRAWAL' THEN -amount ELSE amount END) AS counted,
        sum(amount) FILTER (WHERE kind IN ('DEPOSIT', 'CORRECTION')) AS deposited,
        bit_or(1 << (extract(month FROM "on")::int - %(month)s
                + 12 * (extract(year FROM "on")::int - %(year)s + 1)))
            FILTER (WHERE kind = 'DEPOSIT' AND "on" >= %(first_month)s) AS months,
        sum(CASE kind WHEN 'DEPOSIT' THEN amount WHEN 'WITHDRAWAL' THEN -amount END)
            FILTER (WHERE "on" > %(day)s::date - interval '6 months') AS flow
    FROM koperasi_risk_savingsmovement AS m
    WHERE m.tenant_id = %(tenant)s AND m.account_id = a.id AND m."on" <= %(day)s
        AND m.status IN ('VERIFIED', 'APPROVED')) AS m ON true
WHERE a.tenant_id = %(tenant)s AND a.member_id = ANY(%(members)s)
GROUP BY a.member_id
"""

_EXTERNAL_DEBTS = """
SELECT member_id, outstanding, monthly_installment, collectability, source, as_of
FROM koperasi_risk_externaldebt
WHERE tenant_id = %(tenant)s AND member_id = ANY(%(members)s) AND as_of <= %(day)s
    AND (closed_on IS NULL OR closed_on > %(day)s)
ORDER BY as_of, id
"""

_ATTENDANCES = """
SELECT a.member_id, m.held_on FROM koperasi_risk_meetingattendance AS a
JOIN koperasi_risk_annualmeeting AS m ON m.tenant_id = a.tenant_id AND m.id = a.meeting_id
WHERE a.tenant_id = %(tenant)s AND a.member_id = ANY(%(members)s)
    AND m.held_on > %(remembered)s AND m.held_on <= %(day)s
"""

_DOCUMENTS = """
SELECT member_id, kind FROM koperasi_risk_memberdocument
WHERE tenant_id = %(tenant)s AND member_id = ANY(%(members)s) AND verified_on <= %(day)s
"""


def ledgers_of(
    tenant: Tenant, *, as_of: date, member_ids: Iterable[int] | None = None
) -> Iterator[tuple[int, str, Ledger]]:
    """
    Yield (member, status, ledger) in order of members, as the books know them at the end of a day.

    Without `member_ids` whoever was a member then; with them those, one who left included. Whoever
    joined later has no ledger. A batch of members takes the same number of statements, however many.
    """
    ids = present_members(tenant, as_of=as_of) if member_ids is None else sorted(set(member_ids))
    for first in range(0, len(ids), BATCH):
        yield from _Books(tenant, as_of, ids[first : first + BATCH]).ledgers()


def present_members(tenant: Tenant, *, as_of: date) -> list[int]:
    """Return who was a member of the koperasi on a day, in order."""
    return [pk for (pk,) in _rows(_PRESENT, {"tenant": tenant.pk, "day": as_of})]


def policy_of(tenant: Tenant, as_of: date) -> Policy:
    """Return what the koperasi computes by: its settings of now, the meetings held until that day."""
    meetings = AnnualMeeting.objects.of(tenant).filter(
        held_on__gt=as_of - THREE_YEARS, held_on__lte=as_of
    )
    return Policy(
        preset=tenant.collectability_preset,
        grace_days=tenant.grace_days,
        principal_savings_amount=tenant.principal_savings_amount,
        mandatory_savings_amount=tenant.mandatory_savings_amount,
        mandatory_savings_since=tenant.mandatory_savings_since,
        mandatory_savings_due_day=tenant.mandatory_savings_due_day,
        own_capital=tenant.own_capital,
        unsecured_limit=tenant.unsecured_limit,
        required_documents=frozenset(tenant.required_documents),
        meetings=tuple(meetings.order_by("held_on").values_list("held_on", flat=True)),
    )


class _Books:
    """All that one batch of members is judged by, each part read by one statement."""

    def __init__(self, tenant: Tenant, as_of: date, members: Sequence[int]):
        self.known = {
            "tenant": tenant.pk,
            "day": as_of,
            "members": members,
            "since": as_of - THIRTEEN_MONTHS,
            "remembered": as_of - THREE_YEARS,
            "first_month": as_of.replace(year=as_of.year - 1, day=1),
            "year": as_of.year,
            "month": as_of.month,
        }

    def ledgers(self) -> Iterator[tuple[int, str, Ledger]]:
        guarantees = self._lists(_GUARANTEES, lambda loan: loan)
        loans, of_member = self._loans({loan for each in guarantees.values() for loan in each})
        savings = {member: self._savings(*row) for member, *row in self._rows(_SAVINGS)}
        debts = self._lists(_EXTERNAL_DEBTS, ExternalDebt)
        meetings = self._lists(_ATTENDANCES, lambda held_on: held_on)
        documents = self._lists(_DOCUMENTS, lambda kind: kind)
        for member, status, *person in self._rows(_MEMBERS):
            yield (
                member,
                status,
                Ledger(
                    status,
                    *person,
                    loans=tuple(of_member[member]),
                    savings=savings.get(member) or Savings(),
                    external_debts=tuple(debts[member]),
                    guaranteed=tuple(loans[pk] for pk in guarantees[member] if pk in loans),
                    meetings_attended=frozenset(meetings[member]),
                    verified_documents=frozenset(documents[member]),
                ),
            )

    def _loans(self, guaranteed: set[int]) -> tuple[dict[int, Loan], dict[int, list[Loan]]]:
        rows = self._rows(_LOANS, guaranteed=list(guaranteed))
        installments = self._installments([row[0] for row in rows])
        loans, of_member = {}, defaultdict(list)
        for pk, member, status, principal, since, closed, kind, restructured, *more in rows:
            loan = Loan(
                pk,
                status,
                principal,
                since,
                tuple(installments[pk]),
                closed,
                kind,
                tuple(restructured or ()),
                *more,
            )
            loans[pk] = loan
            of_member[member].append(loan)
        return loans, of_member

    def _installments(self, loans: list[int]) -> dict[int, list[Installment]]:
        later = dict(self._rows(_PAID_LATER, loans=loans))
        of_loan, day = defaultdict(list), self.known["day"]
        for pk, loan, due_date, amount, unpaid, paid_on in self._rows(_INSTALLMENTS, loans=loans):
            if paid_on and paid_on > day:
                # Without a repayment on record it counts as all unpaid until it was paid in full.
                unpaid, paid_on = later.get(pk, amount), None
            elif pk in later:
                unpaid += later[pk]
            of_loan[loan].append(Installment(due_date, amount, unpaid, paid_on))
        return of_loan

    def _savings(self, *sums) -> Savings:
        *balances, months, flow = sums
        return Savings(*balances, _months(months or 0, self.known["first_month"]), flow)

    def _lists(self, statement: str, make, **more) -> dict[int, list]:
        lists = defaultdict(list)
        for key, *row in self._rows(statement, **more):
            lists[key].append(make(*row))
        return lists

    def _rows(self, statement: str, **more) -> list[tuple]:
        return _rows(statement, self.known | more)


@lru_cache(maxsize=8192)
def _months(bits: int, first: date) -> frozenset[Month]:
    """Return the months of the bits that are set, the lowest being the month of `first`."""
    start = 12 * first.year + first.month - 1
    numbers = [start + place for place in range(MONTHS) if bits >> place & 1]
    return frozenset((number // 12, number % 12 + 1) for number in numbers)


def _rows(statement: str, parameters: dict[str, Any]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()
