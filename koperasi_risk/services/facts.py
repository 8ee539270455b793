"""
Members' factors, computed and kept by day: what they are judged by, simulated on, and looked back at.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import structlog
from django.db import connection, transaction
from django.db.models import F, QuerySet
from psycopg.types.json import Jsonb

from koperasi_risk.domain import factors
from koperasi_risk.domain.ledger import ZERO
from koperasi_risk.domain.values import Value
from koperasi_risk.models import Member, MemberFacts, Tenant
from koperasi_risk.selectors.ledgers import BATCH, ledgers_of, policy_of, present_members
from koperasi_risk.services.members import MemberNotFound

log = structlog.get_logger("saksama.koperasi")

# Every day for so long, then the last of each month.
KEEP_DAYS = 60
KEEP_MONTH_ENDS = timedelta(days=3 * 366)
# The first of the two numbers of an advisory lock: "risk".
LOCK_SPACE = 0x7269736B


class FactsFailed(RuntimeError):
    """A member's factors could not be computed; the log says why."""


@dataclass(frozen=True, slots=True)
class Facts:
    """A member's factors on a day: as computed, and as they are stored."""

    member_id: int
    status: str
    values: dict[str, Value]
    stored: dict


@dataclass(frozen=True, slots=True)
class Measured:
    """The factors of some members, and the codes of those whose could not be computed."""

    facts: Sequence[Facts]
    failed: Sequence[str]


@transaction.atomic
def refresh_facts(
    *,
    tenant: Tenant,
    now: datetime,
    member_ids: Iterable[int] | None = None,
    as_of: date | None = None,
) -> int:
    """
    Compute members' factors and keep them as those of today, or of a past day; return how many were.

    Without `member_ids` those of all who were members on that day. A member whose books cannot be read
    is reported in the log, keeps older facts, and stops nobody else. Repeating is safe: facts that were
    computed later stay.
    """
    as_of = as_of or tenant.today(now)
    ids = present_members(tenant, as_of=as_of) if member_ids is None else sorted(set(member_ids))
    kept = 0
    for batch in batches(ids):
        kept += len(keep_facts(tenant, batch, as_of=as_of, now=now).facts)
    return kept


def batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Yield so many members' numbers as are worked on at once."""
    for first in range(0, len(ids), BATCH):
        yield ids[first : first + BATCH]


def keep_facts(tenant: Tenant, ids: Sequence[int], *, as_of: date, now: datetime) -> Measured:
    """Compute and keep the factors of one batch of members, and return them."""
    measured = measure(tenant, ids, as_of=as_of)
    alone(tenant)
    _store(tenant, measured.facts, as_of=as_of, now=now)
    return measured


def facts_of_today(tenant: Tenant, ids: Sequence[int], *, as_of: date, now: datetime) -> Measured:
    """
    Return the factors of one batch of members: as they are kept, or anew where books changed since.

    Anew, too, where the catalogue has grown since by a factor.
    """
    in_force = _kept(tenant, ids, as_of=as_of).filter(
        computed_at__gt=F("member__changed_at"), values__has_keys=[*factors.CATALOGUE]
    )
    fresh = {*in_force.values_list("member", flat=True)}
    measured = keep_facts(tenant, sorted({*ids} - fresh), as_of=as_of, now=now)
    # Read when nobody else stores any more: of a change meanwhile, what its follower computed counts.
    rows = _kept(tenant, fresh, as_of=as_of).values_list("member", "member_status", "values")
    kept = [
        Facts(member, status, factors.decode(stored), stored) for member, status, stored in rows
    ]
    return Measured([*kept, *measured.facts], measured.failed)


def _kept(tenant: Tenant, ids: Iterable[int], *, as_of: date) -> QuerySet[MemberFacts]:
    return MemberFacts.objects.of(tenant).filter(member__in=ids, as_of=as_of)


