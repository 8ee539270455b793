"""What the Makefile's targets do, once `.venv` is there."""

import os
import shutil
import signal
import sys
import time
from collections import deque
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

from deploy.local import processes, product
from deploy.local.environment import LOCAL_ENV, MEMORY, STARTED, Copy, Problem, hold, remembered
from deploy.local.processes import Stop, stop_on_signals
from deploy.local.servers import GUESTS, LOCK, servers, shared_servers

# These may end by themselves, each so often.
CELERY, ENDS_PER_MINUTE = ("worker", "worker-bulk", "beat"), 3
# Tests run on every core, up to as many as there are Redis databases for; the long files go first.
SIDE_BY_SIDE = (
    *("--numprocesses", "auto", "--maxprocesses", "4"),
    *("--dist", "loadfile", "--no-loadscope-reorder"),
)
# Everything a copy writes in VAR_DIR; `test` and `bench` hold copies of their own.
WRITTEN = (
    *(LOCAL_ENV, MEMORY, LOCK, GUESTS, "static.stamp"),
    *(
        "audit",
        "bench",
        "beat",
        "log",
        "media",
        "metrics",
        "paylabs",
        "postgres",
        "prove",
        "redis",
        "static",
        "test*",
    ),
)


def demo(_arguments: list[str]) -> int:
    """Start the whole product, show how to get in, and stay until somebody or something stops it."""
    copy = Copy.from_environment()
    with _hold_alone(copy):
        _require_port(copy)
        stop_on_signals(signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        try:
            with servers(copy, gateway=True) as (environment, started):
                _run_product(copy, environment, started)
        except Stop:
            print("Stopped.", flush=True)
    return 0


def _run_product(copy: Copy, environment: dict, started: list[processes.Child]) -> None:
    """Bring data and files up to date, run web, worker and beat, and stop them in the end."""
    product.compile_translations(environment)
    with product.collecting_static(copy, environment):
        product.migrate(environment)
        print("Adding what the demo lacks …", flush=True)
        processes.check([*product.MANAGE, "seed_demo"], env=environment, quiet=True)
    environment = product.with_metrics(copy, environment)
    starters = {
        "web": partial(product.start_web, copy, environment),
        # What may wait has a worker of its own: a hanging gateway delays no news.
        "worker": partial(product.start_worker, copy, environment, queues="fast"),
        "worker-bulk": partial(
            product.start_worker, copy, environment, name="worker-bulk", queues="ai,bulk"
        ),
        "beat": partial(product.start_beat, copy, environment),
    }
    own: dict[str, processes.Child] = {}
    try:
        for name, start in starters.items():
            own[name] = start()
        product.wait_until_ready(copy, [*started, *own.values()])
        _greet(copy, environment)
        _watch(started, own, starters)
    finally:
        print("\nStopping …", flush=True)
        # Requests and tasks in flight end before the servers they need.
        processes.stop(own.values())


def _greet(copy: Copy, environment: dict) -> None:
    seconds = time.time() - float(os.environ[STARTED])
    print(f"\nReady in {seconds:.0f} s: {copy.address}  (API: {copy.address}/api-docs)\n")
    if simulator := environment.get("PAYLABS_SIMULATOR_URL"):
        print(f"Paylabs (simulator, where QRIS sales are paid): {simulator}\n")
    if "QWEN_SIMULATOR_BIND" in environment:
        print("Qwen (simulator): it writes the AI texts. Your own: QWEN_API_KEY=… make demo\n")
    sys.stdout.flush()
    processes.check([*product.MANAGE, "seed_demo", "--accounts"], env=environment)
    print(f"\nLogs: {copy.var_dir / 'log'}   Stop: Ctrl-C", flush=True)


def _watch(servers: list[processes.Child], own: dict[str, processes.Child], starters) -> None:
    """
    Start Celery's processes anew when they end: a broker that vanishes takes them along.

    Raises Problem when they do so again and again, or when another process ends, which none should.
    """
    ends = {name: deque(maxlen=ENDS_PER_MINUTE) for name in CELERY}
    while True:
        if ended := processes.first_ended([*servers, *own.values()]):
            if ended.name not in CELERY or _is_too_often(ends[ended.name]):
                raise Problem(ended.obituary())
            ends[ended.name].append(time.monotonic())
            print(f"{ended.name} ended and is started anew: {ended.log}.1", flush=True)
            processes.stop([ended])
            own[ended.name] = starters[ended.name]()
        time.sleep(0.5)


def _is_too_often(ends: deque[float]) -> bool:
    return len(ends) == ENDS_PER_MINUTE and time.monotonic() - ends[0] < 60


def test(arguments: list[str]) -> int:
    """Run pytest with servers of its own, beside a demo and beside other test runs."""
    copy, lock = _free_test_copy()
    _leave_ctrl_c_to_the_command()
    with lock, servers(copy, durable=False) as (environment, _):
        product.compile_translations(environment)
        return processes.run(
            [sys.executable, "-m", "pytest", *SIDE_BY_SIDE, *arguments], env=environment
        )


def lint(_arguments: list[str]) -> int:
    """Run every check, show all that fail, and return 1 when one does."""
    copy, lock = _free_test_copy()
    _leave_ctrl_c_to_the_command()
    schema = ["spectacular", "--validate", "--fail-on-warn", "--file", os.devnull]
    with lock, servers(copy, durable=False) as (environment, _):
        commands = [
            ["ruff", "check", "."],
            ["ruff", "format", "--check", "."],
            [*product.MANAGE, "check"],
            [*product.MANAGE, "makemigrations", "--check", "--dry-run"],
            [*product.MANAGE, *schema],
        ]
        codes = [_announced(command, environment) for command in commands]
    return 1 if any(codes) else 0


def _announced(command: list[str], environment: dict) -> int:
    print(f"── {' '.join(command).removeprefix(sys.executable).strip()}", flush=True)
    return processes.run(command, env=environment)


def bench(arguments: list[str]) -> int:
    """Measure against durable servers and an empty, migrated database that is kept between runs."""
    copy = Copy.from_environment().within("bench")
    _leave_ctrl_c_to_the_command()
    with _hold_alone(copy), servers(copy) as (environment, _):
        product.compile_translations(environment)
        with product.collecting_static(copy, environment):
            product.migrate(environment)
        return processes.run([sys.executable, "-m", "bench", *arguments], env=environment)


def prove(arguments: list[str]) -> int:
    """Put promises to the proof, each on a copy of its own in VAR_DIR/prove, with its own servers."""
    copy = Copy.from_environment().within("prove")
    _leave_ctrl_c_to_the_command()
    with _hold_alone(copy):
        return processes.run([sys.executable, "-m", "proof", *arguments], env=os.environ)


def run(arguments: list[str]) -> int:
    """Run any command with the copy's environment; its servers run already or are started for it."""
    if not arguments:
        raise Problem('Name a command: make run CMD="python manage.py shell"')
    copy = Copy.from_environment()
    _leave_ctrl_c_to_the_command()
    with shared_servers(copy) as environment:
        if not (program := shutil.which(arguments[0], path=environment["PATH"])):
            raise Problem(f"There is no command {arguments[0]!r}.")
        return processes.run([program, *arguments[1:]], env=environment)


def clean(_arguments: list[str]) -> int:
    """Remove what this copy wrote, and only that; refuses while one of its launchers runs."""
    copy = Copy.from_environment()
    copies = [Copy(path.parent, copy.port) for path in sorted(copy.var_dir.rglob(LOCK))]
    with ExitStack() as locks:
        for each in copies:
            locks.enter_context(_hold_alone(each))
        for each in copies:
            _remove(each)
    return 0


def _remove(copy: Copy) -> None:
    written = [path for pattern in WRITTEN for path in copy.var_dir.glob(pattern)]
    if far := remembered(copy).get("postgres_folder"):
        written.append(Path(far))
    for path in written:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    with suppress(OSError):
        copy.var_dir.rmdir()  # Unless it holds somebody else's files.


# ── Helpers ────────────────────────────────────────────────────────────────────────────
def _hold_alone(copy: Copy):
    """Take the copy's lock. Raises Problem when another launcher has it."""
    lock = hold(copy.var_dir / LOCK)
    if lock is None:
        raise Problem(
            f"Something is already at work in {copy.var_dir}. Stop it first, or use a second copy:\n"
            f"  PORT={copy.port + 1} VAR_DIR=./var-{copy.port + 1}"
        )
    return lock


def _require_port(copy: Copy) -> None:
    # The web server of a launcher that was killed takes a moment to leave.
    for _ in range(25):
        if processes.is_free(copy.port):
            return
        time.sleep(0.2)
    raise Problem(
        f"Port {copy.port} is taken by another program. Choose another:\n"
        f"  make demo PORT={copy.port + 1}"
    )


def _free_test_copy():
    """The first of VAR_DIR/test, test-2, … that no other run uses, with its lock."""
    here, number = Copy.from_environment(), 1
    while True:
        copy = here.within("test" if number == 1 else f"test-{number}")
        if lock := hold(copy.var_dir / LOCK):
            return copy, lock
        number += 1


def _leave_ctrl_c_to_the_command() -> None:
    """Ctrl-C reaches the command in the foreground, which answers it; SIGTERM ends command and servers."""
    signal.signal(signal.SIGINT, lambda *_: None)
    stop_on_signals(signal.SIGTERM, signal.SIGHUP)
