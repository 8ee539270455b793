"""The town's two koperasi: of each a member, and one row of everything that can be kept about one."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from accounts.models import User
from core.models import Job
from koperasi_risk.models import (
    AnnualMeeting,
    Collateral,
    DataImport,
    DecisionOverride,
    ExternalDebt,
    Guarantor,
    ImportProblem,
    LoanCheck,
    LoanRepayment,
    LoanRestructuring,
    MeetingAttendance,
    Member,
    MemberDocument,
    MemberFacts,
    MemberStatusEvent,
    RepaymentAllocation,
    RiskAssessment,
    RiskResult,
    RiskRule,
    RiskRuleRevision,
    RuleProposal,
    Tenant,
)
from koperasi_risk.tests.factories import (
    a_koperasi,
    a_loan,
    a_member,
    a_movement,
    a_person,
    a_rule,
    an_account,
    an_installment,
)

# What a koperasi wrote for itself: the name of its member, the note of an override.
KOPERASI_SECRET, RIVAL_SECRET = "Rahasia Mekar", "Rahasia Seberang"
SEEN = {
    "is_active": True,
    "member_status": "ACTIVE",
    "use_score_bands": False,
    "multipliers": {},
    "facts": {},
}
JUDGED = {"score": Decimal(80), "decision": "MANUAL_REVIEW", "reasons": ["Tunggakan 45 hari"]}


def koperasi_samples(staff: User, *, now: datetime) -> dict[str, str]:
    """Found the koperasi that the town's staff works for; return samples of it."""
    return _found("KSP Mekar", staff, KOPERASI_SECRET, now=now)


def rival_samples(staff: User, *, now: datetime) -> dict[str, str]:
    """Found the other koperasi; return the same samples of it, each named `rival_…`."""
    samples = _found("KSP Seberang", staff, RIVAL_SECRET, now=now)
    return {f"rival_{name}": sample for name, sample in samples.items()}


def _found(name: str, staff: User, secret: str, *, now: datetime) -> dict[str, str]:
    with a_koperasi(name, staff, mandatory_savings_amount=50_000) as tenant:
        member = a_member(
            tenant, full_name=secret, monthly_income=4_000_000, nik="3201021504880001"
        )
        rule = a_rule(tenant, "max_dpd_current", threshold=30, created_by=staff, updated_by=staff)
        return {
            "tenant": str(tenant.pk),
            "member": str(member.code),
            "member_id": str(member.pk),
            "rule_id": str(rule.pk),
            **_books(member, staff, now=now),
            **_rules(rule, staff, now=now),
            **_judgements(member, staff, secret, now=now),
            **_imports(tenant, staff, now=now),
        }


def _books(member: Member, staff: User, *, now: datetime) -> dict[str, str]:
    tenant, today = member.tenant, now.date()
    loan = a_loan(member)
    installment = an_installment(loan, 1, today - timedelta(days=45))
    repayment = LoanRepayment.objects.create(
        tenant=tenant,
        loan=loan,
        reference="TRF-0",
        amount=1000,
        paid_on=today,
        by=staff,
        recorded_at=now,
    )
    RepaymentAllocation.objects.create(
        tenant=tenant, repayment=repayment, installment=installment, principal=1000
    )
    LoanRestructuring.objects.create(tenant=tenant, loan=loan, on=today)
    Collateral.objects.create(tenant=tenant, loan=loan, kind="BPKB", appraised_value=5_000_000)
    Guarantor.objects.create(tenant=tenant, loan=loan, member=a_member(tenant))
    a_movement(an_account(member, "MANDATORY"), 50_000, today)
    MemberStatusEvent.objects.create(
        tenant=tenant, member=member, went_to="ACTIVE", on=member.joined_on, recorded_at=now
    )
    MemberDocument.objects.create(tenant=tenant, member=member, kind="KTP", verified_on=today)
    ExternalDebt.objects.create(
        tenant=tenant,
        member=member,
        lender="Bank",
        outstanding=1_000_000,
        source="DECLARED",
        as_of=today,
    )
    meeting = AnnualMeeting.objects.create(tenant=tenant, held_on=date(2026, 1, 20))
    MeetingAttendance.objects.create(tenant=tenant, meeting=meeting, member=member)
    return {
        "koperasi_loan": str(loan.code),
        "koperasi_loan_id": str(loan.pk),
        "repayment_id": str(repayment.pk),
        "meeting_id": str(meeting.pk),
    }


def _rules(rule: RiskRule, staff: User, *, now: datetime) -> dict[str, str]:
    content = {
        "factor": rule.factor,
        "weight": "10",
        "threshold": "30",
        "risk_category": rule.risk_category,
        "auto_action": rule.auto_action,
        "action_payload": None,
    }
    revision = RiskRuleRevision.objects.create(
        tenant=rule.tenant, rule=rule, version=1, after=content, by=staff, at=now, via="API"
    )
    proposal = RuleProposal.objects.create(
        tenant=rule.tenant,
        kind="DELETE",
        rule=rule,
        base_version=1,
        factor_key=rule.factor_key,
        via="ADMIN",
        maker=_colleague(rule.tenant),
        made_at=now,
    )
    return {"revision_id": str(revision.pk), "proposal_id": str(proposal.pk)}


def _colleague(tenant: Tenant) -> User:
    """Somebody who asked for what the town's staff may decide."""
    return a_person("Ketut", tenant, "MANAJER_RISIKO")


def _judgements(member: Member, staff: User, secret: str, *, now: datetime) -> dict[str, str]:
    tenant, today = member.tenant, now.date()
    MemberFacts.objects.create(
        tenant=tenant,
        member=member,
        as_of=today,
        values={"max_dpd_current": "45"},
        member_status="ACTIVE",
        days_past_due=45,
        computed_at=now,
    )
    judged = JUDGED | {"ruleset_hash": "0" * 64}
    assessment = RiskAssessment.objects.create(
        tenant=tenant,
        member=member,
        lines=[],
        seen=SEEN,
        as_of=today,
        computed_at=now,
        trigger="REQUEST",
        **judged,
    )
    RiskResult.objects.create(
        tenant=tenant,
        member=member,
        assessment=assessment,
        as_of=today,
        computed_at=now,
        **judged,
    )
    override = DecisionOverride.objects.create(
        tenant=tenant,
        member=member,
        assessment=assessment,
        came_from="MANUAL_REVIEW",
        went_to="APPROVE",
        reason_code="OTHER",
        note=secret,
        valid_until=today + timedelta(days=30),
        maker=_colleague(tenant),
        made_at=now,
    )
    check = LoanCheck.objects.create(
        tenant=tenant,
        member=member,
        amount=1_000_000,
        tenor_months=10,
        monthly_installment=110_000,
        lines=[],
        seen=SEEN,
        asked_by=staff,
        asked_at=now,
        **judged,
    )
    return {
        "assessment": str(assessment.code),
        "override": str(override.code),
        "loan_check": str(check.code),
    }


def _imports(tenant: Tenant, staff: User, *, now: datetime) -> dict[str, str]:
    taken = DataImport.objects.create(
        tenant=tenant, kind="MEMBERS", file_name="anggota.csv", by=staff, sent_at=now, rows=1
    )
    ImportProblem.objects.create(
        tenant=tenant, data_import=taken, line=2, reason_code="malformed", found="x"
    )
    job = Job.objects.create(
        kind="x", owner_code=str(staff.code), created_at=now, progressed_at=now
    )
    return {"koperasi_import": str(taken.code), "koperasi_job": str(job.code)}