def measure(
    tenant: Tenant, ids: Sequence[int], *, as_of: date, new_installment: Decimal = ZERO
) -> Measured:
    """Compute the factors of members, keeping nothing; `new_installment` is of a loan asked for."""
    policy = policy_of(tenant, as_of)
    facts, failed = [], []
    for member_id, status, ledger in ledgers_of(tenant, as_of=as_of, member_ids=ids):
        try:
            values = factors.compute(ledger, policy, as_of, new_installment=new_installment)
        except Exception:
            code = str(Member.objects.of(tenant).values_list("code", flat=True).get(pk=member_id))
            log.exception("facts_failed", tenant=tenant.pk, member=code)
            failed.append(code)
        else:
            facts.append(Facts(member_id, status, values, factors.encode(values)))
    return Measured(facts, failed)


def measure_one(
    tenant: Tenant, member_id: int, *, as_of: date, new_installment: Decimal = ZERO
) -> Facts:
    """Compute one member's factors as `measure` does. Raises MemberNotFound, FactsFailed."""
    measured = measure(tenant, [member_id], as_of=as_of, new_installment=new_installment)
    if measured.failed:
        raise FactsFailed(f"member {member_id} of koperasi {tenant.pk}")
    if not measured.facts:
        # Of another koperasi, or joins on a later day.
        raise MemberNotFound()
    return measured.facts[0]


def alone(tenant: Tenant) -> None:
    """
    Let nobody else store what is computed of this koperasi's members until the transaction ends.

    Not a lock of rows: whoever changes members is not kept waiting, and waits for nobody in turn.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_SPACE, tenant.pk])


# As one JSON document: texts in arrays would be escaped one by one, which takes longer than to compute
# them. An older computation that comes late never replaces a newer one.
_STORE = """
INSERT INTO koperasi_risk_memberfacts AS facts
    (tenant_id, member_id, as_of, "values", member_status, days_past_due, collectability,
    outstanding, computed_at)
SELECT %(tenant)s, new.member_id, %(as_of)s, new.stored, new.status,
    (new.stored->>'max_dpd_current')::int, (new.stored->>'kolektibilitas_worst')::int,
    (new.stored->>'outstanding')::numeric, %(now)s
FROM jsonb_to_recordset(%(facts)s) AS new(member_id bigint, status text, stored jsonb)
ON CONFLICT (member_id, as_of) DO UPDATE SET
    "values" = EXCLUDED."values", member_status = EXCLUDED.member_status,
    days_past_due = EXCLUDED.days_past_due, collectability = EXCLUDED.collectability,
    outstanding = EXCLUDED.outstanding, computed_at = EXCLUDED.computed_at
WHERE facts.computed_at <= EXCLUDED.computed_at
"""


def _store(tenant: Tenant, facts: Sequence[Facts], *, as_of: date, now: datetime) -> None:
    rows = [
        {"member_id": row.member_id, "status": row.status, "stored": row.stored} for row in facts
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            _STORE, {"facts": Jsonb(rows), "tenant": tenant.pk, "as_of": as_of, "now": now}
        )


_FORGET = """
DELETE FROM koperasi_risk_memberfacts AS old
WHERE tenant_id = %(tenant)s AND as_of < %(daily_since)s AND (
    as_of < %(monthly_since)s OR EXISTS (
        SELECT 1 FROM koperasi_risk_memberfacts AS later
        WHERE later.tenant_id = old.tenant_id AND later.member_id = old.member_id
            AND later.as_of > old.as_of
            AND date_trunc('month', later.as_of) = date_trunc('month', old.as_of)))
"""


@transaction.atomic
def forget_old_facts(*, tenant: Tenant, now: datetime) -> int:
    """Delete facts of days long past, but for the last of each month of three years; return how many."""
    today = tenant.today(now)
    since = {
        "daily_since": today - timedelta(days=KEEP_DAYS),
        "monthly_since": today - KEEP_MONTH_ENDS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, since | {"tenant": tenant.pk})
        return cursor.rowcount


def missing_facts(tenant: Tenant, *, as_of: date) -> list[int]:
    """Return who was a member on a day of which no facts were kept."""
    known = MemberFacts.objects.of(tenant).filter(as_of=as_of)
    return sorted(
        {*present_members(tenant, as_of=as_of)} - {*known.values_list("member", flat=True)}
    )
