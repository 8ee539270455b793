"""How rules become a score and a decision."""

from decimal import Decimal, localcontext

import pytest

from koperasi_risk.domain import payloads, reasons, records, scoring
from koperasi_risk.domain.scoring import Settings, prepare
from koperasi_risk.domain.starter import STARTER_RULES
from koperasi_risk.domain.values import Missing, decode, encode, plain
from koperasi_risk.tests.books import rule

UNKNOWN_INCOME = Missing("NOT_AVAILABLE", "no_income")
NO_LOAN = Missing("NOT_APPLICABLE", "no_loan")


def judge(rules, values, *, settings=None, is_active=True, member_status="ACTIVE"):
    values = {
        key: value if isinstance(value, Missing) else Decimal(value)
        for key, value in values.items()
    }
    ruleset = prepare(rules, settings)
    judged = ruleset.assess(values, is_active=is_active, member_status=member_status)
    verdict = ruleset.decide(values, is_active)
    assert (verdict.decision, verdict.score) == (judged.decision, judged.score)
    return judged


@pytest.mark.parametrize(
    ("factor", "threshold", "value", "outcome"),
    [
        ("dpd", 30, 30, "PASS"),
        ("dpd", 30, "30.000001", "BREACH"),
        ("dpd", 30, 29, "PASS"),
        ("membership_months", 6, 6, "PASS"),
        ("membership_months", 6, "5.999999", "BREACH"),
        ("membership_months", 6, 7, "PASS"),
        ("net_savings_flow_6m", -100, -101, "BREACH"),
        ("dsr", 35, UNKNOWN_INCOME, "DATA_MISSING"),
        ("savings_to_loan_ratio", 20, NO_LOAN, "PASS"),
        ("shoe_size", 42, 43, "UNKNOWN_FACTOR"),
    ],
)
def test_a_threshold_is_the_last_acceptable_value(factor, threshold, value, outcome):
    key = getattr(scoring.catalogue.find(factor), "key", factor)
    [line] = judge([rule(factor, threshold)], {key: value}).lines
    assert line.outcome == outcome
    assert line.penalty == (10 if outcome == "BREACH" else 0)


@pytest.mark.parametrize(
    ("actions", "decision"),
    [
        (["APPROVE"], "APPROVE"),
        (["APPROVE", "MANUAL_REVIEW"], "MANUAL_REVIEW"),
        (["MANUAL_REVIEW", "REJECT", "APPROVE"], "AUTO_REJECT"),
    ],
)
def test_the_strongest_action_decides(actions, decision):
    names = ["dpd", "loan_count", "max_dpd_12m"]
    rules = [
        rule(name, action=action, id=number)
        for number, (name, action) in enumerate(zip(names, actions, strict=False), 1)
    ]
    values = {"max_dpd_current": 1, "active_loan_count": 1, "max_dpd_12m": 1}
    judged = judge(rules, values)
    assert judged.decision == decision
    assert judged.score == 100 - 10 * len(actions)


@pytest.mark.parametrize(
    ("rules", "values", "is_active", "decision"),
    [
        ([], {}, True, "MANUAL_REVIEW"),
        ([rule("dpd", 30)], {"max_dpd_current": 0}, True, "APPROVE"),
        ([rule("dpd", 30)], {"max_dpd_current": 0}, False, "MANUAL_REVIEW"),
        ([rule("dsr", 30)], {"debt_service_ratio": UNKNOWN_INCOME}, True, "MANUAL_REVIEW"),
        ([rule("dsr", 30)], {}, True, "MANUAL_REVIEW"),
        ([rule("savings_to_loan_ratio", 30)], {"savings_to_loan_ratio": NO_LOAN}, True, "APPROVE"),
        ([rule("shoe_size", 30)], {}, True, "MANUAL_REVIEW"),
        (
            [rule("shoe_size", 30, id=1), rule("dpd", 30, action="REJECT", id=2)],
            {"max_dpd_current": 31},
            True,
            "AUTO_REJECT",
        ),
    ],
)
def test_what_is_not_known_asks_for_a_person(rules, values, is_active, decision):
    assert judge(rules, values, is_active=is_active).decision == decision


