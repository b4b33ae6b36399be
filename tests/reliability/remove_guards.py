"""``make guards``: each guard of the catalogue is removed, alone, and its test has to fail.

The package is copied once to a temporary folder. For each guard one file of the copy is changed,
the test runs against the copy, and the file is put back. Exit 1 when a removal goes unnoticed.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.reliability.catalogue import ATTACKS, PROPERTIES, Guard

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "src" / "zengzhi"
NAME = f"guards-{os.getpid()}"
"""The database of a run has a name of its own, beside those of ``make test``."""
DATABASE = ROOT / "build" / f"test-{NAME}.sqlite3"
EMPTY = "tests/ledger/test_holds.py::test_a_cause_has_one_hold_of_a_kind"
"""Any quick test that needs the database and rolls back: it leaves the migrated database."""
OF_THE_SCHEMA = ("guards.py", "models.py", "/migrations/", "append_only.py", "exclusive.py")
FAILED = 1


def run_test(copy: Path, node: str, *, fresh: bool, postgres: bool) -> tuple[bool, str]:
    """Whether the test itself failed against the copy, and what pytest said."""
    options = ["-n", "0", "-p", "no:cacheprovider", "-x", "-q", "-rfE", "--tb=line"]
    options += ["--create-db"] if fresh else ["--reuse-db"]
    extra = {"ZENGZHI_TEST_DATABASE": "postgres" if postgres else "sqlite"}
    done = _run(copy, ["-m", "pytest", *options, node], extra)
    said = done.stdout + done.stderr
    failed = any(line.startswith("FAILED ") for line in done.stdout.splitlines())
    return done.returncode == FAILED and failed, said


def _run(
    copy: Path, arguments: list[str], extra: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        **(extra or {}),
        "PYTHONPATH": str(copy.parent),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTEST_XDIST_WORKER": NAME,
    }
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@contextmanager
def copied() -> Iterator[Path]:
    """A copy of the package, and where it is."""
    with tempfile.TemporaryDirectory(prefix="zengzhi-guards-") as folder:
        copy = Path(folder) / "zengzhi"
        shutil.copytree(PACKAGE, copy)
        yield copy


@contextmanager
def without(copy: Path, guard: Guard) -> Iterator[None]:
    """The copy without a guard. Errors: ``ValueError`` when the guard is not where it was."""
    target = copy / guard.file
    text = target.read_text("utf-8")
    if guard.old not in text:
        raise ValueError(f"{guard.file} does not hold {guard.old!r}")
    target.write_text(text.replace(guard.old, guard.new), "utf-8")
    try:
        yield
    finally:
        shutil.copy2(PACKAGE / guard.file, target)


class Databases:
    """The migrated database is made once; each test that needs no other begins with a copy."""

    def __init__(self, copy: Path) -> None:
        self.copy = copy
        self.kept = copy.parent / "empty.sqlite3"

    def ready(self) -> None:
        """Put the migrated database where the next test opens it."""
        if not self.kept.exists():
            DATABASE.unlink(missing_ok=True)
            failed, said = run_test(self.copy, EMPTY, fresh=False, postgres=False)
            if failed or not DATABASE.exists():
                raise RuntimeError(said)
            shutil.copy2(DATABASE, self.kept)
        shutil.copy2(self.kept, DATABASE)


def is_noticed(copy: Path, guard: Guard, databases: Databases | None = None) -> tuple[bool, str]:
    """Whether the guard's test fails once the guard is removed, and what pytest said. Without
    ``databases`` the test is one that needs none."""
    fresh = guard.postgres or any(part in guard.file for part in OF_THE_SCHEMA)
    if databases is not None and not fresh:
        databases.ready()
    with without(copy, guard):
        return run_test(copy, guard.test, fresh=fresh, postgres=guard.postgres)


def main() -> int:
    """The table of all guards, or of those of some rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", default=[], help="P12 or A3; may be repeated")
    only = set(parser.parse_args().only)
    unnoticed = 0
    count = 0
    with copied() as copy:
        databases = Databases(copy)
        for row in (*PROPERTIES, *ATTACKS):
            if only and row.name not in only:
                continue
            for guard in row.guards:
                begun = time.monotonic()
                noticed, said = is_noticed(copy, guard, databases)
                count += 1
                unnoticed += not noticed
                word = "noticed" if noticed else "UNNOTICED"
                seconds = time.monotonic() - begun
                print(f"{row.name:4} {word:9} {seconds:5.0f} s  {guard.file}  {guard.test}")
                if not noticed:
                    print(said[-2000:])
                sys.stdout.flush()
    DATABASE.unlink(missing_ok=True)
    print(f"{count} guards removed one by one, {unnoticed} unnoticed")
    return 1 if unnoticed or not count else 0


if __name__ == "__main__":
    sys.exit(main())
