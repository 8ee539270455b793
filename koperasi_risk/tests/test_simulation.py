from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from core.errors import InvalidInput
from koperasi_risk.domain.catalogue import CATALOGUE
from koperasi_risk.domain.rule_contents import RuleContent
from koperasi_risk.models import MemberFacts
from koperasi_risk.selectors.rules import (
    Breaches,
    RuleNotFound,
    breach_counts,
    breaches_of,
    distribution_of,
)
from koperasi_risk.selectors.simulation import simulate
from koperasi_risk.tests.factories import NOON, TODAY, a_koperasi, a_member, a_rule

UNKNOWN_INCOME = {"status": "NOT_AVAILABLE", "cause": "no_income"}
NO_LOAN = {"status": "NOT_APPLICABLE", "cause": "no_loan"}


def measured(member, as_of=TODAY, days=0, **values) -> MemberFacts:
    """Keep a member's factors of a day; what is not said is well."""
    return MemberFacts.objects.create(
        tenant_id=member.tenant_id,
        member=member,
        as_of=as_of,
        values={"max_dpd_current": str(days), "debt_service_ratio": "20"} | values,
        member_status=member.status,
        days_past_due=days,
        computed_at=NOON,
    )


def a_past_due(tenant, name, days, **changes):
    member = a_member(tenant, full_name=name, **changes)
    measured(member, days=days)
    return member


def days_over(threshold, action="MANUAL_REVIEW", **changes) -> RuleContent:
    return RuleContent(
        "max_dpd_current", Decimal(15), Decimal(threshold), "sedang", action, **changes
    )


def test_whoever_would_be_decided_otherwise_is_named_with_both_reasons(mekar):
    rule = a_rule(mekar, "max_dpd_current", threshold=30, weight=15)
    a_past_due(mekar, "Ayu", 45)
    agus = a_past_due(mekar, "agus", 20)
    a_past_due(mekar, "Bayu", 0)

    found = simulate(mekar, rule_id=rule.pk, content=days_over(10, "REJECT"), now=NOON)

    assert found.before == {"APPROVE": 2, "MANUAL_REVIEW": 1, "AUTO_REJECT": 0}
    assert found.after == {"APPROVE": 1, "MANUAL_REVIEW": 0, "AUTO_REJECT": 2}
    assert ([flip.name for flip in found.flips], found.flip_count) == (["agus", "Ayu"], 2)
    flip = found.flips[0]
    assert (flip.member_id, flip.code) == (agus.pk, agus.code)
    assert (flip.before.decision, flip.before.score) == ("APPROVE", 100)
    assert flip.before.reasons == ["Tidak ada aturan risiko yang dilanggar (1 aturan diperiksa)"]
    assert flip.after.reasons == [
        "Hari tunggakan terlama: 20 hari melebihi batas 10 hari (-15 poin, tolak)"
    ]
    assert (found.breached, found.judged, found.as_of, found.computed_at) == (2, 3, TODAY, NOON)


def test_reasons_are_in_the_language_of_the_reader(mekar):
    a_rule(mekar, "debt_service_ratio", threshold=35)
    a_past_due(mekar, "Ayu", 45)

    with translation.override("en"):
        found = simulate(mekar, content=days_over(30), now=NOON)

    assert "days" in found.flips[0].after.reasons[0]


def test_a_new_rule_and_a_deletion_are_tried_too(mekar):
    rule = a_rule(mekar, "max_dpd_current", threshold=30)
    a_rule(mekar, "debt_service_ratio", threshold=35)
    a_past_due(mekar, "Ayu", 45)

    deleted = simulate(mekar, rule_id=rule.pk, now=NOON)
    added = simulate(
        mekar, content=RuleContent("dsr", Decimal(1), Decimal(10), "x", "REJECT"), now=NOON
    )

    assert (deleted.after["APPROVE"], deleted.breached) == (1, 1)
    assert (added.after["AUTO_REJECT"], added.flip_count) == (1, 1)


def test_a_change_that_cannot_be_is_refused(mekar):
    with a_koperasi("KSP Lain") as other:
        foreign = a_rule(other, "max_dpd_current")

    for asked in ({"rule_id": foreign.pk, "content": days_over(1)}, {"rule_id": None}):
        with pytest.raises(RuleNotFound):
            simulate(mekar, now=NOON, **asked)
    with pytest.raises(InvalidInput):
        simulate(mekar, content=days_over("1e20"), now=NOON)


