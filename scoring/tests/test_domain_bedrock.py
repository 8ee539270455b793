"""The domain is bedrock: it needs nothing but Python."""

import ast
import sys
from pathlib import Path

import pytest

import scoring.domain

FILES = sorted(Path(scoring.domain.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_imports_python_and_itself_only(file):
    modules = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add(node.module)

    foreign = {name for name in modules if name.split(".")[0] not in sys.stdlib_module_names}
    assert all(name.startswith("scoring.domain") for name in foreign)
    assert not modules & {"time", "random", "os", "math"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_calculates_without_binary_floats_and_without_a_clock(file):
    tree = ast.parse(file.read_text())

    assert not [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and type(n.value) is float]
    assert not {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)} & {"now", "today"}
