"""Koperasi: every member scored anew, and a rule change simulated."""

import gc
import time
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Organisation, Role, User
from bench.data import a_person, vacuum
from bench.report import Table, median_ms
from core.tenancy import tenant_scope
from koperasi_risk.domain.rule_contents import RuleContent
from koperasi_risk.models import Member, RiskRule, Tenant
from koperasi_risk.selectors.simulation import simulate
from koperasi_risk.services.facts import refresh_facts
from koperasi_risk.services.rulesets import install_starter_rules
from koperasi_risk.services.scores import rescore

REPEATS = 5

# Some 12% of members are behind with their instalments, a few of them far.
_MEMBERS = """
INSERT INTO koperasi_risk_member (tenant_id, code, number, full_name, nik, nik_index, occupation,
    employer, monthly_income, income_source, income_verified_on, status, joined_on, is_board_member,
    changed_at)
SELECT %(tenant)s, gen_random_uuid(), 'B-' || n, 'Anggota ' || n, '', '', '', '',
    CASE WHEN n %% 12 > 0 THEN 2000000 + (n * 7919 %% 60) * 100000 END, 'SALARY',
    %(today)s::date - n %% 300, CASE WHEN n %% 40 = 0 THEN 'INACTIVE' ELSE 'ACTIVE' END,
    %(today)s::date - 60 - (n * 31) %% 2500, false, now()
FROM generate_series(1, %(count)s) AS n
"""

_DOCUMENTS = """
INSERT INTO koperasi_risk_memberdocument (tenant_id, member_id, kind, verified_on)
SELECT tenant_id, id, kind, joined_on FROM koperasi_risk_member, unnest(ARRAY['KTP', 'KK']) AS kind
WHERE tenant_id = %(tenant)s AND (kind = 'KTP' OR id %% 9 > 0)
"""

_DEBTS = """
INSERT INTO koperasi_risk_externaldebt
    (tenant_id, member_id, lender, outstanding, monthly_installment, collectability, source, as_of)
SELECT tenant_id, id, 'Bank', 5000000, 400000, 1 + (id %% 50 = 0)::int, 'SLIK', %(today)s::date - 40
FROM koperasi_risk_member WHERE tenant_id = %(tenant)s AND id %% 5 = 0
"""

_MEETINGS = """
WITH meeting AS (
    INSERT INTO koperasi_risk_annualmeeting (tenant_id, held_on, title)
    SELECT %(tenant)s, %(today)s::date - 100 - 365 * n, '' FROM generate_series(0, 2) AS n
    RETURNING id, tenant_id)
INSERT INTO koperasi_risk_meetingattendance (tenant_id, meeting_id, member_id)
SELECT m.tenant_id, meeting.id, m.id FROM meeting JOIN koperasi_risk_member AS m USING (tenant_id)
WHERE (m.id + meeting.id) %% 3 > 0
"""

_LOANS = """
INSERT INTO koperasi_risk_loan (tenant_id, code, number, member_id, contract, principal, tenor_months,
    method, rate_percent, rate_period, purpose, status, applied_on, disbursed_on, closed_on,
    is_in_litigation)
SELECT tenant_id, gen_random_uuid(), 'P-' || id || '-' || k, id, 'LOAN', 6000000 + id %% 20 * 1200000,
    24, 'FLAT', 24, 'TENOR', 'PRODUCTIVE', CASE k WHEN 1 THEN 'DISBURSED' ELSE 'SETTLED' END,
    since, since, CASE k WHEN 2 THEN since + 730 END, false
FROM koperasi_risk_member, generate_series(1, 2) AS k,
    LATERAL (SELECT %(today)s::date - 40 - (id * 17 %% 600)::int - (k - 1) * 760 AS since) AS begun
WHERE tenant_id = %(tenant)s AND (k = 1 OR id %% 10 < 3)
"""

