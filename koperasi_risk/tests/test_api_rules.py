from decimal import Decimal

import pytest

from koperasi_risk.models import RiskRule, RuleProposal
from koperasi_risk.tests.factories import a_koperasi, a_person, a_rule

BOTH = pytest.mark.parametrize("prefix", ["/koperasi/risk/", "/api/koperasi/risk/"])
RULE = {
    "factor": "loan_to_savings",
    "weight": 12.5,
    "threshold": 3,
    "risk_category": "sedang",
    "auto_action": "manual_review",
}
EIGHT = [
    "id",
    "tenant_id",
    "factor",
    "weight",
    "threshold",
    "risk_category",
    "auto_action",
    "created_at",
]


@BOTH
def test_a_new_rule_is_answered_in_the_envelope(engine, mekar, prefix):
    answer = engine.post("config", RULE, prefix=prefix)

    body = answer.json()
    assert answer.status_code == 201
    assert list(body) == ["success", "message", "data", "meta", "errors"]
    assert (body["success"], body["message"], body["errors"]) == (True, "Aturan ditambahkan.", None)
    assert body["meta"].keys() == {"request_id", "timestamp"}
    assert list(body["data"]) == EIGHT
    assert body["data"].items() >= RULE.items()
    assert body["data"]["tenant_id"] == mekar.pk


@BOTH
def test_a_rule_with_an_id_takes_the_place_of_the_one_before(engine, mekar, prefix):
    first = engine.post("config", RULE | {"action_payload": {"note": "x"}}).json()["data"]
    changed = RULE | {"id": first["id"], "factor": "Simpanan", "weight": 1}

    answer = engine.post("config", changed, prefix=prefix)

    data = answer.json()["data"]
    assert answer.status_code == 200
    assert data == {
        "id": first["id"],
        "tenant_id": mekar.pk,
        **{name: changed[name] for name in RULE},
        "created_at": first["created_at"],
    }


@pytest.mark.parametrize("number", [None, 0])
def test_no_id_null_and_zero_make_a_new_rule(engine, number):
    assert engine.post("config", RULE | {"id": number}).status_code == 201


@pytest.mark.parametrize("payload", [{}, {"tiers": [{"over": 5, "weight": 0.5}]}, {"a": None}])
def test_a_payload_is_kept_as_it_was_sent(engine, payload):
    data = engine.post("config", RULE | {"action_payload": payload}).json()["data"]

    assert data["action_payload"] == payload
    assert engine.get("config").json()["data"] == [data]


def test_a_payload_that_is_null_is_none(engine):
    data = engine.post("config", RULE | {"action_payload": None}).json()["data"]

    assert "action_payload" not in data


def test_members_that_nobody_knows_are_passed_over(engine, mekar):
    more = {"tenant_id": mekar.pk + 1, "created_at": "1999-01-01T00:00:00Z", "x": {"y": 1}}

    data = engine.post("config", RULE | more).json()["data"]

    assert data["tenant_id"] == mekar.pk
    assert not data["created_at"].startswith("1999")


def test_any_name_of_a_factor_is_taken(engine):
    assert engine.post("config", RULE | {"factor": "Kesan pengurus"}).status_code == 201


def test_a_factor_is_kept_without_spaces_around_it(engine):
    data = engine.post("config", RULE | {"factor": "  Tenor  "}).json()["data"]

    assert data["factor"] == "Tenor"


@pytest.mark.parametrize("word", ["approve", "manual_review", "reject"])
def test_each_action_is_answered_in_its_own_word(engine, word):
    data = engine.post("config", RULE | {"auto_action": word}).json()["data"]

    assert data["auto_action"] == word
    assert RiskRule.objects.get().auto_action == word.upper()


@pytest.mark.parametrize(
    ("sent", "written"),
    [
        ("10", "10"),
        ("10.0", "10"),
        ("1e1", "10"),
        ("0.4", "0.4"),
        ("0.000001", "1e-06"),
        ("99.999999", "99.999999"),
        ("0", "0"),
    ],
)
def test_a_weight_is_the_number_that_was_sent(engine, sent, written):
    body = _text(weight=sent)

    text = engine.post("config", body).content.decode()

    assert f'"weight":{written},' in text


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("-5", "-5"),
        ("0", "0"),
        ("-0.0", "0"),
        ("0.123456", "0.123456"),
        ("1e15", "1000000000000000"),
        ("-1e15", "-1000000000000000"),
        ("123456789.123456", "123456789.123456"),
        ("3.10000000", "3.1"),
    ],
)
def test_a_threshold_is_stored_to_the_last_digit(engine, sent, stored):
    data = engine.post("config", _text(threshold=sent)).json()["data"]

    assert RiskRule.objects.get().threshold == Decimal(stored)
    assert data["threshold"] == float(stored)


def _text(**numbers: str) -> bytes:
    """A rule in whose text these numbers stand letter by letter."""
    members = {
        "factor": '"tenor"',
        "weight": "1",
        "threshold": "1",
        "risk_category": '"sedang"',
        "auto_action": '"approve"',
    } | numbers
    said = ",".join(f'"{name}":{value}' for name, value in members.items())
    return f"{{{said}}}".encode()


# ── What is refused ────────────────────────────────────────────────────────────────────

