"""An API that misbehaves as it is told to."""

import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from transactions.tests.gateway import Refused


def query(paylabs, trade_no):
    return paylabs.call("qris/query", merchantTradeNo=trade_no)


def test_a_slow_answer_is_a_good_one(paylabs, an_order):
    trade_no = an_order()
    paylabs.behave("query", "slow", seconds=0.3, times=1)
    began = time.monotonic()

    assert query(paylabs, trade_no)["errCode"] == "0"
    assert time.monotonic() - began > 0.3


def test_so_many_times_and_then_good_again(paylabs, an_order):
    trade_no = an_order()
    paylabs.behave("query", "refuse", times=2)

    codes = [query(paylabs, trade_no)["errCode"] for _ in range(3)]

    assert codes == ["SystemBusy", "SystemBusy", "0"]


def test_a_lost_answer_hides_work_that_was_done(paylabs, merchant, an_order):
    paylabs.behave("create", "lose_answer", times=1)

    with pytest.raises(http.client.RemoteDisconnected):
        an_order(merchantTradeNo="T-1")

    assert query(paylabs, "T-1")["status"] == "01"


@pytest.mark.parametrize("mode", ["garbage", "error500"])
def test_words_that_are_no_json(paylabs, an_order, mode):
    trade_no = an_order()
    paylabs.behave("query", mode, times=1)

    with pytest.raises(json.JSONDecodeError):
        query(paylabs, trade_no)


def test_json_that_is_no_object(paylabs, an_order):
    trade_no = an_order()
    paylabs.behave("query", "not_json_object", times=1)

    assert isinstance(query(paylabs, trade_no), list)


def test_bytes_come_one_by_one(paylabs, an_order):
    trade_no = an_order()
    paylabs.behave("query", "drip", seconds=0.001, times=1)

    assert query(paylabs, trade_no)["errCode"] == "0"


def test_an_answer_that_hangs_is_released_by_a_reset(paylabs, an_order):
    trade_no = an_order()
    paylabs.behave("query", "hang", seconds=60)
    began = time.monotonic()

    with ThreadPoolExecutor(1) as one:
        waiting = one.submit(query, paylabs, trade_no)
        time.sleep(0.2)
        assert not waiting.done()
        paylabs.reset()
        with pytest.raises(http.client.RemoteDisconnected):
            waiting.result()

    assert time.monotonic() - began < 10


@pytest.mark.parametrize(("kind", "mode"), [("cash", "slow"), ("query", "polite")])
def test_an_unknown_behaviour_is_a_mistake(paylabs, kind, mode):
    with pytest.raises(Refused) as refusal:
        paylabs.behave(kind, mode)

    assert refusal.value.status == 400


@pytest.mark.parametrize("faults", [{"copies": "2"}, {"copies": 0}, {"typo": True}, {"delay": -1}])
def test_an_unknown_fault_is_a_mistake_and_nothing_is_paid(paylabs, an_order, faults):
    trade_no = an_order()

    with pytest.raises(Refused) as refusal:
        paylabs.pay(trade_no, **faults)

    assert refusal.value.status == 400
    assert paylabs.order(trade_no)["status"] == "01"
