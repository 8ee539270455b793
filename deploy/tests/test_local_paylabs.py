import socket

import pytest

from deploy.local import environment, paylabs
from deploy.local.environment import Copy
from transactions.paylabs.keys import private_key, public_key


@pytest.fixture(autouse=True)
def nothing_given(monkeypatch, tmp_path):
    """No variable and no `.env` but what the test sets."""
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    for name in (*paylabs.THEIRS, "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def copy(tmp_path) -> Copy:
    return Copy(var_dir=tmp_path / "var", port=8001)


def test_merchant_and_simulator_hold_the_halves_of_two_pairs(copy):
    lines = paylabs.prepare(copy)

    assert public_key(lines["PUBLIC_KEY"]) == _public(lines["PAYLABS_SIMULATOR_PRIVATE_KEY"])
    assert public_key(lines["PAYLABS_SIMULATOR_MERCHANT_KEY"]) == _public(lines["PRIVATE_KEY"])
    assert lines["PUBLIC_KEY"] != lines["PAYLABS_SIMULATOR_MERCHANT_KEY"]


def test_keys_and_port_are_kept(copy):
    first = environment.write_local_env(copy, paylabs.prepare(copy))

    assert paylabs.prepare(copy).items() <= first.items()


def test_an_older_copy_gets_keys_and_keeps_its_secrets(copy):
    older = environment.write_local_env(copy, {})

    newer = environment.write_local_env(copy, paylabs.prepare(copy))

    assert newer["SECRET_KEY"] == older["SECRET_KEY"]
    assert newer["MID"] and newer["PRIVATE_KEY"]


def test_a_port_that_is_taken_is_left_to_its_owner(copy):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        environment.remember(copy, paylabs_port=taken.getsockname()[1])
        lines = paylabs.prepare(copy)

        assert lines["PAYLABS_BASE_URL"] != f"http://localhost:{taken.getsockname()[1]}"


def test_the_simulator_is_given_no_secret_and_no_server_of_the_product(copy):
    local = environment.write_local_env(copy, paylabs.prepare(copy))

    given = paylabs.own_environment(environment.for_children(copy, local))

    assert {"MID", "PAYLABS_SIMULATOR_PRIVATE_KEY", "PAYLABS_SIMULATOR_STORE", "PATH"} <= set(given)
    assert not {*environment.new_secrets(), "PRIVATE_KEY", "DATABASE_URL", "REDIS_URL"} & set(given)


@pytest.mark.parametrize("name", sorted(paylabs.THEIRS))
def test_a_gateway_of_the_persons_own_is_left_alone(copy, monkeypatch, name):
    monkeypatch.setenv(name, "theirs")

    assert paylabs.prepare(copy) == {}


def test_empty_lines_of_the_env_file_set_no_gateway(copy):
    (environment.ROOT / ".env").write_text("MID=\nPAYLABS_BASE_URL=\nPAYLABS_SERVER=SIT\n")

    local = environment.write_local_env(copy, paylabs.prepare(copy))

    assert environment.for_children(copy, local)["MID"] == local["MID"]


def _public(private: str):
    return private_key(private).public_key()