def test_a_knock_out_takes_no_points():
    knock_out = rule("membership_active", 1, 0, "REJECT")
    judged = judge([knock_out], {"membership_active": 0})
    assert (judged.score, judged.decision) == (100, "AUTO_REJECT")


def test_a_score_never_falls_below_zero():
    rules = [rule("dpd", 0, 80, id=1), rule("loan_count", 0, 80, id=2)]
    judged = judge(rules, {"max_dpd_current": 1, "active_loan_count": 1})
    assert judged.rounded_score == Decimal("0.00")


@pytest.mark.parametrize(
    ("weight", "score", "decision"),
    [
        ("15", "85.00", "APPROVE"),
        ("15.000001", "85.00", "MANUAL_REVIEW"),
        ("15.004", "85.00", "MANUAL_REVIEW"),
        ("15.005", "85.00", "MANUAL_REVIEW"),
        ("35", "65.00", "MANUAL_REVIEW"),
        ("35.000001", "65.00", "AUTO_REJECT"),
        ("35.006", "64.99", "AUTO_REJECT"),
        ("100", "0.00", "AUTO_REJECT"),
    ],
)
def test_bands_judge_the_score_before_it_is_rounded(weight, score, decision):
    rules = [rule("dpd", 0, weight, "APPROVE")]
    judged = judge(rules, {"max_dpd_current": 1}, settings=Settings(use_score_bands=True))
    assert (judged.rounded_score, judged.decision) == (Decimal(score), decision)
    assert judge(rules, {"max_dpd_current": 1}).decision == "APPROVE"


@pytest.mark.parametrize(
    ("multipliers", "penalty"),
    [
        ({}, 10),
        ({"tinggi": "1.5"}, 15),
        ({" TINGGI ": 1.5}, 15),
        ({"tinggi": 0}, 0),
        ({"tinggi": 3}, 30),
        ({"rendah": "1.5"}, 10),
        *[({"tinggi": broken}, 10) for broken in ("much", -1, None, "NaN", "Infinity", True, [])],
    ],
)
def test_categories_multiply_weights(multipliers, penalty):
    rules = [rule("dpd", risk_category="Tinggi")]
    judged = judge(rules, {"max_dpd_current": 1}, settings=Settings(multipliers=multipliers))
    assert judged.lines[0].penalty == penalty


def tiered(factor, threshold, *tiers, **changes):
    contents = [
        {"threshold": at, "weight": weight, "auto_action": action} for at, weight, action in tiers
    ]
    return rule(factor, threshold, action_payload={"tiers": contents}, **changes)


LADDER = ((90, 40, "reject"), (60, 20.5, "manual_review"))


@pytest.mark.parametrize(
    ("value", "penalty", "action", "threshold"),
    [
        (30, 0, "APPROVE", 30),
        (31, 10, "APPROVE", 30),
        (60, 10, "APPROVE", 30),
        (61, "20.5", "MANUAL_REVIEW", 60),
        (90, "20.5", "MANUAL_REVIEW", 60),
        (91, 40, "REJECT", 90),
    ],
)
def test_the_furthest_tier_replaces_the_rule(value, penalty, action, threshold):
    rules = [tiered("dpd", 30, *LADDER, action="APPROVE")]
    [line] = judge(rules, {"max_dpd_current": value}).lines
    assert (line.penalty, line.action, line.threshold) == (Decimal(penalty), action, threshold)


@pytest.mark.parametrize(
    ("value", "penalty"), [(20, 0), (19, 10), (10, 10), (9, 25), (5, 25), (4, 50)]
)
def test_tiers_lie_lower_where_lower_is_riskier(value, penalty):
    rules = [tiered("savings_to_loan_ratio", 20, (5, 50, "reject"), (10, 25, "Manual_Review"))]
    assert judge(rules, {"savings_to_loan_ratio": value}).lines[0].penalty == penalty


def test_a_tier_may_be_milder_than_its_rule():
    rules = [tiered("dpd", 30, (90, 0, "approve"), action="REJECT")]
    judged = judge(rules, {"max_dpd_current": 91})
    assert (judged.score, judged.decision) == (100, "APPROVE")


def test_tiers_are_multiplied_too():
    rules = [tiered("dpd", 30, *LADDER, risk_category="tinggi")]
    judged = judge(rules, {"max_dpd_current": 91}, settings=Settings(multipliers={"tinggi": 2}))
    assert judged.lines[0].penalty == 80


