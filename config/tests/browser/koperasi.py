"""A koperasi with members in every state, a year's standing, rules, overrides and a file that came in."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from accounts.models import User
from core.dates import business_day
from koperasi_risk.domain.rule_contents import RuleContent, content_of
from koperasi_risk.models import (
    DataImport,
    DecisionOverride,
    ImportProblem,
    Loan,
    Member,
    RiskRule,
    RiskRuleRevision,
    RuleProposal,
    Tenant,
    TenantRole,
)
from koperasi_risk.services.loan_checks import check_loan
from koperasi_risk.services.overrides import ask_override, decide_override
from koperasi_risk.services.rules import save_rule
from koperasi_risk.services.scores import rescore
from koperasi_risk.tests.factories import (
    a_koperasi,
    a_loan,
    a_member,
    a_movement,
    a_person,
    an_account,
    an_installment,
)

MONTH = timedelta(days=30)
# Scored on these days before today: the monitor and the simulation look back.
LOOKS = [timedelta(days=100), timedelta(days=35), timedelta()]
# By member, for how many days the oldest instalment is unpaid.
BEHIND = {"Ayu Lestari": 0, "Bagus Wirawan": 45, "Citra Dewi": 50, "Dewa Putu": 75, "Eka Sari": 200}
NO_INCOME = "Fransiska Maria Goretti Kusumaningtyas Hadiwinata"
TIERS = {"tiers": [{"threshold": 90, "weight": 40, "auto_action": "reject"}], "note": "SK 12/2026"}


@dataclass(frozen=True)
class Koperasi:
    """What stands there after `found`: the people of each seat, and one row of what has a page."""

    tenant: Tenant
    manager: User
    officer: User
    board: User
    members: dict[str, Member]
    rules: dict[str, RiskRule]
    # The first of the rule about days past due.
    revision: RiskRuleRevision
    proposal: RuleProposal
    overrides: list[DecisionOverride]
    data_import: DataImport


def found(*staff: User, name: str = "KSP Mekar Sejahtera", now: datetime | None = None) -> Koperasi:
    """Found a koperasi and keep it: the pages' threads see only what is committed."""
    now = now or timezone.now()
    with a_koperasi(name, *staff, mandatory_savings_amount=50_000) as tenant:
        manager = a_person("Ratih", tenant, TenantRole.RISK_MANAGER)
        officer = a_person("Tono", tenant, TenantRole.FINANCING_OFFICER)
        board = a_person("Ketut", tenant, TenantRole.BOARD)
        rules = _rules(tenant, manager, now=now - LOOKS[0] - MONTH)
        members = _members(tenant, now=now)
        for past in LOOKS:
            rescore(tenant_id=tenant.pk, now=now - past, trigger="NIGHT")
        unscored = a_member(tenant, full_name="Gede Baru", changed_at=now)
        _check_loans(tenant, members, by=officer, now=now)
        return Koperasi(
            tenant,
            manager,
            officer,
            board,
            members | {unscored.full_name: unscored},
            rules,
            rules["max_dpd_current"].revisions.get(),
            _proposal(tenant, rules["max_dpd_12m"], by=board, now=now),
            _overrides(tenant, members, maker=manager, checker=board, now=now),
            _import(tenant, by=officer, now=now),
        )


# ── Rules ──────────────────────────────────────────────────────────────────────────────
def _rules(tenant: Tenant, manager: User, *, now: datetime) -> dict[str, RiskRule]:
    contents = [
        RuleContent("max_dpd_current", Decimal(15), Decimal(30), "sedang", "MANUAL_REVIEW"),
        RuleContent("kolektibilitas_worst", Decimal(20), Decimal(3), "tinggi", "REJECT"),
        RuleContent("debt_service_ratio", Decimal(15), Decimal(35), "sedang", "MANUAL_REVIEW"),
        RuleContent("max_dpd_12m", Decimal(10), Decimal(10), "rendah", "APPROVE", TIERS),
    ]
    return {
        content.factor: save_rule(
            tenant=tenant, content=content, by=manager, now=now, why="Aturan pertama", via="ADMIN"
        ).rule
        for content in contents
    }


