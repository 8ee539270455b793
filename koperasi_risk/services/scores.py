"""
Score members: one who is asked for, or all of a koperasi, in batches.

A scoring is added to a member's history when it says anything else than the one before; otherwise the
latest result only moves on to the present day. An older computation that comes late changes nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import Case, F, When
from django.urls import reverse
from psycopg.types.json import Jsonb

from accounts.models import User
from core import audit, jobs
from core.models import Job
from core.tenancy import tenant_scope
from koperasi_risk.domain import reasons, records, scoring
from koperasi_risk.models import Member, RiskAssessment, RiskResult, Tenant
from koperasi_risk.selectors.ledgers import present_members
from koperasi_risk.selectors.rules import ruleset_of
from koperasi_risk.services.facts import (
    Facts,
    FactsFailed,
    Measured,
    batches,
    facts_of_today,
    keep_facts,
)
from koperasi_risk.services.members import MemberNotFound

KIND = "koperasi_risk.rescore_members"
Trigger = RiskAssessment.Trigger


@dataclass(frozen=True)
class RescoreReport:
    """How far a rescore is: members judged of all, whose result changed, and the codes of who failed."""

    total: int = 0
    members: int = 0
    changed: int = 0
    failed: tuple[str, ...] = ()

    @property
    def done(self) -> int:
        return self.members + len(self.failed)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rules make of one member, as it is stored."""

    member_id: int
    score: Decimal
    decision: str
    reasons: list[str]
    lines: list
    seen: dict


def judge(ruleset: scoring.Ruleset, facts: Facts) -> Judgement:
    """Judge one member by the rules, and say why in Indonesian."""
    assessment = assess(ruleset, facts)
    return Judgement(
        member_id=facts.member_id,
        score=assessment.rounded_score,
        decision=assessment.decision,
        reasons=reasons.reasons(assessment),
        lines=records.to_json(assessment.lines),
        seen=records.seen_json(assessment, facts.stored),
    )


def assess(ruleset: scoring.Ruleset, facts: Facts) -> scoring.Assessment:
    """Hold the rules against one member's factors."""
    return ruleset.assess(
        facts.values,
        is_active=facts.status == Member.Status.ACTIVE,
        member_status=facts.status,
    )


@transaction.atomic
def score_member(
    *, tenant: Tenant, member_id: int, now: datetime, trigger: str = Trigger.REQUEST
) -> RiskResult:
    """
    Score one member from the books of now, whatever the member's status, and return the result.

    Repeating is safe: the same again adds nothing to the history. Raises MemberNotFound.
    """
    if not Member.objects.of(tenant).filter(pk=member_id).exists():
        raise MemberNotFound()
    outcome = _score(tenant, [member_id], keep_facts, now=now, trigger=trigger)
    if outcome.failed:
        raise FactsFailed(f"member {member_id} of koperasi {tenant.pk}")
    result = RiskResult.objects.of(tenant).filter(member=member_id).first()
    if result is None:
        # Joins on a later day.
        raise MemberNotFound()
    return result


@transaction.atomic
def score_changed(*, tenant: Tenant, member_ids: Sequence[int], now: datetime) -> RescoreReport:
    """Score members whose books have changed, at most a batch of them; repeating adds nothing."""
    known = Member.objects.of(tenant).filter(pk__in=member_ids).values_list("pk", flat=True)
    return _score(tenant, list(known), keep_facts, now=now, trigger=Trigger.DATA)


def rescore(
    *,
    tenant_id: int,
    now: datetime,
    trigger: str,
    report: Callable[[RescoreReport], None] | None = None,
    reads_all_books: bool = False,
) -> RescoreReport:
    """
    Score every member of a koperasi who has not left, a batch in each transaction.

    Books are read only of members whose factors of today are not known yet, or changed since; of all
    with `reads_all_books`, for when factors are computed in another way than this morning.
    `report` is called between them; what it raises ends the work, and what was scored stays. A koperasi
    that was not set up yet has no members.
    """
    with tenant_scope(tenant_id):
        tenant = Tenant.objects.filter(pk=tenant_id).first()
        ids = present_members(tenant, as_of=tenant.today(now)) if tenant else []
    facts_of = keep_facts if reads_all_books else facts_of_today
    so_far = RescoreReport(total=len(ids))
    for batch in batches(ids):
        with tenant_scope(tenant_id):
            tenant.refresh_from_db()
            outcome = _score(tenant, batch, facts_of, now=now, trigger=trigger)
        so_far = replace(
            so_far,
            members=so_far.members + outcome.members,
            changed=so_far.changed + outcome.changed,
            failed=so_far.failed + outcome.failed,
        )
        if report:
            report(so_far)
    return so_far