@pytest.mark.parametrize("nearer", [30, 20, -1])
def test_a_tier_that_is_not_beyond_its_rule_is_left_out(nearer):
    rules = [tiered("dpd", 30, (nearer, 50, "reject"))]
    assert judge(rules, {"max_dpd_current": 25}).score == 100
    assert judge(rules, {"max_dpd_current": 31}).score == 90


def test_a_tier_equal_to_its_rule_is_left_out_where_lower_is_riskier():
    rules = [tiered("savings_to_loan_ratio", 20, (20, 50, "reject"), (21, 60, "reject"))]
    assert judge(rules, {"savings_to_loan_ratio": 19}).score == 90


GOOD_TIER = {"threshold": 90, "weight": 40, "auto_action": "reject"}


@pytest.mark.parametrize(
    ("payload", "count", "fault"),
    [
        (None, 0, None),
        ({}, 0, None),
        ({"note": "kept", "tiers": []}, 0, None),
        ({"tiers": [GOOD_TIER]}, 1, None),
        ({"tiers": [GOOD_TIER | {"more": 1}]}, 1, None),
        ({"tiers": [GOOD_TIER | {"weight": 0}]}, 1, None),
        ({"tiers": [GOOD_TIER | {"weight": 100}]}, 1, None),
        ({"tiers": {"threshold": 90}}, 0, "tiers harus berupa daftar"),
        ({"tiers": None}, 0, "tiers harus berupa daftar"),
        ({"tiers": [90]}, 0, "Tingkat 1: harus berupa objek"),
        ({"tiers": [GOOD_TIER, GOOD_TIER]}, 1, "Tingkat 2: threshold 90 sudah dipakai"),
        ({"tiers": [GOOD_TIER | {"threshold": 30}]}, 0, "Tingkat 1: threshold 30 harus melewati"),
        *[
            ({"tiers": [GOOD_TIER | {"threshold": broken}]}, 0, "Tingkat 1: threshold harus")
            for broken in ("90", None, True, float("nan"), float("inf"), [])
        ],
        *[
            ({"tiers": [GOOD_TIER | {"weight": broken}]}, 0, "Tingkat 1: weight harus")
            for broken in ("1", None, True, -1, 100.5)
        ],
        *[
            ({"tiers": [GOOD_TIER | {"auto_action": broken}]}, 0, "Tingkat 1: auto_action harus")
            for broken in ("auto-reject", "", None, 2)
        ],
    ],
)
def test_malformed_tiers_are_left_out_and_told(payload, count, fault):
    where = {"threshold": Decimal(30), "is_higher_riskier": True}
    assert len(payloads.tiers_of(payload, **where)) == count
    faults = payloads.faults(payload, **where)
    assert len(faults) == (fault is not None)
    assert not fault or faults[0].startswith(fault)


def test_breaches_come_by_severity_then_points_then_rule():
    rules = [
        rule("dpd", 0, 5, id=4),
        rule("loan_count", 0, 5, id=3),
        rule("max_dpd_12m", 0, 50, "APPROVE", id=1),
        rule("kolektibilitas", 0, 1, "REJECT", id=9),
        rule("external_loan_count", 0, 7, id=8),
    ]
    keys = (
        "max_dpd_current", "active_loan_count", "max_dpd_12m",
        "kolektibilitas_worst", "external_loan_count",
    )  # fmt: skip
    judged = judge(rules, dict.fromkeys(keys, 1))
    assert [line.rule.id for line in judged.lines] == [1, 3, 4, 8, 9]
    assert [line.rule.id for line in judged.breaches] == [9, 8, 3, 4, 1]


def test_a_rule_that_is_not_saved_yet_comes_last():
    ruleset = prepare([rule("dpd", id=None), rule("loan_count", id=5)])
    assert [one.id for one in ruleset.rules] == [5, None]
    assert ruleset.factor_keys == {"max_dpd_current", "active_loan_count"}


