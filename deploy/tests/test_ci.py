"""The check that guards every change fails when a test fails, and leaves no test out."""

import os
import subprocess
import tomllib
from contextlib import nullcontext

from deploy.local import commands
from deploy.local.environment import ROOT


def test_a_failing_test_fails_the_whole_check(tmp_path):
    for program, status in {"python3": 7, "apt-get": 0, "npm": 0, "tsc": 0}.items():
        (tmp_path / program).write_text(f"#!/bin/sh\necho {program} $*\nexit {status}\n")
        (tmp_path / program).chmod(0o755)

    check = subprocess.run(
        [ROOT / ".ci" / "run"],
        env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )

    assert "python3 -m deploy.local test" in check.stdout
    assert check.returncode != 0


def test_the_status_of_pytest_is_the_status_of_make_test(monkeypatch, tmp_path):
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    monkeypatch.setattr(commands, "_leave_ctrl_c_to_the_command", lambda: None)
    monkeypatch.setattr(commands, "servers", lambda *_, **__: nullcontext(({}, [])))
    monkeypatch.setattr(commands.product, "compile_translations", lambda _: None)
    monkeypatch.setattr(commands.processes, "run", lambda command, env: 5)

    assert commands.test([]) == 5


def test_every_file_of_tests_is_run():
    options = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
    folders = {
        path.relative_to(ROOT).parts[0]
        for path in ROOT.rglob("test_*.py")
        if not path.relative_to(ROOT).parts[0].startswith((".", "var"))
    }

    assert folders <= set(options["testpaths"])
    assert {"core", "transactions", "deploy"} <= folders
    assert not {"-k", "-m", "--deselect", "--ignore"} & set(options["addopts"].split())