BAD = [
    *(
        ("factor", value)
        for value in ["", "null", '""', '"   "', "12", "true", "[]", f'"{"x" * 101}"']
    ),
    *(("weight", value) for value in ["", "null", '"12"', "true", "[]", "-0.1", "100.000001"]),
    *(("weight", value) for value in ["0.0000001", "1e400", "1e99999999999999999999", "-1"]),
    *(("threshold", value) for value in ["", "null", '"3"', "false", "{}", "1e400", "-1e400"]),
    *(("threshold", value) for value in ["1000000000000001", "1.1234567", "1" * 400]),
    *(("risk_category", value) for value in ["", "null", '" "', "1", f'"{"x" * 61}"']),
    *(
        ("auto_action", value)
        for value in ["", "null", '"APPROVE"', '"auto-reject"', '"x"', "1", "[]"]
    ),
    *(("action_payload", value) for value in ["[]", '"x"', "1", "true", '{"a":1e400}']),
    *(("id", value) for value in ['"1"', "-1", "1.5", "true", "[]", "1.0", "1" * 40]),
]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_member_that_is_no_good_is_named(engine, name, value):
    body = _text(**{name: value}) if value else _without(name)

    answer = engine.post("config", body)

    said = answer.json()
    assert answer.status_code == 400
    assert list(said["errors"]) == [name]
    assert all(isinstance(text, str) and text for text in said["errors"][name])
    assert not RiskRule.objects.exists()


def _without(name: str) -> dict:
    return {key: value for key, value in RULE.items() if key != name}


def test_every_member_at_fault_is_named_at_once(engine):
    answer = engine.post("config", {"weight": "x"})

    assert answer.json()["errors"].keys() == RULE.keys()


@pytest.mark.parametrize("factor", ["loan_to_savings", "LOAN_TO_Savings", "  loan_to_savings "])
def test_a_factor_has_one_rule(engine, factor):
    engine.post("config", RULE)

    answer = engine.post("config", RULE | {"factor": factor})

    assert answer.status_code == 409
    assert list(answer.json()["errors"]) == ["factor"]
    assert RiskRule.objects.count() == 1


def test_a_rule_does_not_take_the_factor_of_another(engine, mekar):
    taken, other = a_rule(mekar, "tenor"), a_rule(mekar, "usia")

    answer = engine.post("config", RULE | {"id": other.pk, "factor": taken.factor})

    assert (answer.status_code, list(answer.json()["errors"])) == (409, ["factor"])


def test_two_koperasi_have_a_rule_for_the_same_factor(engine):
    with a_koperasi("KSP Lain") as other:
        a_rule(other, RULE["factor"])

    assert engine.post("config", RULE).status_code == 201


# ── Rules of nobody, and of others ─────────────────────────────────────────────────────


@pytest.fixture
def theirs(mekar) -> RiskRule:
    with a_koperasi("KSP Lain") as other:
        return a_rule(other, "tenor")


def test_a_rule_of_another_koperasi_is_as_unknown_as_none(engine, theirs):
    answers = [engine.post("config", RULE | {"id": number}) for number in (theirs.pk, 10**15)]
    answers += [engine.delete(f"config/{number}") for number in (theirs.pk, 10**15)]

    assert {answer.status_code for answer in answers} == {404}
    assert (
        len({(answer.json()["message"], str(answer.json()["errors"])) for answer in answers}) == 1
    )


def test_payloads_are_judged_before_rules_are_looked_for(engine):
    assert engine.post("config", {"id": 10**15}).status_code == 400


def test_what_is_unknown_is_said_before_what_is_taken(engine, mekar):
    a_rule(mekar, RULE["factor"])

    assert engine.post("config", RULE | {"id": 10**15}).status_code == 404


# ── Deleting ───────────────────────────────────────────────────────────────────────────


@BOTH
def test_a_deleted_rule_is_gone_and_its_factor_free(engine, mekar, prefix):
    rule = a_rule(mekar, RULE["factor"])

    answer = engine.delete(f"config/{rule.pk}", prefix=prefix)

    body = answer.json()
    assert (answer.status_code, body["success"], body["data"], body["errors"]) == (
        200,
        True,
        None,
        None,
    )
    assert engine.get("config").json()["data"] == []
    assert engine.delete(f"config/{rule.pk}").status_code == 404
    assert engine.post("config", RULE).status_code == 201


@pytest.mark.parametrize(
    ("number", "status"), [("x", 400), ("-1", 400), ("1.5", 400), ("0", 404), ("9" * 25, 404)]
)
def test_a_rule_is_deleted_by_its_number(engine, number, status):
    assert engine.delete(f"config/{number}").status_code == status


# ── Where a second person approves ─────────────────────────────────────────────────────


@pytest.fixture
def careful(mekar):
    mekar.rules_need_approval = True
    mekar.save()
    return mekar


def test_a_new_rule_waits_for_a_second_person(engine, careful):
    answer = engine.post("config", RULE)

    body = answer.json()
    assert (answer.status_code, body["success"], body["data"]) == (202, True, None)
    assert body["message"] == "Perubahan menunggu persetujuan orang kedua."
    assert not RiskRule.objects.exists()
    assert RuleProposal.objects.get().kind == "SAVE"


def test_a_deletion_waits_for_a_second_person(engine, careful):
    rule = a_rule(careful, "tenor")

    answer = engine.delete(f"config/{rule.pk}")

    assert (answer.status_code, answer.json()["data"]) == (202, None)
    assert len(engine.get("config").json()["data"]) == 1


def test_one_change_of_a_factor_waits_at_a_time(engine, careful):
    engine.post("config", RULE)

    assert engine.post("config", RULE | {"weight": 1}).status_code == 409


def test_the_change_is_kept_in_the_callers_name(caller, mekar):
    ketut = a_person("Ketut", mekar, "MANAJER_RISIKO")

    data = caller(ketut, mekar).post("config", RULE).json()["data"]

    assert RiskRule.objects.get(pk=data["id"]).revisions.get().by == ketut
