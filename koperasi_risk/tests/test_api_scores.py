import json
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from koperasi_risk.models import Member, RiskAssessment, RiskResult
from koperasi_risk.tests.factories import (
    NOON,
    a_koperasi,
    a_loan,
    a_member,
    a_rule,
    an_installment,
)

SIX = ["member_id", "tenant_id", "score", "decision", "reasons", "computed_at"]
BOTH = pytest.mark.parametrize("prefix", ["/koperasi/risk/", "/api/koperasi/risk/"])


@pytest.fixture
def late(mekar) -> Member:
    """A member whose oldest unpaid instalment fell due 45 days ago."""
    member = a_member(mekar)
    an_installment(a_loan(member), 1, mekar.today(timezone.now()) - timedelta(days=45))
    return member


def a_result(member: Member, decision="APPROVE", score="100", reasons=()) -> RiskResult:
    found = {
        "tenant_id": member.tenant_id,
        "member": member,
        "score": Decimal(score),
        "decision": decision,
        "reasons": list(reasons),
        "ruleset_hash": "0" * 64,
        "as_of": NOON.date(),
        "computed_at": NOON,
    }
    assessment = RiskAssessment.objects.create(**found, lines=[], seen={}, trigger="REQUEST")
    return RiskResult.objects.create(**found, assessment=assessment)


@BOTH
def test_a_score_is_answered_bare_with_its_six_members(engine, mekar, late, prefix):
    a_rule(mekar, "max_dpd_current", weight=15, threshold=30)

    answer = engine.post("score", {"member_id": late.pk}, prefix=prefix)

    body = answer.json()
    assert (answer.status_code, list(body)) == (200, SIX)
    assert (body["member_id"], body["tenant_id"]) == (late.pk, mekar.pk)
    assert (body["score"], body["decision"]) == (85, "manual_review")
    assert body["reasons"] == [
        "Hari tunggakan terlama: 45 hari melebihi batas 30 hari (-15 poin, tinjau manual)"
    ]
    assert datetime.fromisoformat(body["computed_at"]).utcoffset() == timedelta(0)


@BOTH
def test_the_result_is_what_the_score_was(engine, late, prefix):
    scored = engine.post("score", {"member_id": late.pk}).json()

    assert engine.get(f"result/{late.pk}", prefix=prefix).json() == scored


def test_without_a_result_a_client_falls_back_to_the_score(engine, late):
    missing = engine.get(f"result/{late.pk}")

    assert missing.status_code == 404
    assert missing.json()["meta"]["status_code"] == 404
    assert engine.post("score", {"member_id": late.pk}).status_code == 200
    assert engine.get(f"result/{late.pk}").status_code == 200


def test_a_result_stays_what_it_was_when_rules_change(engine, mekar, late):
    before = engine.post("score", {"member_id": late.pk}).json()
    a_rule(mekar, "max_dpd_current", weight=50, threshold=30, auto_action="REJECT")

    assert engine.get(f"result/{late.pk}").json() == before


def test_without_rules_a_person_looks(engine, late):
    body = engine.post("score", {"member_id": late.pk}).json()

    assert (body["score"], body["decision"]) == (100, "manual_review")
    assert body["reasons"] == ["Belum ada aturan risiko aktif"]


def test_a_member_who_is_not_active_is_scored_and_looked_at(engine, mekar):
    a_rule(mekar, "max_dpd_current", weight=15, threshold=30, auto_action="REJECT")
    asleep = a_member(mekar, status="INACTIVE")

    answer = engine.post("score", {"member_id": asleep.pk})

    assert (answer.status_code, answer.json()["decision"]) == (200, "manual_review")
    assert answer.json()["reasons"]


@pytest.mark.parametrize(
    ("stored", "written"), [("100", "100"), ("72.5", "72.5"), ("0", "0"), ("64.99", "64.99")]
)
def test_scores_are_plain_json_numbers(engine, mekar, stored, written):
    member = a_member(mekar)
    a_result(member, score=stored)

    text = engine.get(f"result/{member.pk}").content.decode()

    assert f'"score":{written},' in text


