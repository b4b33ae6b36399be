"""Files that commands read: unusable ones end the command with one line and exit status 2."""

import csv
import io
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from zengzhi.core.distribution.plan import Plan, plan_from_toml
from zengzhi.core.economy.rules import Rules, rules_from_toml
from zengzhi.core.errors import UnusableRules

EXIT_UNUSABLE = 2


def stop(message: str) -> NoReturn:
    """One line on standard error, nothing on standard output, exit status 2."""
    one_line = " ".join(message.split())
    sys.stderr.write(f"zengzhi: {one_line}\n")
    sys.exit(EXIT_UNUSABLE)


def read_text(path: Path) -> str:
    """The text of a file, or the end of the command."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        stop(f"{path}: {error.strerror or error}")
    except UnicodeDecodeError:
        stop(f"{path}: not UTF-8 text")


def read_rules(path: Path) -> Rules:
    """The rules in a file, or the end of the command."""
    try:
        return rules_from_toml(read_text(path))
    except UnusableRules as error:
        stop(f"{path}: {error.message}")


def read_plan(path: Path) -> Plan:
    """The plan in a file, or the end of the command."""
    try:
        return plan_from_toml(read_text(path))
    except UnusableRules as error:
        stop(f"{path}: {error.message}")


FIRST_ROW = 2
"""The header is row 1; blank lines are not counted."""


def read_csv(path: Path, header: tuple[str, ...]) -> Iterator[list[str]]:
    """The rows under exactly this header, each as long as it, or the end of the command."""
    row_number = 1
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = (row for row in csv.reader(file, strict=True) if row)
            if tuple(next(rows, ())) != header:
                stop(f"{path}: row 1: expected the header {','.join(header)}")
            for row_number, row in enumerate(rows, FIRST_ROW):
                if len(row) != len(header):
                    stop(
                        f"{path}: row {row_number}: expected {len(header)} fields, found {len(row)}"
                    )
                yield row
    except OSError as error:
        stop(f"{path}: {error.strerror or error}")
    except UnicodeDecodeError:
        stop(f"{path}: not UTF-8 text")
    except csv.Error as error:
        stop(f"{path}: row {row_number + 1}: {error}")


@contextmanager
def open_lines(path: str) -> Iterator[BinaryIO]:
    """The lines of a file as bytes; ``-`` is standard input."""
    if path == "-":
        if sys.stdin is None:
            stop("standard input is closed")
        yield sys.stdin.buffer
        return
    with ExitStack() as stack:
        try:
            file = stack.enter_context(Path(path).open("rb"))
        except OSError as error:
            stop(f"{path}: {error.strerror or error}")
        yield file


def json_lines() -> Callable[[dict[str, Any]], None]:
    """Writes objects to standard output, one JSON line each, in readable UTF-8.

    Half a surrogate pair in a name becomes its JSON escape again.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
    write = sys.stdout.write

    def write_line(answer: dict[str, Any]) -> None:
        write(encode(answer) + "\n")

    return write_line