@pytest.mark.parametrize(
    "changed",
    [
        [rule("dpd", 31)],
        [rule("dpd", 30, 11)],
        [rule("dpd", 30, action="REJECT")],
        [rule("dpd", 30, version=2)],
        [rule("dpd", 30, id=2)],
        [rule("dpd", 30, risk_category="tinggi")],
        [rule("dpd", 30, action_payload={"tiers": []})],
        [rule("max_dpd_current", 30)],
        [rule("dpd", 30), rule("loan_count", id=2)],
        [],
    ],
)
def test_the_hash_tells_rule_sets_apart(changed):
    assert prepare(changed).hash != prepare([rule("dpd", 30)]).hash


def test_the_hash_knows_what_decides_and_nothing_else():
    rules = [rule("dpd", 30), rule("loan_count", id=2)]
    same = [rule("loan_count", "0.000000", id=2), rule("dpd", "3E+1", "10.00")]
    assert prepare(rules).hash == prepare(same).hash
    assert prepare(rules, Settings(True)).hash != prepare(rules).hash
    assert prepare(rules, Settings(multipliers={"sedang": 2})).hash != prepare(rules).hash
    assert prepare(rules, Settings(multipliers={"unused": 2})).hash == prepare(rules).hash
    assert len(prepare(rules).hash) == 64


def test_a_replay_keeps_to_what_factors_were_called_then(monkeypatch):
    judged = judge([rule("shoe_size", 42)], {})
    lines, seen = records.to_json(judged.lines), records.seen_json(judged, {})
    monkeypatch.setattr(
        scoring.catalogue, "find", lambda _: scoring.catalogue.CATALOGUE["arrears_ratio"]
    )
    assert records.replay(lines, seen).lines[0].outcome == "UNKNOWN_FACTOR"


def test_a_replay_judges_again_and_a_restored_one_does_not():
    judged = judge([rule("dpd", 30)], {"max_dpd_current": 45})
    lines = records.to_json(judged.lines)
    seen = records.seen_json(judged, {"max_dpd_current": Decimal(20)})
    assert records.replay(lines, seen).decision == "APPROVE"
    assert records.restored(lines, seen).decision == "MANUAL_REVIEW"


def test_the_callers_decimal_context_changes_nothing():
    rules = [rule("dpd", 0, "33.333333", id=1), rule("loan_count", 0, "12.345678", id=2)]
    values = {"max_dpd_current": 1, "active_loan_count": 1}
    expected = judge(rules, values).score
    with localcontext() as context:
        context.prec = 3
        judged_values = {key: Decimal(value) for key, value in values.items()}
        judged = prepare(rules).assess(judged_values, is_active=True)
        verdict = prepare(rules).decide(judged_values)
        assert judged.rounded_score == Decimal("54.32")
        assert verdict.score == judged.score
    assert judged.score == expected


def test_starter_rules_are_of_the_catalogue():
    ruleset = prepare(STARTER_RULES)
    assert len(ruleset.factor_keys) == 11
    assert [one.risk_category for one in STARTER_RULES[:2]] == ["tinggi", "sedang"]
    assert not any(one.action_payload for one in STARTER_RULES)


@pytest.mark.parametrize(
    ("number", "text"),
    [("10.500", "10.5"), ("1E+2", "100"), ("0E+2", "0"), ("-0.00", "0"), ("-5.10", "-5.1")],
)
def test_decimals_are_written_in_one_way(number, text):
    assert plain(Decimal(number)) == text


def test_values_survive_json():
    values = {"outstanding": Decimal("17600000.00"), "debt_service_ratio": UNKNOWN_INCOME}
    assert decode(encode(values)) == values


# -- reasons ----------------------------------------------------------------------------------------


def why(rules, values, language="id", **more):
    return reasons.reasons(judge(rules, values, **more), language)


def test_a_breach_names_factor_value_and_limit():
    assert why([rule("dpd", 30, 15)], {"max_dpd_current": 45}) == [
        "Hari tunggakan terlama: 45 hari melebihi batas 30 hari (-15 poin, tinjau manual)"
    ]
    assert why([rule("dpd", 1, 1, "APPROVE")], {"max_dpd_current": 45}, "en") == [
        "Current max days past due: 45 days exceeds the limit of 1 day (-1 point, approve)"
    ]


