"""The product itself: brought up to date, then web, worker and beat."""

import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from urllib.request import urlopen

from deploy.local import install, processes
from deploy.local.environment import Copy, Problem

MANAGE = [sys.executable, "manage.py"]
READY_SECONDS = 60
# Files of packages that no page of ours names; compressing them would take half of the time.
UNUSED_STATIC = ["--ignore", "redoc", "--ignore", "rest_framework"]


def compile_translations(env: Mapping[str, str]) -> None:
    """Compile the catalogues that changed."""
    for po in install.stale_catalogues():
        command = [
            "-m",
            "babel.messages.frontend",
            "compile",
            "-i",
            po,
            "-o",
            po.with_suffix(".mo"),
        ]
        processes.check([sys.executable, *command], env=env, quiet=True)


def migrate(env: Mapping[str, str]) -> None:
    """Migrate as the owner, who alone may change tables."""
    processes.check([*MANAGE, "migrate", "--no-input", "--verbosity", "0"], env=env, quiet=True)


@contextmanager
def collecting_static(copy: Copy, env: Mapping[str, str]) -> Iterator[None]:
    """
    Collect static files beside the caller's work when one of them, or a package, changed.

    Returns when both are done. Raises Problem when the files could not be collected.
    """
    stamp, wanted = copy.var_dir / "static.stamp", install.static_fingerprint()
    if stamp.exists() and stamp.read_text() == wanted:
        yield
        return
    options = ["--no-input", "--clear", "--verbosity", "0", *UNUSED_STATIC]
    command = [*MANAGE, "collectstatic", *options]
    child = processes.start("collectstatic", command, copy=copy, env=env)
    try:
        yield
        if child.process.wait():
            raise Problem(child.obituary())
        stamp.write_text(wanted)
    finally:
        processes.stop([child])


def start_web(copy: Copy, env: Mapping[str, str]) -> processes.Child:
    options = ["--worker-class", "gthread", "--workers", "2", "--threads", "4"]
    # Its control socket lies in the home folder, where a second copy's would replace it.
    options += ["--bind", f"127.0.0.1:{copy.port}", "--no-control-socket"]
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", *options]
    return processes.start("web", command, copy=copy, env=env)


def start_worker(
    copy: Copy, env: Mapping[str, str], *, name: str = "worker", queues: str = "fast,ai,bulk"
) -> processes.Child:
    options = ["--hostname", f"{name}@%h", "-Q", queues, "--concurrency", "2"]
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", *options]
    return processes.start(name, command, copy=copy, env=env)


def start_beat(copy: Copy, env: Mapping[str, str]) -> processes.Child:
    options = ["--schedule", copy.folder("beat") / "schedule", "--pidfile="]
    command = [sys.executable, "-m", "celery", "-A", "config", "beat", *options]
    return processes.start("beat", command, copy=copy, env=env)


def with_metrics(copy: Copy, env: Mapping[str, str]) -> dict[str, str]:
    """The processes' environment, with an empty folder in which they gather their figures."""
    folder = copy.var_dir / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return {**env, "PROMETHEUS_MULTIPROC_DIR": str(folder)}


def wait_until_ready(copy: Copy, children: list[processes.Child]) -> None:
    """Return when /health/ready answers 200. Raises Problem when a process ends or time runs out."""
    deadline = time.monotonic() + READY_SECONDS
    while not _is_ready(copy):
        if ended := processes.first_ended(children):
            raise Problem(ended.obituary())
        if time.monotonic() > deadline:
            raise Problem(
                f"The product is not ready after {READY_SECONDS} s; see {copy.var_dir / 'log'}."
            )
        time.sleep(0.2)


def _is_ready(copy: Copy) -> bool:
    # A refusal (503 while a server is away) arrives as an exception too.
    with (
        suppress(OSError),
        urlopen(f"http://127.0.0.1:{copy.port}/health/ready", timeout=5) as answer,
    ):
        return answer.status == 200
    return False