@pytest.mark.parametrize(
    ("stored", "word"),
    [("APPROVE", "approve"), ("MANUAL_REVIEW", "manual_review"), ("AUTO_REJECT", "auto-reject")],
)
def test_each_decision_has_its_word(engine, mekar, stored, word):
    member = a_member(mekar)
    a_result(member, stored)

    assert engine.get(f"result/{member.pk}").json()["decision"] == word


def test_reasons_are_the_texts_that_were_stored(engine, mekar):
    member = a_member(mekar)
    a_result(member, reasons=["Tunggakan 45 hari", 'Rasio "cicilan" 40%'])

    assert engine.get(f"result/{member.pk}").json()["reasons"] == [
        "Tunggakan 45 hari",
        'Rasio "cicilan" 40%',
    ]


@pytest.mark.parametrize("path", ["score", "result"])
def test_a_member_of_another_koperasi_is_as_unknown_as_nobody(engine, path):
    with a_koperasi("KSP Lain") as other:
        theirs = a_member(other)
        a_result(theirs)

    def ask(number):
        if path == "score":
            return engine.post("score", {"member_id": number})
        return engine.get(f"result/{number}")

    foreign, nobody = ask(theirs.pk), ask(10**15)
    assert foreign.status_code == nobody.status_code == 404
    assert [_without_meta(foreign)] == [_without_meta(nobody)]


def _without_meta(answer) -> dict:
    return {name: value for name, value in answer.json().items() if name != "meta"}


@pytest.mark.parametrize(
    "value", ["", '"12"', "true", "1.5", "0", "-1", "null", "[1]", "{}", "1e3", "12.0", "1" * 40]
)
def test_a_member_is_named_by_a_whole_number(engine, value):
    body = f'{{"member_id": {value}}}' if value else "{}"

    answer = engine.post("score", body.encode())

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["member_id"]


@pytest.mark.parametrize(
    ("number", "status"), [("x", 400), ("-1", 400), ("1.5", 400), ("0", 404), ("9" * 25, 404)]
)
def test_a_member_in_an_address_is_a_number_too(engine, number, status):
    assert engine.get(f"result/{number}").status_code == status


# ── Monitor ────────────────────────────────────────────────────────────────────────────


@BOTH
def test_the_monitor_names_all_three_decisions(engine, prefix):
    answer = engine.get("monitor", prefix=prefix)

    assert answer.status_code == 200
    assert json.loads(answer.content) == {"approve": 0, "manual_review": 0, "auto_reject": 0}


def test_the_monitor_counts_latest_results_of_the_own_koperasi(engine, mekar):
    for decision in ("APPROVE", "APPROVE", "MANUAL_REVIEW", "AUTO_REJECT"):
        a_result(a_member(mekar), decision)
    with a_koperasi("KSP Lain") as other:
        a_result(a_member(other), "APPROVE")

    assert engine.get("monitor").json() == {"approve": 2, "manual_review": 1, "auto_reject": 1}


def test_scoring_a_member_again_is_still_one_member(engine, mekar, late):
    a_rule(mekar, "max_dpd_current", weight=15, threshold=30)
    engine.post("score", {"member_id": late.pk})
    a_rule(mekar, "membership_months", weight=5, threshold=600)
    engine.post("score", {"member_id": late.pk})

    assert sum(engine.get("monitor").json().values()) == 1


# ── What a call costs ──────────────────────────────────────────────────────────────────


def test_a_result_is_read_in_a_few_statements(engine, late, django_assert_max_num_queries):
    engine.post("score", {"member_id": late.pk})

    with django_assert_max_num_queries(9):
        engine.get(f"result/{late.pk}")


def test_the_monitor_counts_in_one_statement(engine, mekar, django_assert_max_num_queries):
    for _ in range(5):
        a_result(a_member(mekar))

    with django_assert_max_num_queries(9):
        engine.get("monitor")
