"""Files that commands read: unusable ones end the command with one line and exit status 2."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, NoReturn

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


@contextmanager
def open_lines(path: str) -> Iterator[BinaryIO]:
    """The lines of a file as bytes; ``-`` is standard input."""
    if path == "-":
        yield sys.stdin.buffer
        return
    with ExitStack() as stack:
        try:
            file = stack.enter_context(Path(path).open("rb"))
        except OSError as error:
            stop(f"{path}: {error.strerror or error}")
        yield file
