import random

import pytest

from proof import inputs
from proof.hostile import Attack, Target, attacks_on, mutant, wire
from proof.wire import Reply

SALE = Target("POST", "/api/transactions/create", fields={"amount": 1, "items": [{"name": "a"}]})


def test_hostile_input_is_refused_and_leaves_nothing_behind(prove):
    report = prove(inputs)

    assert report.figures["inputs"] == sum(inputs.SIZES["small"].values())
    assert report.figures["doors"]["API"] >= 29


def test_every_value_of_the_corpus_takes_the_place_of_every_field():
    attacks = [attack for attack in attacks_on(SALE) if attack.family == "field"]

    assert any(
        attack.write().endswith(b'{"amount": 1e400, "items": [{"name": "a"}]}')
        for attack in attacks
    )
    assert any(
        attack.write().endswith(b'{"amount": 1, "items": [{"name": NaN}]}') for attack in attacks
    )


def test_every_attack_can_be_written():
    door = Target("GET", "/a/b", holes=("b",), query=("page",))
    file = Target("POST", "/api/transactions/import", kind="multipart")

    for attack in (*attacks_on(SALE), *attacks_on(door), *attacks_on(file)):
        assert isinstance(attack.write(), bytes), attack.name


def test_the_same_seed_makes_up_the_same_input():
    first, second = (mutant([SALE], random.Random(5)).write() for _ in range(2))

    assert first == second


def reply(status: int, body: bytes, **headers) -> Reply:
    return Reply(
        status, {"content-type": "application/json", "x-request-id": "1"} | headers, body, 0
    )


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (reply(500, b'{"success":false,"message":"a","code":"internal_error"}'), "500"),
        (reply(503, b'{"success":false,"message":"a","code":"unavailable"}'), "503"),
        (reply(400, b"<html>"), "400 outside the envelope"),
        (reply(400, b'{"success":false,"message":"a"}'), "400 without code"),
        (reply(400, b'{"success":false,"message":"psycopg","code":"a"}'), "inner words"),
        (reply(200, b'{"success":true,"data":NaN}'), "200 outside the envelope"),
        (reply(404, b'{"success":false,"message":"Sari W","code":"a"}'), "personal data"),
        (None, "no answer"),
    ],
)
def test_a_bad_answer_is_a_fault(answer, fault):
    attack = Attack(SALE, "field", "", lambda: wire(SALE))

    found = list(inputs.faults_of(attack, answer, {b"Sari W": "sari@example.com"}, b""))

    assert len(found) == 1
    assert found[0].startswith(fault)


def test_a_good_refusal_is_no_fault():
    attack = Attack(SALE, "field", "", lambda: wire(SALE))
    answer = reply(400, b'{"success":false,"message":"a","code":"invalid_json"}')

    assert list(inputs.faults_of(attack, answer, {}, b"")) == []
