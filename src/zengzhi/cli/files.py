"""Files that commands read, as ``core.textfiles`` says.

An unusable one ends the command with one line and exit status 2.
"""

import io
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from zengzhi.core import textfiles
from zengzhi.core.distribution.plan import Plan, plan_from_toml
from zengzhi.core.economy.rules import Rules, rules_from_toml
from zengzhi.core.errors import UnusableRules

EXIT_UNUSABLE = 2


def stop(*messages: str) -> NoReturn:
    """One line each on standard error, nothing on standard output, exit status 2."""
    for message in messages:
        one_line = " ".join(message.split())
        sys.stderr.write(f"zengzhi: {one_line}\n")
    sys.exit(EXIT_UNUSABLE)


def read_bytes(path: Path | str) -> bytes:
    """The bytes of a file, ``-`` being standard input, or the end of the command."""
    if str(path) == "-":
        if sys.stdin is None:
            stop("standard input is closed")
        return sys.stdin.buffer.read()
    try:
        return Path(path).read_bytes()
    except OSError as error:
        stop(f"{path}: {error.strerror or error}")


@contextmanager
def usable(path: Path | str) -> Iterator[None]:
    """A file that cannot be used ends the command, its name in front of what is wrong."""
    try:
        yield
    except UnusableRules as error:
        stop(f"{path}: {error.message}")


def read_text(path: Path) -> str:
    """The text of a file, or the end of the command."""
    with usable(path):
        return textfiles.decode(read_bytes(path))


def read_lines(path: str) -> list[str]:
    """The lines of a JSON Lines file, or the end of the command before the first one is used."""
    with usable(path):
        return textfiles.json_lines(read_bytes(path))


def read_rules(path: Path) -> Rules:
    """The rules in a file, or the end of the command."""
    with usable(path):
        return rules_from_toml(read_text(path))


def read_plan(path: Path) -> Plan:
    """The plan in a file, or the end of the command."""
    with usable(path):
        return plan_from_toml(read_text(path))


def read_csv(
    path: Path, header: tuple[str, ...], optional: tuple[str, ...] = ()
) -> Iterator[list[str]]:
    """The rows under this header, each as long as it, or the end of the command."""
    with usable(path):
        yield from textfiles.csv_rows(read_bytes(path), header, optional)


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
