"""Start processes, watch them, stop them: each in a session of its own, each with a log."""

import ctypes
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from deploy.local.environment import ROOT, Copy, Problem

PR_SET_PDEATHSIG = 1
TAIL_LINES = 25


class Stop(BaseException):
    """Somebody asked us to stop: Ctrl-C, SIGTERM, or a closed terminal."""

    def __init__(self, number: int):
        self.exit_code = 128 + number


def stop_on_signals(*numbers: signal.Signals) -> None:
    """Raise Stop in the main thread on the first of these signals, and ignore the rest of them."""

    def raise_stop(number, _frame):
        # A second Ctrl-C must not break the orderly end that the first one began.
        for each in numbers:
            signal.signal(each, lambda *_: None)
        raise Stop(number)

    for number in numbers:
        signal.signal(number, raise_stop)


@dataclass
class Child:
    """A process that runs for as long as the copy does."""

    name: str
    process: subprocess.Popen
    log: Path
    # How it is asked to leave, and how long it may take.
    farewell: signal.Signals
    patience: float

    @property
    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def obituary(self) -> str:
        """How it ended, with the last lines it wrote."""
        lines = self.log.read_text(errors="replace").splitlines()[-TAIL_LINES:]
        heading = f"{self.name} ended with status {self.process.poll()}. From {self.log}:"
        return "\n".join([heading, *(f"  {line}" for line in lines)])


def start(
    name: str,
    command: Sequence[str | Path],
    *,
    copy: Copy,
    env: Mapping[str, str],
    cwd: Path = ROOT,
    user: int | None = None,
    stdin: bytes | None = None,
    farewell: signal.Signals = signal.SIGTERM,
    patience: float = 30,
) -> Child:
    """
    Start a process that outlives this call and never outlives the launcher.

    `user` is the uid to run as (None for ours); `stdin` is written to it, otherwise it reads nothing.
    """
    log = copy.folder("log") / f"{name}.log"
    if log.exists():
        log.replace(log.with_suffix(".log.1"))
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            # A session of its own: the terminal's Ctrl-C reaches the launcher alone, which stops
            # everything in order.
            start_new_session=True,
            preexec_fn=_follow_parent(farewell),
            **as_user(user),
        )
    if stdin is not None:
        with suppress(BrokenPipeError), process.stdin:
            process.stdin.write(stdin)
    return Child(name, process, log, farewell, patience)


def _follow_parent(farewell: signal.Signals):
    """Have the kernel end the child when the launcher is killed outright (Linux)."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(PR_SET_PDEATHSIG, int(farewell))


def as_user(user: int | None) -> dict:
    """Popen's arguments to run as an unprivileged uid with no other rights."""
    return {} if user is None else {"user": user, "group": user, "extra_groups": []}


def run(command: Sequence[str | Path], *, env: Mapping[str, str], quiet: bool = False) -> int:
    """
    Run a command to its end in the foreground and return its exit code.

    A quiet one shows what it wrote only when it fails.
    """
    output = subprocess.PIPE if quiet else None
    with subprocess.Popen(
        command, cwd=ROOT, env=env, stdout=output, stderr=output and subprocess.STDOUT
    ) as process:
        try:
            text, _ = process.communicate()
        except BaseException:
            process.terminate()
            raise
    if quiet and process.returncode:
        sys.stderr.buffer.write(text)
    return process.returncode


def check(command: Sequence[str | Path], *, env: Mapping[str, str], quiet: bool = False) -> None:
    """Run a command that has to succeed. Raises Problem."""
    if code := run(command, env=env, quiet=quiet):
        raise Problem(f"`{' '.join(map(str, command[1:]))}` failed with status {code}.")


def stop(children: Iterable[Child]) -> None:
    """Ask all of them to leave at once, wait, and end those that do not."""
    children = list(children)
    for child in children:
        _signal(child, child.farewell)
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.process.wait(child.patience)
        # The whole session: a killed gunicorn or Celery leaves children behind.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()


def _signal(child: Child, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        child.process.send_signal(number)


def first_ended(children: Iterable[Child]) -> Child | None:
    return next((child for child in children if child.has_ended), None)


# ── What a killed launcher left behind ─────────────────────────────────────────────────
def strays(folder: Path, program: str) -> list[int]:
    """The processes of `program` that work in `folder` (Linux); only one of our servers does."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.readlink(entry / "cwd") == str(folder) and _program(entry) == program:
                found.append(int(entry.name))
    return found


def _program(entry: Path) -> str:
    return Path(os.readlink(entry / "exe").removesuffix(" (deleted)")).name


def end_strays(
    folder: Path, program: str, *, farewell: signal.Signals, patience: float = 20
) -> None:
    """See a killed launcher's server off before another one starts in its folder."""
    deadline = time.monotonic() + patience
    while pids := strays(folder, program):
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, farewell if time.monotonic() < deadline else signal.SIGKILL)
        time.sleep(0.2)


# ── Ports ──────────────────────────────────────────────────────────────────────────────
def is_free(port: int) -> bool:
    """Tell whether nobody on this machine listens on the port."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def choose_port(preferred: int | None) -> int:
    """Keep the preferred port while it is free, otherwise choose another free one."""
    # Beneath the range from which the kernel takes ports for outgoing connections.
    candidates = [preferred] if preferred else []
    candidates += random.sample(range(20_000, 32_000), 200)
    return next(port for port in candidates if is_free(port))
