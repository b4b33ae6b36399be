"""Write docs/reliability.md from the catalogue: part of ``make docs``."""

from pathlib import Path

from tests.reliability.catalogue import ATTACKS, PROPERTIES, Row

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "reliability.md"
HEAD = """# What is promised, what is tried, and what keeps it

Forty properties that systems holding other people's money promise, and twenty-five attacks on a
pool of this kind. Each names the guards that keep it and the tests that fail once a guard is gone.
`make guards` removes the guards one by one, in a copy of the package, and runs the test of each:
a removal that goes unnoticed fails the run. `--only` limits it to some rows:

```
.venv/bin/python -m tests.reliability.remove_guards --only P7 --only A2
```

A row is covered when nothing of it is missing; an open row says what is, and may name the guards
of the part that is there. This page is produced from `tests/reliability/catalogue`
(`make docs`); the tests of that folder hold it against the code.

"""


def _counts(name: str, rows: tuple[Row, ...]) -> str:
    part = sum(bool(row.open and row.guards) for row in rows)
    still = sum(bool(row.open) for row in rows)
    return f"- {name}: {len(rows) - still} covered, {still} open ({part} of them in part)\n"


def _code(texts: list[str]) -> str:
    return "<br>".join(f"`{text}`" for text in dict.fromkeys(texts))


def _row(row: Row) -> str:
    files = _code([guard.file for guard in row.guards])
    tests = _code([guard.test.removeprefix("tests/") for guard in row.guards])
    missing = f"**open**: {row.open}" if row.open else "covered"
    return f"| {row.name} | {row.text} | {missing} | {files} | {tests} |\n"


def _table(title: str, kind: str, rows: tuple[Row, ...]) -> str:
    head = f"\n## {title}\n\n| # | {kind} | state | guards in | tests |\n|---|---|---|---|---|\n"
    return head + "".join(map(_row, rows))


def render() -> str:
    """The page."""
    counts = _counts("Properties", PROPERTIES) + _counts("Attacks", ATTACKS)
    guards = sum(len(row.guards) for row in (*PROPERTIES, *ATTACKS))
    return (
        HEAD
        + counts
        + f"- {guards} guards, each removed alone\n"
        + _table("Properties", "property", PROPERTIES)
        + _table("Attacks", "attack", ATTACKS)
    )


if __name__ == "__main__":
    PAGE.write_text(render(), "utf-8")
