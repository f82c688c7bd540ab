"""docs/features.md is true: nothing is missing in it, and whatever it names is there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from services.portal.pages.routes import DESK, all_pages

ROOT = Path(__file__).parents[1]
NUMBERS = tuple(range(1, 116))
ROW = re.compile(
    r"^\| F(?P<number>\d+) \| (?P<title>[^|]+) \| `(?P<page>[^`]+)` \| `(?P<module>[^`]+)` \| (?P<tests>.+) \|$",
    re.MULTILINE,
)
TEST = re.compile(r"`(?P<path>tests/[\w/]+\.py)::(?P<name>\w+)`")
NAMED = re.compile(r"\bF(?P<first>\d{1,3})(?:\s*[-–]\s*F?(?P<last>\d{1,3}))?")
ROWS = {int(row["number"]): row for row in ROW.finditer((ROOT / "docs/features.md").read_text(encoding="utf-8"))}
PATHS = {DESK.path, *(page.path for page in all_pages())}


@cache
def promises(path: str) -> dict[str, str]:
    """The tests of a file with their docstrings."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    functions = (node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return {node.name: ast.get_docstring(node) or "" for node in functions if node.name.startswith("test_")}


def numbers_in(docstring: str) -> set[int]:
    """The features that a docstring names, one by one or from one to another.

    >>> sorted(numbers_in("F8-F10, F14: so"))
    [8, 9, 10, 14]
    """
    found: set[int] = set()
    for named in NAMED.finditer(docstring):
        first = int(named["first"])
        found |= set(range(first, int(named["last"] or first) + 1))
    return found


def test_no_feature_is_missing_and_none_stands_twice() -> None:
    """F1 to F115, each once, in order."""
    text = (ROOT / "docs/features.md").read_text(encoding="utf-8")

    assert [int(number) for number in re.findall(r"^\| F(\d+) \|", text, re.MULTILINE)] == list(NUMBERS)
    assert tuple(ROWS) == NUMBERS


@pytest.mark.parametrize("number", NUMBERS, ids="F{}".format)
def test_a_feature_is_where_the_table_says(number: int) -> None:
    """Its page has that address, its module is there, and each of its tests says that it proves this feature."""
    row = ROWS[number]
    tests = list(TEST.finditer(row["tests"]))

    assert row["page"] in PATHS
    assert (ROOT / row["module"]).exists()
    assert tests
    for test in tests:
        assert number in numbers_in(promises(test["path"])[test["name"]]), test["name"]
