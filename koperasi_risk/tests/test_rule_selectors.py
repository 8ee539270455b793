from datetime import timedelta
from decimal import Decimal

import pytest

from koperasi_risk.models import MemberFacts, RiskAssessment
from koperasi_risk.selectors.rules import (
    RuleHealth,
    active_rules,
    proposals_of,
    revisions_of,
    rule_health,
    rule_warnings,
)
from koperasi_risk.services.rules import RuleContent, delete_rule, save_rule
from koperasi_risk.tests.factories import NOON, TODAY, a_member, a_rule


def kinds(tenant) -> list[tuple[str, str | None]]:
    return [
        (warning.kind, warning.rule.factor if warning.rule else None)
        for warning in rule_warnings(tenant)
    ]


def measured(tenant, **values) -> None:
    MemberFacts.objects.create(
        tenant=tenant,
        member=a_member(tenant),
        as_of=TODAY,
        values=values,
        member_status="ACTIVE",
        computed_at=NOON,
    )


def test_sound_rules_are_not_warned_of(mekar):
    a_rule(mekar, "max_dpd_current", weight=100, threshold=30)
    measured(mekar, max_dpd_current="45")

    assert kinds(mekar) == []


@pytest.mark.parametrize(
    ("rules", "warning"),
    [
        ([("faktor sendiri", {"weight": 100})], ("UNKNOWN_FACTOR", "faktor sendiri")),
        (
            [("active_loan_count", {"weight": 60}), ("Loan_Count", {"weight": 40})],
            ("ALIAS", "Loan_Count"),
        ),
        ([("max_dpd_current", {"weight": 90})], ("WEIGHT_SUM", None)),
        (
            [("max_dpd_current", {"weight": 100, "action_payload": {"tiers": [{"weight": 1}]}})],
            ("MALFORMED_TIERS", "max_dpd_current"),
        ),
        (
            [("arrears_ratio", {"weight": 36, "auto_action": "APPROVE"}), ("dsr", {"weight": 64})],
            ("SOFT_WEIGHTS", None),
        ),
    ],
)
def test_what_is_odd_about_rules_is_said(mekar, rules, warning):
    for factor, changes in rules:
        a_rule(mekar, factor, **changes)

    assert kinds(mekar) == [warning]


def test_soft_weights_are_fine_where_the_score_decides_too(mekar):
    mekar.use_score_bands = True
    a_rule(mekar, "arrears_ratio", weight=100, auto_action="APPROVE")

    assert kinds(mekar) == []


def test_a_rule_that_nobody_breaches_is_named(mekar):
    a_rule(mekar, "max_dpd_current", weight=100, threshold=30)
    measured(mekar, max_dpd_current="30")

    assert kinds(mekar) == [("NEVER_BREACHED", "max_dpd_current")]


def assessed(tenant, member, decision, *lines, ago=1) -> None:
    RiskAssessment.objects.create(
        tenant=tenant,
        member=member,
        score=Decimal(50),
        decision=decision,
        reasons=["-"],
        lines=[
            {"rule_id": rule.pk, "outcome": outcome, "action": action}
            for rule, outcome, action in lines
        ],
        seen={},
        ruleset_hash="x",
        as_of=TODAY,
        computed_at=NOON - timedelta(days=ago),
        trigger="NIGHT",
    )


def test_a_rules_health_tells_what_it_did_lately_and_alone(mekar):
    one, two = a_rule(mekar, "max_dpd_current"), a_rule(mekar, "dsr")
    idle = a_rule(mekar, "arrears_ratio")
    ayu, bayu = a_member(mekar), a_member(mekar)
    first, second = (one, "BREACH", "REJECT"), (two, "BREACH", "REJECT")
    assessed(mekar, ayu, "AUTO_REJECT", first, (two, "PASS", "REJECT"))
    assessed(mekar, ayu, "AUTO_REJECT", first, (two, "BREACH", "APPROVE"))
    assessed(mekar, bayu, "AUTO_REJECT", first, second)
    assessed(mekar, a_member(mekar), "AUTO_REJECT", second, ago=91)

    health = rule_health(mekar, now=NOON)

    assert health == {
        one.pk: RuleHealth(members=2, alone=1, rejections=2),
        two.pk: RuleHealth(members=2, alone=0, rejections=2),
        idle.pk: RuleHealth(),
    }
    assert (health[one.pk].alone_share, health[idle.pk].alone_share) == (0.5, None)


def test_a_rules_history_is_read_with_few_statements(mekar, wayan, django_assert_num_queries):
    content = RuleContent("dsr", Decimal(1), Decimal(1), "x", "REJECT")
    for number in range(3):
        rule = save_rule(tenant=mekar, content=content, by=wayan, now=NOON).rule
        later = NOON + timedelta(hours=number)
        delete_rule(tenant=mekar, rule_id=rule.pk, by=wayan, now=later)

    with django_assert_num_queries(1):
        seen = [(one.version, str(one.by), str(one.rule)) for one in revisions_of(mekar)]
    assert seen[0] == (2, "Wayan", "dsr")
    assert len(seen) == 6
    assert [one.version for one in revisions_of(mekar, rule_id=rule.pk)] == [2, 1]
    assert not active_rules(mekar)
    assert not proposals_of(mekar)