@pytest.mark.parametrize(
    ("factor", "threshold", "value", "part"),
    [
        ("dsr", 35, "35.004", "35,004% melebihi batas 35%"),
        ("dsr", 35, "42.128", "42,13% melebihi batas 35%"),
        (
            "savings_balance",
            1_500_000,
            "1499999.5",
            "Rp\N{NO-BREAK SPACE}1.499.999,5 di bawah batas Rp\N{NO-BREAK SPACE}1.500.000",
        ),
        (
            "savings_balance",
            1_500_000,
            250_000,
            "Rp\N{NO-BREAK SPACE}250.000 di bawah batas Rp\N{NO-BREAK SPACE}1.500.000",
        ),
        ("repayment_history", "0.7", "0.55", "0,55 di bawah batas 0,7"),
        ("membership_active", 1, 0, ": tidak, seharusnya ya"),
        ("kolektibilitas", 2, 5, "Kol-5 melebihi batas Kol-2"),
    ],
)
def test_a_value_is_never_written_like_its_limit(factor, threshold, value, part):
    key = scoring.catalogue.find(factor).key
    [sentence] = why([rule(factor, threshold)], {key: value})
    assert part in sentence


def test_points_are_those_taken():
    multiplied = Settings(multipliers={"sedang": "1.25"})
    [sentence] = why([rule("dpd", 30)], {"max_dpd_current": 45}, settings=multiplied)
    assert sentence.endswith("(-12,5 poin, tinjau manual)")
    [sentence] = why([rule("dpd", 30, 0, "REJECT")], {"max_dpd_current": 45})
    assert sentence.endswith("(0 poin, tolak)")


def test_a_breached_tier_names_its_own_limit():
    [sentence] = why([tiered("dpd", 30, *LADDER)], {"max_dpd_current": 95})
    assert sentence.endswith("95 hari melebihi batas 90 hari (-40 poin, tolak)")


def test_notes_follow_breaches():
    rules = [
        rule("shoe_size", id=1),
        rule("dsr", 30, id=2),
        rule("dpd", 30, 40, "APPROVE", id=3),
        rule("income", id=4),
    ]
    values = {
        "max_dpd_current": 45,
        "debt_service_ratio": UNKNOWN_INCOME,
        "monthly_income": UNKNOWN_INCOME,
    }
    sentences = why(
        rules, values, settings=Settings(True), is_active=False, member_status="INACTIVE"
    )
    assert sentences == [
        "Hari tunggakan terlama: 45 hari melebihi batas 30 hari (-40 poin, setujui)",
        "Rasio angsuran terhadap pendapatan: data pendapatan belum tersedia, perlu tinjauan manual",
        "Pendapatan per bulan: data pendapatan belum tersedia, perlu tinjauan manual",
        'Faktor "shoe_size" tidak dikenal dan tidak dapat dinilai, perlu tinjauan manual',
        "Status keanggotaan: nonaktif, perlu tinjauan manual",
        "Skor 60 di bawah 65: ditolak otomatis",
    ]


@pytest.mark.parametrize(
    ("weight", "action", "note"),
    [
        ("15.004", "APPROVE", "Skor 84,996 di bawah 85: perlu tinjauan manual"),
        ("20", "APPROVE", "Skor 80 di bawah 85: perlu tinjauan manual"),
        ("20", "MANUAL_REVIEW", None),
        ("40", "MANUAL_REVIEW", "Skor 60 di bawah 65: ditolak otomatis"),
        ("40", "REJECT", None),
    ],
)
def test_a_band_is_named_when_it_decided(weight, action, note):
    rules = [rule("dpd", 30, weight, action)]
    sentences = why(rules, {"max_dpd_current": 45}, settings=Settings(True))
    assert sentences[1:] == ([note] if note else [])


def test_there_is_always_a_reason():
    assert why([], {}) == ["Belum ada aturan risiko aktif"]
    assert why([rule("dpd", 30)], {"max_dpd_current": 0}) == [
        "Tidak ada aturan risiko yang dilanggar (1 aturan diperiksa)"
    ]
    assert why([rule("dpd", 30)], {"max_dpd_current": 0}, "en-gb") == [
        "No risk rule is breached (1 checked)"
    ]


def test_a_status_without_its_word_is_still_told():
    sentences = why([rule("dpd")], {"max_dpd_current": 0}, is_active=False, member_status="")
    assert sentences == ["Status keanggotaan: bukan anggota aktif, perlu tinjauan manual"]
