"""
A copy of the product: its folder, its port, its secrets and its addresses.

    VAR_DIR/local.env       what the product reads; secrets are made once and kept
    VAR_DIR/servers.json    what only the launcher needs: ports, passwords, folders
    VAR_DIR/log/            one log for each process
"""

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCAL_ENV, MEMORY = "local.env", "servers.json"
# When the launcher was called; set once it goes on as the virtual environment's Python.
STARTED = "SAKSAMA_STARTED"


class Problem(Exception):
    """Something the person at the keyboard can put right; the message says how."""


@dataclass(frozen=True)
class Copy:
    """One copy of the product. Everything it writes is in `var_dir`."""

    var_dir: Path
    port: int

    @classmethod
    def from_environment(cls) -> "Copy":
        """Read VAR_DIR (default ./var) and PORT (default 8000). Raises Problem for a port that is none."""
        port = os.environ.get("PORT") or "8000"
        if not port.isdecimal() or not 0 < int(port) < 65536:
            raise Problem(f"PORT is {port!r}; it must be a number from 1 to 65535.")
        return cls(var_dir=(ROOT / (os.environ.get("VAR_DIR") or "var")).resolve(), port=int(port))

    def within(self, name: str) -> "Copy":
        """A second copy in a folder of this one, for tests and benchmarks."""
        return Copy(var_dir=self.var_dir / name, port=self.port)

    def folder(self, name: str) -> Path:
        """A folder of this copy, made when it is missing."""
        path = self.var_dir / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"


# ── One launcher for each copy ─────────────────────────────────────────────────────────
def hold(path: Path, *, shared: bool = False, wait: bool = False):
    """
    Lock a file until the returned handle is closed, or return None when somebody else has it.

    The kernel lets go when the holder dies, however it dies.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = path.open("a+")
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(handle, kind | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        handle.close()
        return None
    return handle


# ── What is remembered ─────────────────────────────────────────────────────────────────
def remembered(copy: Copy) -> dict:
    """Read what earlier starts of this copy wrote down."""
    with suppress(FileNotFoundError):
        return json.loads((copy.var_dir / MEMORY).read_text())
    return {}


def remember(copy: Copy, **facts) -> None:
    """Write facts down for the next start."""
    text = json.dumps(remembered(copy) | facts, indent=2)
    write_privately(copy.var_dir / MEMORY, text + "\n")


def password(copy: Copy, name: str) -> str:
    """The copy's password for `name`, made when it is first asked for."""
    known = remembered(copy).get("passwords", {})
    if name not in known:
        known[name] = secrets.token_urlsafe(24)
        remember(copy, passwords=known)
    return known[name]


def write_privately(path: Path, text: str) -> None:
    """Replace a file in one step, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)


# ── local.env ──────────────────────────────────────────────────────────────────────────
def new_secrets() -> dict[str, str]:
    """Make the secrets a copy keeps for life."""
    return {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "JWT_ACCESS_TOKEN_SECRET": secrets.token_urlsafe(48),
        "JWT_REFRESH_TOKEN_SECRET": secrets.token_urlsafe(48),
        "ENCRYPTION_KEYS": f"k1:{_key()}",
        "BLIND_INDEX_KEY": _key(),
    }


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def read_env(path: Path) -> dict[str, str]:
    """
    Read NAME=value lines; a missing file is empty.

    >>> read_env(Path("/nowhere"))
    {}
    """
    with suppress(FileNotFoundError):
        lines = (line.strip().removeprefix("export ") for line in path.read_text().splitlines())
        pairs = (line.partition("=") for line in lines if "=" in line and line[0] != "#")
        return {name.strip(): value.strip().strip("'\"") for name, _, value in pairs}
    return {}


def given() -> dict[str, str]:
    """What the person set: the environment, and beneath it the checkout's `.env`."""
    values = read_env(ROOT / ".env") | {name: value for name, value in os.environ.items() if value}
    # A line of `.env` that was left empty sets nothing.
    return {name: value for name, value in values.items() if value}


def write_local_env(copy: Copy, addresses: Mapping[str, str]) -> dict[str, str]:
    """
    Write local.env: the copy's secrets as they were, its addresses as they are now.

    Raises Problem when the file is gone although a database encrypted with its keys is there.
    """
    path = copy.var_dir / LOCAL_ENV
    kept = {name: value for name, value in read_env(path).items() if name in new_secrets()}
    if not kept and remembered(copy).get("database"):
        raise Problem(
            f"{path} is gone, and with it the keys of the data in {copy.var_dir}.\n"
            "Put it back, or start afresh: make clean"
        )
    values = {
        **new_secrets(),
        **kept,
        **addresses,
        "BASE_URL": copy.address,
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "DEMO": "true",
        "VAR_DIR": str(copy.var_dir),
    }
    lines = [f"{name}={value}" for name, value in values.items()]
    write_privately(
        path, "# Written by `make demo` and read by config/settings.py.\n" + "\n".join(lines) + "\n"
    )
    return values


def for_children(copy: Copy, local: Mapping[str, str]) -> dict[str, str]:
    """The environment of everything started: what the person set wins over local.env."""
    values = {**local, **given()}
    if "DATABASE_URL" in given():
        values["MIGRATION_DATABASE_URL"] = given().get(
            "MIGRATION_DATABASE_URL", values["DATABASE_URL"]
        )
    values |= {
        "VAR_DIR": str(copy.var_dir),
        "PORT": str(copy.port),
        "PATH": f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "VIRTUAL_ENV": str(ROOT / ".venv"),
        "PYTHONUNBUFFERED": "1",
    }
    values.pop(STARTED, None)
    return values
