"""Paylabs' simulator beside the copy, unless the environment names a gateway."""

import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from urllib.request import urlopen

from deploy.local import processes
from deploy.local.environment import (
    LOCAL_ENV,
    Copy,
    Problem,
    given,
    read_env,
    remember,
    remembered,
)

START_SECONDS = 30
# Who sets one of these has a gateway already.
THEIRS = {"MID", "PRIVATE_KEY", "PUBLIC_KEY", "PAYLABS_BASE_URL"}
KEYS = (
    *("MID", "PRIVATE_KEY", "PUBLIC_KEY"),
    *("PAYLABS_SIMULATOR_PRIVATE_KEY", "PAYLABS_SIMULATOR_MERCHANT_KEY"),
)
# What a process needs, and the one thing that merchant and gateway both know. The product's secrets and
# servers are none of the gateway's business.
HANDED_ON = {
    *("MID", "PATH", "HOME", "TMPDIR", "LANG"),
    *("LD_LIBRARY_PATH", "VIRTUAL_ENV", "PYTHONUNBUFFERED"),
}
# So far above the copy's port that a second copy may take the next one.
PORTS_ABOVE = 1000


def prepare(copy: Copy) -> dict[str, str]:
    """
    Choose port and keys and return local.env's lines about them; nothing runs yet.

    Keys are made once. Empty when the person set a gateway.
    """
    if not THEIRS.isdisjoint(given()):
        return {}
    port = processes.choose_port(remembered(copy).get("paylabs_port") or _usual_port(copy))
    remember(copy, paylabs_port=port)
    address = f"http://localhost:{port}"
    return {
        **_keys(copy),
        "PAYLABS_BASE_URL": address,
        "PAYLABS_SIMULATOR_URL": address,
        "PAYLABS_SIMULATOR_BIND": f"127.0.0.1:{port}",
        "PAYLABS_SIMULATOR_STORE": str(copy.var_dir / "paylabs" / "orders.sqlite3"),
    }


def _usual_port(copy: Copy) -> int | None:
    port = copy.port + PORTS_ABOVE
    return port if port < 65536 else None


def _keys(copy: Copy) -> dict[str, str]:
    kept = read_env(copy.var_dir / LOCAL_ENV)
    if all(kept.get(name) for name in KEYS):
        return {name: kept[name] for name in KEYS}
    from deploy.simulators.paylabs.keys import new_keys

    return new_keys()


def start(copy: Copy, env: Mapping[str, str]) -> processes.Child:
    """Start the simulator; `wait` tells when it answers."""
    copy.folder("paylabs")
    config = "python:deploy.simulators.paylabs.server"
    command = [sys.executable, "-m", "gunicorn", "--config", config]
    return processes.start("paylabs", command, copy=copy, env=own_environment(env))


def own_environment(env: Mapping[str, str]) -> dict[str, str]:
    """Keep what is the simulator's."""
    return {
        name: value
        for name, value in env.items()
        if name in HANDED_ON or name.startswith("PAYLABS_SIMULATOR_")
    }


def wait(url: str, child: processes.Child) -> None:
    """Return when the simulator answers. Raises Problem."""
    deadline = time.monotonic() + START_SECONDS
    while not _answers(url):
        if child.has_ended:
            raise Problem(child.obituary())
        if time.monotonic() > deadline:
            raise Problem(f"The Paylabs simulator does not answer; see {child.log}.")
        time.sleep(0.05)


def _answers(url: str) -> bool:
    with suppress(OSError), urlopen(f"{url}/health", timeout=5) as answer:
        return answer.status == 200
    return False
