"""Qwen's simulator beside the copy, so that the demo shows AI texts; unless the environment names an AI."""

import sys
from collections.abc import Mapping

from deploy.local import processes
from deploy.local.environment import Copy, given, password, remember, remembered

# Who sets one of these has an AI already, or wants none.
THEIRS = {"QWEN_API_KEY", "QWEN_BASE_URL"}
HANDED_ON = {"PATH", "HOME", "TMPDIR", "LANG", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "PYTHONUNBUFFERED"}
# So far above the copy's port that a second copy may take the next one, and Paylabs' simulator too.
PORTS_ABOVE = 1100


def prepare(copy: Copy) -> dict[str, str]:
    """
    Choose port and key and return local.env's lines about them; nothing runs yet.

    Empty when the person set an AI.
    """
    if not THEIRS.isdisjoint(given()):
        return {}
    port = processes.choose_port(remembered(copy).get("qwen_port") or _usual_port(copy))
    remember(copy, qwen_port=port)
    key = password(copy, "qwen")
    return {
        "QWEN_API_KEY": key,
        "QWEN_BASE_URL": f"http://127.0.0.1:{port}/compatible-mode/v1",
        "QWEN_MODEL": "qwen-plus-simulator",
        "QWEN_SIMULATOR_KEY": key,
        "QWEN_SIMULATOR_BIND": f"127.0.0.1:{port}",
    }


def _usual_port(copy: Copy) -> int | None:
    port = copy.port + PORTS_ABOVE
    return port if port < 65536 else None


def start(copy: Copy, env: Mapping[str, str]) -> processes.Child:
    """Start the simulator. Nobody waits for it: texts wait for an AI that is away."""
    command = [sys.executable, "-m", "deploy.simulators.qwen"]
    return processes.start("qwen", command, copy=copy, env=own_environment(env))


def own_environment(env: Mapping[str, str]) -> dict[str, str]:
    """Keep what is the simulator's: no secret and no server of the product."""
    return {
        name: value
        for name, value in env.items()
        if name in HANDED_ON or name.startswith("QWEN_SIMULATOR_")
    }
