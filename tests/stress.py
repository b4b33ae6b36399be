"""``make stress``: the race, crash and kill tests again and again, on both databases, while both
cores are kept busy. Exit 1 at the first test that fails; what it said is shown.

Several rounds are one session of pytest, so that its start and its database are paid for once.
"""

import argparse
import ast
import copy
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests"
SIGNS = {"at_once", "in_parallel", "crash_at", "crash_everywhere", "SIGKILL", "Thread"}
"""A test that uses one of these, by itself or through a function or fixture of its file, races,
crashes or is killed."""
BUSY = "while True: pass"
ROUNDS = "ZENGZHI_STRESS_ROUNDS"
"""How many rounds a session has."""
SESSION = ("-q", "-x", "-p", "tests.stress", "--dist", "load")
"""Handed out by place: a scheduler that goes by names would run each test once."""
TOGETHER = 5
"""Rounds of one session at most."""


def _names(node: ast.AST) -> set[str]:
    """Everything that a function names: what it calls, its parameters, its attributes."""
    found = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    found |= {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}
    arguments = [each for each in ast.walk(node) if isinstance(each, ast.arguments)]
    return found | {each.arg for given in arguments for each in given.args}


def chosen(path: Path) -> list[str]:
    """The tests of a file that race, crash or are killed."""
    tree = ast.parse(path.read_text("utf-8"))
    parts = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    names = {node.name: _names(node) for node in parts}
    signs = set(SIGNS)
    while more := {name for name, used in names.items() if used & signs} - signs:
        signs |= more
    file = path.relative_to(ROOT).as_posix()
    return [f"{file}::{name}" for name in names if name in signs and name.startswith("test_")]


def all_chosen() -> list[str]:
    """Those of every file."""
    return [node for path in sorted(TESTS.rglob("test_*.py")) for node in chosen(path)]


@contextmanager
def busy(loops: int) -> Iterator[None]:
    """Processes that do nothing but keep the cores busy."""
    running = [subprocess.Popen([sys.executable, "-c", BUSY]) for _loop in range(loops)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    """As a plugin of the session: every test once more for each further round, after all others."""
    first = list(items)
    for _round in range(1, int(os.environ[ROUNDS])):
        for item in first:
            again = copy.copy(item)
            again._initrequest()
            items.append(again)


def session(nodes: list[str], database: str, rounds: int) -> bool:
    """All of them so many times on one database; whether they passed."""
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *SESSION, *nodes],
        cwd=ROOT,
        env={**os.environ, "ZENGZHI_TEST_DATABASE": database, ROUNDS: str(rounds)},
        capture_output=True,
        text=True,
        check=False,
    )
    word = "passed" if done.returncode == 0 else "FAILED"
    print(f"{database:8} {word} {time.monotonic() - begun:5.0f} s", flush=True)
    if done.returncode:
        print(done.stdout[-20_000:] + done.stderr[-2_000:], flush=True)
    return done.returncode == 0


def main() -> int:
    """So many rounds, both databases in each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--busy", type=int, default=2, help="busy loops beside the tests")
    parser.add_argument("nodes", nargs="*", help="these tests only")
    said = parser.parse_args()
    nodes = said.nodes or all_chosen()
    print(f"{len(nodes)} tests, {said.rounds} rounds, {said.busy} busy loops", flush=True)
    with busy(said.busy):
        for done in range(0, said.rounds, TOGETHER):
            rounds = min(TOGETHER, said.rounds - done)
            print(f"rounds {done + 1} to {done + rounds}", flush=True)
            for database in ("sqlite", "postgres"):
                if not session(nodes, database, rounds):
                    return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
