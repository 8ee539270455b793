from datetime import timedelta

import pytest

from koperasi_risk.selectors.desk import desk_of
from koperasi_risk.selectors.results import (
    ResultNotFound,
    assessments_of,
    decision_counts,
    is_stale,
    result_of,
)
from koperasi_risk.services.scores import score_member
from koperasi_risk.tests.factories import NOON, TODAY, a_koperasi, a_member, a_rule

TOMORROW = NOON + timedelta(days=1)


@pytest.fixture
def result(mekar):
    a_rule(mekar, "membership_months", threshold=600)
    member = a_member(mekar)
    score_member(tenant=mekar, member_id=member.pk, now=NOON)
    return result_of(mekar, member_id=member.pk)


def test_a_member_without_a_result_has_none(mekar):
    with pytest.raises(ResultNotFound):
        result_of(mekar, member_id=a_member(mekar).pk)


def test_another_koperasi_has_no_result_of_the_member(result):
    with a_koperasi("KSP Lain") as other, pytest.raises(ResultNotFound):
        result_of(other, member_id=result.member_id)


def test_a_result_of_today_s_rules_and_data_is_not_stale(mekar, result):
    assert not is_stale(result, mekar, today=TODAY)


def test_other_rules_newer_data_or_another_day_make_a_result_stale(mekar, result):
    assert is_stale(result, mekar, today=TODAY + timedelta(days=1))

    result.member.changed_at = NOON + timedelta(seconds=1)
    assert is_stale(result, mekar, today=TODAY)

    result.member.changed_at = NOON
    mekar.ruleset_hash = "of other rules"
    assert is_stale(result, mekar, today=TODAY)


def test_who_left_does_not_wait_to_be_scored_again(mekar, result):
    tomorrow = TODAY + timedelta(days=1)
    assert desk_of(mekar, today=tomorrow).stale == 1

    result.member.status = "LEFT"
    result.member.left_on = TODAY
    result.member.save()

    assert not is_stale(result, mekar, today=tomorrow)
    assert desk_of(mekar, today=tomorrow).stale == 0


def test_decisions_are_counted_with_one_query_and_none_is_left_out(
    mekar, result, django_assert_num_queries
):
    with django_assert_num_queries(1):
        assert decision_counts(mekar) == {"APPROVE": 0, "MANUAL_REVIEW": 1, "AUTO_REJECT": 0}


def test_scorings_come_newest_first(mekar, result):
    member = result.member
    member.status = "INACTIVE"
    member.save()
    score_member(tenant=mekar, member_id=member.pk, now=TOMORROW)

    found = list(assessments_of(mekar, member).values_list("computed_at", flat=True))

    assert found == [TOMORROW, NOON]
