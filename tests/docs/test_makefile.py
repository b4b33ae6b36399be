"""``make test`` runs everything that touches a database on both databases."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
PURE = re.findall(r"^PURE := (.*)$", MAKEFILE, re.MULTILINE)[0].split()


def test_all_but_the_pure_folders_run_on_postgresql():
    wanted = "ZENGZHI_TEST_DATABASE=postgres $(BIN)/python -m pytest tests $(PURE:%=--ignore=%)\n"
    assert wanted in MAKEFILE


@pytest.mark.parametrize("folder", PURE)
def test_a_pure_folder_touches_no_database(folder):
    files = sorted((ROOT / folder).glob("*.py"))
    assert files
    uses = re.compile(r"django_db|\.objects\b|TransactionTestCase|connection\.cursor")
    own = Path(__file__).name
    assert [f.name for f in files if f.name != own and uses.search(f.read_text("utf-8"))] == []