def _proposal(tenant: Tenant, rule: RiskRule, *, by: User, now: datetime) -> RuleProposal:
    Tenant.objects.filter(pk=tenant.pk).update(rules_need_approval=True)
    saved = save_rule(
        tenant=tenant,
        content=replace(content_of(rule), threshold=Decimal(20)),
        rule_id=rule.pk,
        by=by,
        now=now,
        why="Terlalu banyak yang kena",
        via="ADMIN",
    )
    Tenant.objects.filter(pk=tenant.pk).update(rules_need_approval=False)
    return saved.proposal


# ── Members and their books ────────────────────────────────────────────────────────────
def _members(tenant: Tenant, *, now: datetime) -> dict[str, Member]:
    today = business_day(now)
    members = [_borrower(tenant, name, days, today=today) for name, days in BEHIND.items()]
    members += [
        _member(tenant, NO_INCOME, today=today, monthly_income=None, income_verified_on=None),
        _member(tenant, "Hendra Pasif", today=today, status=Member.Status.INACTIVE),
        _member(
            tenant, "Indah Pergi", today=today, status=Member.Status.LEFT, left_on=today - MONTH
        ),
    ]
    _borrow(members[5], 0, today=today)
    return {member.full_name: member for member in members}


def _member(tenant: Tenant, name: str, *, today: date, **changes) -> Member:
    details = {
        "full_name": name,
        "nik": f"320102150488{Member.objects.of(tenant).count():04}",
        "monthly_income": Decimal(6_000_000),
        "income_verified_on": today - MONTH,
        "occupation": "Pedagang",
        "joined_on": today - 24 * MONTH,
    }
    member = a_member(tenant, **(details | changes))
    an_account(member, "PRINCIPAL", balance=500_000)
    mandatory = an_account(member, "MANDATORY", balance=300_000)
    for ago in range(6):
        a_movement(mandatory, Decimal(50_000), today - ago * MONTH)
    return member


def _borrower(tenant: Tenant, name: str, days: int, *, today: date) -> Member:
    member = _member(tenant, name, today=today)
    _borrow(member, days, today=today)
    return member


def _borrow(member: Member, days: int, *, today: date) -> Loan:
    """Lend over twelve months, seven of which are past; what fell due since so many days is unpaid."""
    loan = a_loan(member, applied_on=today - 8 * MONTH, disbursed_on=today - 8 * MONTH)
    for number in range(1, 13):
        # One falls due on the very day since which nothing is paid.
        due = today - timedelta(days=days % 30) + (number - 8) * MONTH
        is_paid = due < today - timedelta(days=days) or (due < today and not days)
        paid = {"principal_paid": 1_000_000, "interest_paid": 100_000, "paid_in_full_on": due}
        an_installment(loan, number, due, **(paid if is_paid else {}))
    return loan


# ── What people asked ──────────────────────────────────────────────────────────────────
def _check_loans(tenant: Tenant, members: dict[str, Member], *, by: User, now: datetime) -> None:
    for name in ("Ayu Lestari", "Eka Sari"):
        check_loan(
            tenant=tenant,
            member_id=members[name].pk,
            amount=Decimal(20_000_000),
            tenor_months=10,
            by=by,
            now=now,
        )


def _overrides(
    tenant: Tenant, members: dict[str, Member], *, maker: User, checker: User, now: datetime
) -> list[DecisionOverride]:
    """Return one that counts and one that waits for the board."""
    asked = [
        ask_override(
            tenant=tenant,
            member_id=members[name].pk,
            went_to="APPROVE",
            reason_code="RECOVERED",
            note="Sudah membayar dua angsuran di kantor, bukti terlampir.",
            valid_until=business_day(now) + MONTH,
            by=maker,
            now=now,
        )
        for name in ("Citra Dewi", "Dewa Putu")
    ]
    decide_override(tenant=tenant, code=asked[0].code, approve=True, by=checker, now=now)
    return asked


def _import(tenant: Tenant, *, by: User, now: datetime) -> DataImport:
    tried = DataImport.objects.create(
        tenant=tenant,
        kind="MEMBERS",
        state="CHECKED",
        file_name="anggota-cabang-denpasar-2026.csv",
        by=by,
        sent_at=now,
        rows=40,
        added=30,
        changed=5,
        same=2,
        refused=3,
    )
    ImportProblem.objects.bulk_create(
        ImportProblem(
            tenant=tenant,
            data_import=tried,
            line=4 + place,
            column="penghasilan",
            reason_code=reason,
            found="=50.000",
        )
        for place, reason in enumerate(["ambiguous_amount", "ambiguous_amount", "malformed"])
    )
    return tried