def test_missing_data_are_counted_apart_and_whoever_cannot_be_read_is_named(mekar):
    rule = a_rule(mekar, "debt_service_ratio", threshold=35)
    measured(a_member(mekar), debt_service_ratio=UNKNOWN_INCOME)
    measured(a_member(mekar), debt_service_ratio=NO_LOAN)
    for broken in ("banyak", "NaN", ["35"]):
        measured(a_member(mekar, full_name="Cakra"), debt_service_ratio=broken)
    a_member(mekar)

    found = simulate(mekar, rule_id=rule.pk, now=NOON)

    assert (found.members, found.missing, found.without_facts) == (2, 0, 1)
    assert ([one.name for one in found.unreadable], found.unreadable_count) == (["Cakra"] * 3, 3)
    assert breach_counts(mekar) == {rule.pk: Breaches(0, 1, 1)}
    kept = simulate(
        mekar,
        rule_id=rule.pk,
        content=RuleContent("dsr", Decimal(1), Decimal(1), "x", "REJECT"),
        now=NOON,
    )
    assert kept.missing == 1
    assert kept.breaches == Breaches(0, 1, 1)


def test_members_who_left_are_not_asked_and_the_newest_facts_count(mekar):
    a_rule(mekar, "max_dpd_current", threshold=30)
    a_past_due(mekar, "Dewi", 45, status="LEFT")
    measured(a_past_due(mekar, "Ayu", 45), as_of=TODAY - timedelta(days=1), days=0)
    a_past_due(mekar, "Eka", 0, status="INACTIVE")

    assert breaches_of(mekar, days_over(30)) == Breaches(1, 2)
    assert simulate(mekar, content=days_over(1), now=NOON).before["MANUAL_REVIEW"] == 2


def test_no_rule_at_all_asks_for_a_person(mekar):
    a_past_due(mekar, "Ayu", 0)

    found = simulate(mekar, content=days_over(30), now=NOON)

    assert (found.before["MANUAL_REVIEW"], found.after["APPROVE"]) == (1, 1)


def test_members_who_fell_behind_since_then_show_what_rules_would_have_caught(mekar):
    a_rule(mekar, "max_dpd_current", threshold=30)
    then = TODAY - timedelta(days=100)
    for then_days, now_days, ratio in [(0, 45, 60), (0, 45, 20), (0, 0, 60), (45, 90, 60)]:
        member = a_member(mekar)
        measured(member, as_of=then, days=then_days, debt_service_ratio=str(ratio))
        measured(member, as_of=TODAY - timedelta(days=40), days=now_days)
        measured(member)

    content = RuleContent("dsr", Decimal(15), Decimal(35), "x", "MANUAL_REVIEW")
    later = simulate(mekar, content=content, now=NOON).later

    assert (later.day, later.members, later.fell) == (then, 3, 2)
    assert (later.caught_before, later.caught_after, later.missed_after) == (0, 1, 1)


@pytest.mark.parametrize("age", [1, 89, 201])
def test_nothing_is_said_of_later_where_history_is_too_short(mekar, age):
    day = TODAY - timedelta(days=age)
    measured(a_member(mekar), as_of=day)

    found = simulate(mekar, content=days_over(30), now=NOON)

    assert (found.later, found.history_since) == (None, day)


def test_an_empty_koperasi_is_simulated_too(mekar):
    found = simulate(mekar, content=days_over(30), now=NOON)

    assert (found.members, found.flips, found.as_of, found.history_since) == (0, [], None, None)


def test_a_factors_values_are_spread_out(mekar):
    for days in (0, 10, 20, 30, 50):
        a_past_due(mekar, "Ayu", days)
    measured(a_member(mekar), max_dpd_current=UNKNOWN_INCOME)
    measured(a_member(mekar), max_dpd_current=NO_LOAN)
    factor = CATALOGUE["max_dpd_current"]

    spread = distribution_of(mekar, factor)

    assert (spread.count, spread.missing, spread.not_applicable) == (5, 1, 1)
    assert (spread.minimum, spread.lower_quartile, spread.median) == (0, 10, 20)
    assert (spread.upper_quartile, spread.maximum) == (30, 50)
    with a_koperasi("KSP Kosong") as other:
        assert distribution_of(other, factor).median is None


def test_as_many_statements_for_many_members_as_for_few(mekar, django_assert_num_queries):
    rule = a_rule(mekar, "max_dpd_current", threshold=30)
    for number in range(60):
        measured(a_past_due(mekar, "Ayu", number), as_of=TODAY - timedelta(days=120))

    with django_assert_num_queries(7):
        found = simulate(mekar, rule_id=rule.pk, content=days_over(1), now=NOON)

    assert len(found.flips) == 29
