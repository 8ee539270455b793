import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from deploy.local import commands, processes
from deploy.local.environment import ROOT, Copy, Problem

STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(subprocess.Popen(["sleep", "60"]).pid, flush=True)
time.sleep(60)
"""
LAUNCHER = """
import os, pathlib, sys, time
from deploy.local import commands, processes
from deploy.local.environment import Copy
copy = Copy(pathlib.Path(sys.argv[1]), 1)
print(processes.start("sleep", ["sleep", "60"], copy=copy, env=os.environ).process.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def copy(tmp_path) -> Copy:
    return Copy(var_dir=tmp_path, port=8001)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A zombie that nobody has waited for yet has ended too.
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0] != "Z"


def soon(condition) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def test_who_does_not_leave_is_ended_with_its_children(copy):
    command = [sys.executable, "-c", STUBBORN]
    child = processes.start("stubborn", command, copy=copy, env=os.environ, patience=0.2)
    assert soon(child.log.read_text)
    grandchild = int(child.log.read_text())

    processes.stop([child])

    assert child.process.returncode == -signal.SIGKILL
    assert soon(lambda: not is_alive(grandchild))


def test_an_end_is_told_with_the_last_lines_of_the_log(copy):
    command = [sys.executable, "-c", "print('out of ideas'); raise SystemExit(3)"]
    child = processes.start("worker", command, copy=copy, env=os.environ)
    child.process.wait()

    assert processes.first_ended([child]) is child
    assert "worker ended with status 3" in child.obituary()
    assert "out of ideas" in child.obituary()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel's help is Linux's")
def test_a_killed_launcher_leaves_nothing_running(copy):
    command = [sys.executable, "-c", LAUNCHER, str(copy.var_dir)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as launcher:
        child = int(launcher.stdout.readline())
        assert is_alive(child)
        launcher.kill()

    assert soon(lambda: not is_alive(child))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_strays_are_found_by_folder_and_program(copy):
    with subprocess.Popen(["sleep", "60"], cwd=copy.var_dir) as sleeper:
        program = os.path.basename(os.readlink(f"/proc/{sleeper.pid}/exe"))
        found = processes.strays(copy.var_dir, program)
        others = processes.strays(copy.var_dir, "postgres")
        sleeper.kill()

    assert found == [sleeper.pid]
    assert others == []


def test_a_port_is_kept_while_it_is_free():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        other = processes.choose_port(port)

    assert other != port
    assert processes.choose_port(port) == port


def test_a_failing_step_is_named():
    command = [sys.executable, "-c", "raise SystemExit(4)"]

    with pytest.raises(Problem, match="status 4"):
        processes.check(command, env=os.environ, quiet=True)


def ended(copy, name: str) -> processes.Child:
    child = processes.start(name, ["true"], copy=copy, env=os.environ)
    child.process.wait()
    return child


def test_a_worker_that_ends_is_started_anew_but_not_for_ever(copy, capsys):
    started = []

    def start() -> processes.Child:
        started.append(ended(copy, "worker"))
        return started[-1]

    with pytest.raises(Problem, match="worker ended with status 0"):
        commands._watch([], {"worker": start()}, {"worker": start})

    assert len(started) == 1 + commands.ENDS_PER_MINUTE
    assert "worker ended and is started anew" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["web", "redis"])
def test_nobody_else_is_started_anew(copy, name):
    with pytest.raises(Problem, match=f"{name} ended"):
        commands._watch([ended(copy, name)], {}, {})
