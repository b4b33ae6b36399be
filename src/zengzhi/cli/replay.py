"""``zengzhi replay``: answer every line of an event file, then sum up (spec 4.3)."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zengzhi.cli.files import read_lines, read_rules
from zengzhi.core.economy.replay import Replay
from zengzhi.core.economy.rules import Rules

if TYPE_CHECKING:
    from zengzhi.core.kernel.replay import KernelReplay

EXIT_MALFORMED = 3


def _engine(name: str, rules: Rules) -> "Replay | KernelReplay":
    if name == "reference":
        return Replay(rules)
    from zengzhi.core.kernel.replay import KernelReplay

    return KernelReplay(rules)


@click.command("replay")
@click.argument("events", metavar="EVENTS.jsonl")
@click.option("--rules", "rules_path", required=True, type=click.Path(path_type=Path))
@click.option("--engine", type=click.Choice(["reference", "kernel"]), default="reference")
@click.option("--summary-only", is_flag=True, help="Print the summary line only.")
def command(events: str, rules_path: Path, engine: str, summary_only: bool) -> None:
    """Replay EVENTS.jsonl ("-": standard input) under RULES.toml, one answer per line."""
    rules = read_rules(rules_path)
    lines = read_lines(events)
    replay = _engine(engine, rules)
    write = sys.stdout.write
    for answer in replay.answers(lines):
        if not summary_only:
            write(json.dumps(answer, separators=(",", ":")) + "\n")
    write(json.dumps(replay.summary(), separators=(",", ":")) + "\n")
    if replay.malformed:
        sys.exit(EXIT_MALFORMED)
