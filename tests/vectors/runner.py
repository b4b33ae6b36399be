"""Runs JSON vectors: files in, a command, its answers out. Any language can do the same.

A vector file is ``{"title": …, "cases": [case, …]}``. A case has ``files`` (name → lines; a line is
text, or an object that is one line of JSON), ``command`` (the arguments of ``zengzhi``, file names
as in ``files``), the ``exit`` status, ``expected`` (the JSON lines on standard output; fields named
in ``ignore`` are for people and not compared) and, where it is 2, a part of the one line on
standard error. Every folder next to this file is run.
"""

import json
from pathlib import Path

from click.testing import CliRunner

from zengzhi.cli.main import main

FOLDER = Path(__file__).parent


def load():
    """Every (path, case) of every folder."""
    for path in sorted(FOLDER.glob("*/*.json")):
        for case in json.loads(path.read_text(encoding="utf-8"))["cases"]:
            yield path, case


def without(value, ignored):
    if isinstance(value, dict):
        return {key: without(part, ignored) for key, part in value.items() if key not in ignored}
    return [without(part, ignored) for part in value] if isinstance(value, list) else value


def write_files(folder, files):
    for name, lines in files.items():
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        (folder / name).write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")


def run(folder, case):
    """The result of the command of a case, run in a folder with its files."""
    write_files(folder, case["files"])
    arguments = [
        str(folder / text) if text.endswith((".csv", ".toml", ".jsonl")) else text
        for text in case["command"]
    ]
    return CliRunner().invoke(main, arguments)


def check(folder, case):
    """Assert that the answers, the exit status and the error are those of the case."""
    result = run(folder, case)
    ignored = set(case.get("ignore", ()))
    answers = [without(json.loads(line), ignored) for line in result.stdout.splitlines()]
    assert answers == case["expected"]
    assert result.exit_code == case["exit"], result.stderr
    if case["exit"] == 2:
        assert result.stderr.count("\n") == 1
        assert case["stderr"] in result.stderr