_INSTALLMENTS = """
INSERT INTO koperasi_risk_loaninstallment (tenant_id, loan_id, number, due_date, principal_due,
    interest_due, principal_paid, interest_paid, penalty_due, penalty_paid, paid_in_full_on)
SELECT tenant_id, id, k, due, principal / 24, principal / 100,
    CASE WHEN is_paid THEN principal / 24 ELSE 0 END,
    CASE WHEN is_paid THEN principal / 100 ELSE 0 END, 0, 0, CASE WHEN is_paid THEN paid_on END
FROM koperasi_risk_loan, generate_series(1, 24) AS k,
    LATERAL (SELECT (disbursed_on + make_interval(months => k))::date AS due) AS plan,
    LATERAL (SELECT due - 3 + (id %% 8)::int AS paid_on,
        CASE WHEN id %% 8 = 0 AND closed_on IS NULL THEN 20 + (id %% 150)::int ELSE 0 END AS behind) AS way,
    LATERAL (SELECT paid_on <= %(today)s::date - behind AS is_paid) AS done
WHERE tenant_id = %(tenant)s
"""

_REPAYMENTS = """
INSERT INTO koperasi_risk_loanrepayment
    (tenant_id, loan_id, reference, amount, paid_on, method, by_id, recorded_at)
SELECT tenant_id, loan_id, 'R-' || id, principal_paid + interest_paid, paid_in_full_on, '', %(by)s, now()
FROM koperasi_risk_loaninstallment WHERE tenant_id = %(tenant)s AND paid_in_full_on IS NOT NULL
"""

_ALLOCATIONS = """
INSERT INTO koperasi_risk_repaymentallocation
    (tenant_id, repayment_id, installment_id, principal, interest, penalty)
SELECT i.tenant_id, r.id, i.id, i.principal_paid, i.interest_paid, 0
FROM koperasi_risk_loaninstallment AS i JOIN koperasi_risk_loanrepayment AS r
    ON r.tenant_id = i.tenant_id AND r.reference = 'R-' || i.id
WHERE i.tenant_id = %(tenant)s
"""

_COLLATERAL = """
INSERT INTO koperasi_risk_collateral
    (tenant_id, loan_id, kind, description, appraised_value, haircut_percent)
SELECT tenant_id, id, 'BPKB', '', principal, 20 FROM koperasi_risk_loan
WHERE tenant_id = %(tenant)s AND id %% 3 > 0
"""

_GUARANTORS = """
INSERT INTO koperasi_risk_guarantor (tenant_id, loan_id, member_id)
SELECT l.tenant_id, l.id, m.id FROM koperasi_risk_loan AS l
JOIN koperasi_risk_member AS m ON m.tenant_id = l.tenant_id AND m.id = l.member_id + 1
WHERE l.tenant_id = %(tenant)s AND l.id %% 10 = 0
"""

_SAVINGS = """
WITH account AS (
    INSERT INTO koperasi_risk_savingsaccount (tenant_id, member_id, kind, number, balance, blocked_amount)
    SELECT tenant_id, id, kind, '', 0, 0
    FROM koperasi_risk_member, unnest(ARRAY['PRINCIPAL', 'MANDATORY', 'VOLUNTARY']) AS kind
    WHERE tenant_id = %(tenant)s RETURNING *)
INSERT INTO koperasi_risk_savingsmovement
    (tenant_id, account_id, kind, amount, fee, method, status, "on", reference)
SELECT tenant_id, id, CASE WHEN kind = 'VOLUNTARY' AND k %% 4 = 0 THEN 'WITHDRAWAL' ELSE 'DEPOSIT' END,
    CASE kind WHEN 'PRINCIPAL' THEN 1000000 WHEN 'MANDATORY' THEN 50000 ELSE 150000 END, 0, '',
    'VERIFIED', (%(today)s::date - make_interval(months => k))::date, ''
FROM account, generate_series(1, CASE kind WHEN 'PRINCIPAL' THEN 1 WHEN 'MANDATORY' THEN 18 ELSE 11 END)
    AS k
WHERE kind <> 'MANDATORY' OR member_id %% 6 > 0 OR k %% 2 = 0
"""

BOOKS = [
    _MEMBERS,
    _DOCUMENTS,
    _DEBTS,
    _MEETINGS,
    _LOANS,
    _INSTALLMENTS,
    _REPAYMENTS,
    _ALLOCATIONS,
    _COLLATERAL,
    _GUARANTORS,
    _SAVINGS,
]


