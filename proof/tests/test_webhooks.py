import random
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from proof import webhooks
from proof.forgeries import FAMILIES, Keys, forgery
from proof.webhooks import Gateway, Order


def test_forged_callbacks_change_nothing_and_genuine_ones_count_once(prove):
    report = prove(webhooks)

    assert report.figures["accepted"] == 0
    assert report.figures["kinds"] == len(FAMILIES)
    assert report.figures["payments counted once"] == webhooks.SIZES["small"]["sales"]


@pytest.fixture(scope="module")
def gateway() -> Gateway:
    keys = [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2)]
    made = object.__new__(Gateway)
    made.merchant, made.keys = "M1", Keys(gateway=keys[0], ours=keys[1], stranger=keys[1])
    return made


def callbacks(gateway):
    return gateway.callback(Order("TRX1", 10_000)), gateway.callback(Order("TRX2", 20_000))


@pytest.mark.parametrize("family", FAMILIES)
def test_every_kind_of_forgery_differs_from_what_was_signed(gateway, family):
    one, other = callbacks(gateway)
    rng = random.Random(3)

    spoilt = [family(rng, one, other, gateway.keys).said for _ in range(40)]

    assert sum(said != one.said for said in spoilt) > 20


def test_a_forgery_is_neither_of_the_callbacks_it_is_made_of(gateway):
    one, other = callbacks(gateway)
    rng = random.Random(4)

    for _ in range(300):
        assert forgery(rng, one, other, gateway.keys).said not in (one.said, other.said)


def test_a_genuine_callback_is_signed_now(gateway):
    one, _ = callbacks(gateway)
    age = datetime.now(UTC) - datetime.fromisoformat(one.timestamp)

    assert abs(age.total_seconds()) < 5
    assert SimpleNamespace(**one.fields).status == "02"
