import random

import pytest

from proof import outages
from proof.mailbox import Mailbox
from proof.proxy import Mode, Proxy


def test_with_servers_away_slow_or_senseless_people_go_on_working(prove):
    report = prove(outages)

    assert report.figures["answers of 5xx"] == 0
    # A worker that dies between sending and noting it down sends again; `expect_mails` counts the deaths.
    once = report.figures["mails"] - report.figures["mails twice"]
    assert once == report.figures["reset mails asked for"]


def test_large_runs_try_every_combination():
    tried = {tuple(each.values()) for each in outages.combinations(64, random.Random(1))}

    assert len(tried) == 64


@pytest.mark.parametrize("seed", range(5))
def test_small_runs_try_every_mood_of_every_server(seed):
    tried = outages.combinations(4, random.Random(seed))

    for name in outages.DEPENDENCIES:
        assert {each[name] for each in tried} == set(Mode)


def greeting(port: int) -> bytes:
    import socket

    with socket.create_connection(("127.0.0.1", port), timeout=2) as line:
        return line.recv(100)


def test_a_door_can_be_shut_and_opened_again():
    with (
        Mailbox() as mailbox,
        Proxy(target=mailbox.address, rng=random.Random(1), greets=True) as door,
    ):
        assert greeting(door.port) == b"220 mailbox\r\n"
        door.mode = Mode.OFF
        with pytest.raises(ConnectionRefusedError):
            greeting(door.port)
        door.mode = Mode.SLOW
        with pytest.raises(TimeoutError):
            greeting(door.port)
        door.mode = Mode.OK
        assert greeting(door.port) == b"220 mailbox\r\n"