@transaction.atomic
def start_rescore(*, tenant: Tenant, by: User, now: datetime, back: str = "") -> Job:
    """Start the job that scores every member of a koperasi anew, on record. Raises TooManyJobs."""
    back = back or reverse("koperasi_risk:home")
    job = jobs.start_job(
        kind=KIND, owner=by, parameters={"tenant_id": tenant.pk}, back=back, now=now
    )
    audit.record("koperasi.rescore_started", now=now, by=by, subject=job, tenant=tenant.pk)
    return job


# ── One batch ──────────────────────────────────────────────────────────────────────────
def _score(
    tenant: Tenant,
    ids: Sequence[int],
    facts_of: Callable[..., Measured],
    *,
    now: datetime,
    trigger: str,
) -> RescoreReport:
    as_of = tenant.today(now)
    measured = facts_of(tenant, ids, as_of=as_of, now=now)
    ruleset = ruleset_of(tenant)
    _mend_hash(tenant, ruleset.hash)
    judgements = [judge(ruleset, facts) for facts in measured.facts]
    changed = _store(tenant, judgements, ruleset.hash, as_of=as_of, now=now, trigger=trigger)
    return RescoreReport(members=len(judgements), changed=changed, failed=tuple(measured.failed))


def _mend_hash(tenant: Tenant, ruleset_hash: str) -> None:
    """Note the hash of the rules, which is another by itself where the engine judges anew since."""
    if tenant.ruleset_hash != ruleset_hash:
        # Only where nobody has changed the rules meanwhile.
        unchanged = Tenant.objects.filter(pk=tenant.pk, ruleset_hash=tenant.ruleset_hash)
        if unchanged.update(ruleset_hash=ruleset_hash):
            tenant.ruleset_hash = ruleset_hash


def _store(
    tenant: Tenant,
    judgements: Sequence[Judgement],
    ruleset_hash: str,
    *,
    as_of: date,
    now: datetime,
    trigger: str,
) -> int:
    """Add what is new to the history, move what is unchanged to the present; return how much is new."""
    latest = _latest(tenant, judgements, ruleset_hash)
    changed, same = [], []
    for judgement in judgements:
        computed_at, *before = latest.get(judgement.member_id, (now,))
        if computed_at <= now:
            is_same = before == [*_content(judgement), ruleset_hash]
            (same if is_same else changed).append(judgement)
    moment = {"tenant": tenant.pk, "as_of": as_of, "now": now}
    if changed:
        _add(changed, moment | {"hash": ruleset_hash, "trigger": trigger})
    RiskResult.objects.of(tenant).filter(member__in=[row.member_id for row in same]).update(
        as_of=as_of, computed_at=now
    )
    return len(changed)


def _content(judgement: Judgement) -> tuple:
    return judgement.score, judgement.decision, judgement.reasons, judgement.lines


def _latest(
    tenant: Tenant, judgements: Sequence[Judgement], ruleset_hash: str
) -> dict[int, Sequence]:
    """Return what was said of members last, and when; lines, which are long, of the same rules alone."""
    results = RiskResult.objects.of(tenant).filter(member__in=[row.member_id for row in judgements])
    lines = Case(When(ruleset_hash=ruleset_hash, then=F("assessment__lines")))
    rows = results.values_list(
        "member", "computed_at", "score", "decision", "reasons", lines, "ruleset_hash"
    )
    return {member: row for member, *row in rows}


_ADD = """
WITH added AS (
    INSERT INTO koperasi_risk_riskassessment
        (code, tenant_id, member_id, score, decision, reasons, lines, seen, ruleset_hash, as_of,
        computed_at, trigger)
    SELECT gen_random_uuid(), %(tenant)s, new.member_id, new.score, new.decision, new.reasons,
        new.lines, new.seen, %(hash)s, %(as_of)s, %(now)s, %(trigger)s
    FROM jsonb_to_recordset(%(judgements)s) AS new(member_id bigint, score numeric, decision text,
        reasons text[], lines jsonb, seen jsonb)
    RETURNING id, tenant_id, member_id, score, decision, reasons, ruleset_hash, as_of, computed_at)
INSERT INTO koperasi_risk_riskresult
    (tenant_id, member_id, assessment_id, score, decision, reasons, ruleset_hash, as_of, computed_at)
SELECT tenant_id, member_id, id, score, decision, reasons, ruleset_hash, as_of, computed_at FROM added
ON CONFLICT (member_id) DO UPDATE SET
    assessment_id = EXCLUDED.assessment_id, score = EXCLUDED.score, decision = EXCLUDED.decision,
    reasons = EXCLUDED.reasons, ruleset_hash = EXCLUDED.ruleset_hash, as_of = EXCLUDED.as_of,
    computed_at = EXCLUDED.computed_at
"""


def _add(judgements: Sequence[Judgement], moment: dict) -> None:
    rows = [
        {
            "member_id": row.member_id,
            "score": str(row.score),
            "decision": row.decision,
            "reasons": row.reasons,
            "lines": row.lines,
            "seen": row.seen,
        }
        for row in judgements
    ]
    with connection.cursor() as cursor:
        cursor.execute(_ADD, moment | {"judgements": Jsonb(rows)})
