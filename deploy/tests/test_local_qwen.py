import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from core.tests.qwen import KEY
from deploy.local import environment, qwen
from deploy.local.environment import Copy


@pytest.fixture(autouse=True)
def nothing_given(monkeypatch, tmp_path):
    """No variable and no `.env` but what the test sets."""
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    for name in (*qwen.THEIRS, "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def copy(tmp_path) -> Copy:
    return Copy(var_dir=tmp_path / "var", port=8001)


def test_key_and_port_are_kept(copy):
    assert qwen.prepare(copy) == qwen.prepare(copy)


@pytest.mark.parametrize("name", sorted(qwen.THEIRS))
def test_an_ai_of_the_persons_own_is_left_alone(copy, monkeypatch, name):
    monkeypatch.setenv(name, "theirs")

    assert qwen.prepare(copy) == {}


def test_the_simulator_is_given_no_secret_and_no_server_of_the_product(copy):
    local = environment.write_local_env(copy, qwen.prepare(copy))

    given = qwen.own_environment(environment.for_children(copy, local))

    assert {"QWEN_SIMULATOR_BIND", "QWEN_SIMULATOR_KEY", "PATH"} <= set(given)
    assert not {*environment.new_secrets(), "DATABASE_URL", "REDIS_URL"} & set(given)


# ── The simulator itself ───────────────────────────────────────────────────────────────
def status_of(url: str, *, body: bytes = b"{}", **headers: str) -> int:
    headers = {"Content-Type": "application/json"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    try:
        with urlopen(Request(url, body, headers), timeout=5) as answer:
            return answer.status
    except HTTPError as error:
        with error:
            return error.code


@pytest.mark.parametrize("key", ["", "Bearer ", "Bearer other"])
def test_the_played_ai_lets_only_its_key_in(qwen_server, key):
    body = json.dumps({"messages": []}).encode()

    assert status_of(f"{qwen_server}/v1/chat/completions", body=body, Authorization=key) == 401


def test_the_control_takes_json_and_known_modes_alone(qwen_server):
    behave = f"{qwen_server}/control/behave"

    assert status_of(behave, body=b'{"mode": "sleepy"}') == 400
    assert status_of(behave, body=b'{"mode": "500"}', Content_Type="text/plain") == 400
    assert status_of(behave, body=b"[") == 400
    assert status_of(f"{qwen_server}/control/reset") == 200


def test_one_key_may_be_treated_worse_than_others(qwen):
    from deploy.simulators.qwen import behaviours

    qwen.behave("500", key=KEY, times=1)

    assert behaviours.take("another").mode == "good"
    assert [behaviours.take(KEY).mode for _ in range(2)] == ["500", "good"]