def every_member(count: int = 10_000) -> Table:
    """Time the scoring of `count` members: by their books, the same again, and after a rule has changed."""
    table = Table("rescore-koperasi", ["run", "members", "changed", "failed", "seconds"])
    tenant = many_members(count)
    # As a worker does when it starts.
    gc.freeze()
    for name, change in (
        ("books changed", _change_all_books),
        ("again", None),
        ("rule changed", _change_a_rule),
    ):
        if change:
            change(tenant)
        started = time.perf_counter()
        report = rescore(tenant_id=tenant.pk, now=timezone.now(), trigger="RULES")
        table.add(
            run=name,
            members=report.members,
            changed=report.changed,
            failed=len(report.failed),
            seconds=time.perf_counter() - started,
        )
    table.notes.append("goal: 10,000 members in at most 5 s")
    return table


def rule_changes(count: int = 10_000) -> Table:
    """Time what a rule change would do to `count` members, with facts of four months ago to look back."""
    table = Table("simulate-koperasi", ["change", "members", "flips", "median_ms"])
    tenant, now = many_members(count), timezone.now()
    rescore(tenant_id=tenant.pk, now=now, trigger="NIGHT")
    with tenant_scope(tenant.pk):
        refresh_facts(tenant=tenant, now=now, as_of=tenant.today(now) - timedelta(days=120))
        rule = RiskRule.objects.of(tenant).active().get(factor="max_dpd_current")
    vacuum()
    harder = RuleContent(rule.factor, rule.weight, Decimal(10), rule.risk_category, "REJECT")
    for name, change in (
        ("overwritten", {"rule_id": rule.pk, "content": harder}),
        ("deleted", {"rule_id": rule.pk}),
        ("added", {"content": replace(harder, factor="net_savings_flow_6m")}),
    ):
        seconds = []
        for _ in range(REPEATS):
            started = time.perf_counter()
            with tenant_scope(tenant.pk):
                simulation = simulate(tenant, now=now, **change)
            seconds.append(time.perf_counter() - started)
        table.add(
            change=name,
            members=sum(simulation.after.values()),
            flips=simulation.flip_count,
            median_ms=median_ms(seconds),
        )
    table.notes.append("goal: 10,000 members in at most 1 s")
    return table


def many_members(count: int) -> Tenant:
    """Return a koperasi of `count` members with savings, loans and a year of repayments."""
    kind = Organisation.Kind.KOPERASI
    manager = a_person(f"manager{count}@bench.example", Role.KOPERASI_STAFF)
    with transaction.atomic():
        koperasi, is_new = Organisation.objects.get_or_create(
            code=f"BENCH-{count}", defaults={"name": f"KSP {count}", "kind": kind}
        )
        if is_new:
            _fill(koperasi, manager, count)
    if is_new:
        vacuum()
    with tenant_scope(koperasi.pk):
        return Tenant.objects.get(pk=koperasi.pk)


def _fill(koperasi: Organisation, manager: User, count: int) -> None:
    with tenant_scope(koperasi.pk), connection.cursor() as cursor:
        tenant = Tenant.objects.create(
            organisation=koperasi,
            principal_savings_amount=1_000_000,
            mandatory_savings_amount=50_000,
            unsecured_limit=5_000_000,
        )
        install_starter_rules(tenant=tenant, by=manager, now=timezone.now())
        cursor.execute("SET LOCAL statement_timeout = 0")
        # Nothing is known yet of tables that are only being filled.
        cursor.execute("SET LOCAL enable_nestloop = off")
        known = {"tenant": tenant.pk, "count": count, "by": manager.pk}
        for statement in BOOKS:
            cursor.execute(statement, known | {"today": tenant.today(timezone.now())})


def _change_all_books(tenant: Tenant) -> None:
    with tenant_scope(tenant.pk):
        Member.objects.of(tenant).update(changed_at=timezone.now())


def _change_a_rule(tenant: Tenant) -> None:
    with tenant_scope(tenant.pk):
        rule = RiskRule.objects.of(tenant).active().get(factor="debt_service_ratio")
        rule.threshold, rule.version = rule.threshold + 1, rule.version + 1
        rule.save()
