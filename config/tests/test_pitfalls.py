"""`docs/pitfalls.md`: no known fault is forgotten, and every test it names exists."""

import ast
import re

import pytest
from django.conf import settings

TABLE = settings.BASE_DIR / "docs" / "pitfalls.md"
NUMBERS = {*range(1, 92)}
TEST = re.compile(r"`([\w/]+\.py)::(test_\w+)`")
WITHOUT_TEST = ("Not applicable: ", "Not yet: ")


def rows() -> list[list[str]]:
    """Return the cells of each numbered row."""
    lines = TABLE.read_text().splitlines()
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in lines
        if re.match(r"\| *\d", line)
    ]


def named() -> set[tuple[str, str]]:
    return {test for row in rows() for cell in row for test in TEST.findall(cell)}


def test_every_number_has_exactly_one_row_of_four_cells():
    assert [len(row) for row in rows()] == [4] * len(NUMBERS)
    assert sorted(int(row[0]) for row in rows()) == sorted(NUMBERS)


@pytest.mark.parametrize("number, fault, tests, remark", rows(), ids=lambda cell: cell[:2])
def test_a_row_names_a_test_or_says_why_none_applies(number, fault, tests, remark):
    reason = next((remark[len(word) :] for word in WITHOUT_TEST if remark.startswith(word)), "")

    assert fault
    assert TEST.search(tests) or len(reason) > 20


@pytest.mark.parametrize(("path", "name"), sorted(named()))
def test_a_named_test_exists(path, name):
    tree = ast.parse((settings.BASE_DIR / path).read_text())

    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
