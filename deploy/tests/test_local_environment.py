import base64
import stat

import pytest

from deploy.local import environment
from deploy.local.environment import Copy, Problem

ADDRESSES = {"DATABASE_URL": "postgres://app@127.0.0.1:1/saksama"}


@pytest.fixture(autouse=True)
def nothing_given(monkeypatch, tmp_path):
    """No variable and no `.env` but what the test sets."""
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    for name in ("DATABASE_URL", "MIGRATION_DATABASE_URL", "REDIS_URL", "SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def copy(tmp_path) -> Copy:
    return Copy(var_dir=tmp_path / "var", port=8001)


def test_secrets_are_kept_and_addresses_follow_the_copy(copy):
    first = environment.write_local_env(copy, ADDRESSES)

    second = environment.write_local_env(Copy(copy.var_dir, 8002), {"REDIS_URL": "redis://x"})

    assert second["SECRET_KEY"] == first["SECRET_KEY"]
    assert second["BASE_URL"] == "http://localhost:8002"
    assert environment.read_env(copy.var_dir / "local.env") == second
    assert "DATABASE_URL" not in second


def test_secrets_are_long_enough_and_private(copy):
    values = environment.write_local_env(copy, ADDRESSES)

    name, _, key = values["ENCRYPTION_KEYS"].partition(":")
    assert (name, len(base64.b64decode(key))) == ("k1", 32)
    assert len(base64.b64decode(values["BLIND_INDEX_KEY"])) == 32
    assert len(values["JWT_ACCESS_TOKEN_SECRET"]) >= 32
    assert stat.S_IMODE((copy.var_dir / "local.env").stat().st_mode) == 0o600


def test_new_keys_are_refused_for_a_database_that_needs_the_old_ones(copy):
    environment.write_local_env(copy, ADDRESSES)
    environment.remember(copy, database=True)
    (copy.var_dir / "local.env").unlink()

    with pytest.raises(Problem, match="Put it back"):
        environment.write_local_env(copy, ADDRESSES)

    assert not (copy.var_dir / "local.env").exists()


def test_what_the_person_sets_wins(copy, monkeypatch):
    local = environment.write_local_env(copy, ADDRESSES)
    monkeypatch.setenv("DATABASE_URL", "postgres://theirs")
    (environment.ROOT / ".env").write_text("SECRET_KEY='from .env'\nDATABASE_URL=unread\n")

    values = environment.for_children(copy, local)

    assert values["DATABASE_URL"] == "postgres://theirs"
    assert values["MIGRATION_DATABASE_URL"] == "postgres://theirs"
    assert values["SECRET_KEY"] == "from .env"


def test_a_password_is_made_once(copy):
    assert environment.password(copy, "redis") == environment.password(copy, "redis")
    assert environment.password(copy, "redis") != environment.password(copy, "postgres")


def test_a_copy_is_held_by_one_and_a_guest_book_by_many(tmp_path):
    with environment.hold(tmp_path / "lock"):
        assert environment.hold(tmp_path / "lock") is None
    with (
        environment.hold(tmp_path / "guests", shared=True),
        environment.hold(tmp_path / "guests", shared=True),
    ):
        assert environment.hold(tmp_path / "guests") is None
    with environment.hold(tmp_path / "guests") as alone:
        assert alone is not None


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1"])
def test_a_port_that_is_none_is_explained(port, monkeypatch):
    monkeypatch.setenv("PORT", port)

    with pytest.raises(Problem, match="PORT"):
        Copy.from_environment()
