import psutil
import pytest

from proof import arena


@pytest.mark.parametrize("name", ["postgres", "web"])
def test_a_killed_piece_leaves_no_child_behind(house, name):
    family = psutil.Process(house.child(name).process.pid).children(recursive=True)
    assert family

    house.kill(name)

    assert not house.is_running(name)
    assert not any(each.is_running() and each.status() != "zombie" for each in family)
    house.start(name)
    house.wait_until_ready()


def test_what_was_committed_is_there_after_postgresql_was_killed(house):
    with house.database() as database:
        database.execute("CREATE TABLE IF NOT EXISTS proof_kept (number int)")
        database.execute("INSERT INTO proof_kept VALUES (7)")

    house.kill("postgres")
    house.start("postgres")

    with house.database() as database:
        assert (7,) in database.execute("SELECT number FROM proof_kept").fetchall()
        database.execute("DROP TABLE proof_kept")
    house.wait_until_ready()


def test_without_servers_of_our_own_the_reason_is_said(monkeypatch):
    monkeypatch.setattr(arena.sys, "platform", "darwin")

    assert arena.missing() == "killing needs /proc: Linux only"
