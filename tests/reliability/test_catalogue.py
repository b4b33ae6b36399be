"""The catalogue is whole and true: guards and tests are where it says, the page is what it says."""

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.reliability.catalogue import ATTACKS, PROPERTIES
from tests.reliability.page import PAGE, render
from tests.reliability.remove_guards import PACKAGE, copied, is_noticed

ROOT = PACKAGE.parent.parent
ROWS = (*PROPERTIES, *ATTACKS)
GUARDS = [(row.name, guard) for row in ROWS for guard in row.guards]
SAMPLE = "core/economy/empty_pool.py"
"""Pure and quick: ``make guards`` removes the others."""


def test_every_number_is_there_once():
    assert [row.name for row in PROPERTIES] == [f"P{number}" for number in range(1, 41)]
    assert [row.name for row in ATTACKS] == [f"A{number}" for number in range(1, 26)]


def test_a_row_is_covered_or_says_what_is_missing():
    for row in ROWS:
        assert row.guards or len(row.open) > 20, row.name
        assert row.text.endswith("."), row.name
        assert not row.open.endswith("."), row.name


@pytest.mark.parametrize(("row", "guard"), GUARDS)
def test_a_guard_is_where_the_catalogue_says(row, guard):
    assert guard.old in (PACKAGE / guard.file).read_text("utf-8"), (row, guard.file)
    assert guard.old != guard.new


@cache
def names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(("row", "guard"), GUARDS)
def test_the_test_of_a_guard_exists(row, guard):
    file, _sign, name = guard.test.partition("::")
    assert name.partition("[")[0] in names_in(ROOT / file), (row, guard.test)


def test_the_page_is_what_the_catalogue_says():
    assert PAGE.read_text("utf-8") == render(), "run make docs"


@pytest.mark.parametrize("removed", [True, False])
def test_a_guard_that_is_removed_is_noticed_and_one_that_is_not_is_not(removed):
    (guard,) = (guard for _row, guard in GUARDS if guard.file == SAMPLE)
    with copied() as copy:
        if not removed:
            guard = type(guard)(guard.file, guard.old, guard.old, guard.test)
        noticed, said = is_noticed(copy, guard)
    assert noticed is removed, said
