"""`python3 -m deploy.local COMMAND`, which is what the Makefile calls."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  (said before anything newer is read)
    sys.exit("Saksama needs Python 3.11 or newer; name one: make demo PYTHON=python3.12")

import os
import time

from deploy.local import install
from deploy.local.environment import STARTED, Problem

USAGE = """python3 -m deploy.local COMMAND

  demo                  start everything, show addresses and accounts, stop on Ctrl-C
  test [PYTEST ...]     run the tests with their own servers
  lint                  check style, settings, migrations and API schema
  bench [NAME ...]      measure
  prove [NAME ...]      put promises to the proof: crashes, repeats, hostile input
  run COMMAND ...       run a command with the copy's environment and servers
  clean                 remove VAR_DIR and the database"""
DEVELOPMENT = {"test", "lint", "bench", "prove"}
NAMES = {"demo", "run", "clean"} | DEVELOPMENT


def main(arguments: list[str]) -> int:
    name, *rest = arguments or [""]
    if name not in NAMES:
        print(USAGE, file=sys.stderr)
        return 2
    try:
        if name != "clean" and STARTED not in os.environ:
            _enter_venv(name, arguments)
        from deploy.local import commands

        return getattr(commands, name)(rest)
    except Problem as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _enter_venv(name: str, arguments: list[str]) -> None:
    """Install what the command needs, and go on as the virtual environment's Python."""
    os.environ[STARTED] = str(time.time())
    install.install(development=name in DEVELOPMENT)
    command = [str(install.PYTHON), "-m", "deploy.local", *arguments]
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
