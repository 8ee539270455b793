"""Random books and rules, seeded: the engine and the slow twin say the same."""

import json
from fractions import Fraction
from random import Random

import pytest

from koperasi_risk.domain import factors, reasons, records, scoring
from koperasi_risk.tests import twin
from koperasi_risk.tests.books import (
    TODAY,
    random_amount,
    random_day,
    random_ledger,
    random_policy,
    random_rules,
)

MULTIPLIERS = {"Tinggi": "1.5", "sedang": 0.75, "broken": "much"}
READABLE = {"Tinggi": "1.5", "sedang": "0.75"}
CLOSE_ENOUGH = Fraction(1, 10**20)


def same(value, expected) -> bool:
    if isinstance(value, factors.Missing):
        return value.status == expected
    if isinstance(expected, str):
        return False
    difference = abs(Fraction(value) - expected)
    return difference <= CLOSE_ENOUGH * max(1, abs(expected))


@pytest.mark.parametrize("seed", range(12))
def test_every_factor_is_what_the_twin_counts(seed):
    random = Random(seed)
    for _ in range(25):
        book, policy = random_ledger(random), random_policy(random)
        as_of = random.choice([TODAY, random_day(random, -60, 60)])
        new = random.choice([0, 0, random_amount(random)])
        computed = factors.compute(book, policy, as_of, new)
        expected = twin.values(book, policy, as_of, new)
        assert computed.keys() == expected.keys() == factors.CATALOGUE.keys()
        wrong = {
            key: (computed[key], expected[key])
            for key in computed
            if not same(computed[key], expected[key])
        }
        assert not wrong, (book, policy, as_of)


@pytest.mark.parametrize("use_bands", [False, True])
def test_every_score_is_what_the_twin_adds_up(use_bands):
    random = Random(use_bands)
    for _ in range(200):
        book, policy, rules = random_ledger(random), random_policy(random), random_rules(random)
        computed = factors.compute(book, policy, TODAY)
        is_active = book.status == "ACTIVE"
        ruleset = scoring.prepare(rules, scoring.Settings(use_bands, MULTIPLIERS))
        judged = ruleset.assess(computed, is_active=is_active, member_status=book.status)
        score, decision, breached = twin.judge(
            rules,
            twin.values(book, policy, TODAY),
            is_active=is_active,
            use_bands=use_bands,
            multipliers=READABLE,
        )
        assert Fraction(judged.score) == score
        assert judged.decision == decision
        assert [line.rule.id for line in judged.breaches] == breached
        assert ruleset.decide(computed, is_active).decision == decision
        assert ruleset.decide(computed, is_active).score == judged.score


def test_what_is_stored_replays_byte_for_byte():
    random = Random(5)
    for _ in range(50):
        book, rules = random_ledger(random), random_rules(random)
        computed = factors.compute(book, random_policy(random), TODAY)
        ruleset = scoring.prepare(rules, scoring.Settings(True, MULTIPLIERS))
        judged = ruleset.assess(computed, is_active=True, member_status=book.status)
        lines = json.dumps(records.to_json(judged.lines))
        seen = json.dumps(records.seen_json(judged, factors.encode(computed)))

        again = records.replay(json.loads(lines), json.loads(seen))

        assert json.dumps(records.to_json(again.lines)) == lines
        assert json.dumps(records.seen_json(again, computed)) == seen
        assert again.rounded_score == judged.rounded_score
        assert (again.decision, again.ruleset_hash) == (judged.decision, judged.ruleset_hash)
        assert reasons.reasons(again) == reasons.reasons(judged)
        assert reasons.reasons_of_lines(json.loads(lines), json.loads(seen)) == reasons.reasons(
            judged
        )


def test_values_come_back_as_they_were_stored():
    random = Random(9)
    computed = factors.compute(random_ledger(random), random_policy(random), TODAY)
    stored = json.loads(json.dumps(factors.encode(computed)))
    assert factors.decode(stored) == computed
    assert factors.decode(stored, ["outstanding", "gone"]) == {
        "outstanding": computed["outstanding"]
    }
