"""``make stress``: the race, crash and kill tests again and again, on both databases, while both
cores are kept busy. Exit 1 at the first round that fails; what it said is shown.
"""

import argparse
import ast
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests"
SIGNS = {"at_once", "in_parallel", "crash_at", "crash_everywhere", "SIGKILL", "Thread"}
"""A test that uses one of these, by itself or through a function or fixture of its file, races,
crashes or is killed."""
BUSY = "while True: pass"


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


def one_round(nodes: list[str], database: str) -> bool:
    """All of them once; whether they passed."""
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *nodes],
        cwd=ROOT,
        env={**os.environ, "ZENGZHI_TEST_DATABASE": database},
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
    said = parser.parse_args()
    nodes = all_chosen()
    print(f"{len(nodes)} tests, {said.rounds} rounds, {said.busy} busy loops", flush=True)
    with busy(said.busy):
        for number in range(1, said.rounds + 1):
            print(f"round {number}", flush=True)
            rounds = [one_round(nodes, database) for database in ("sqlite", "postgres")]
            if not all(rounds):
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
