"""``zengzhi dividend``: pay a dividend pool by weight, to the last fen (spec 4.9)."""

import re
from pathlib import Path

import click

from zengzhi.cli.files import json_lines, read_csv, stop
from zengzhi.core.distribution.dividend import pay_dividend
from zengzhi.core.errors import InvalidAmount, UnusableRules
from zengzhi.core.textfiles import FIRST_ROW
from zengzhi.core.units import format_yuan, parse_yuan

AMOUNT_LIMIT_FEN = 10**32
_WEIGHT = re.compile(r"([0-9]{1,40})(?:\.([0-9]{1,8}))?", re.ASCII)


def read_weights(path: Path) -> dict[str, int]:
    """Member → weight in units of 10⁻⁸, in file order, or the end of the command."""
    weights: dict[str, int] = {}
    for row, (member, text) in enumerate(read_csv(path, ("member", "weight")), FIRST_ROW):
        match = _WEIGHT.fullmatch(text)
        if not member or member in weights:
            stop(f"{path}: row {row}: member = {member!r}: expected a name, each once")
        if match is None:
            stop(f"{path}: row {row}: weight = {text[:40]!r}: expected a number such as 10 or 2.5")
        weights[member] = int(match[1] + (match[2] or "").ljust(8, "0"))
    return weights


@click.command("dividend", context_settings={"ignore_unknown_options": True})
@click.argument("amount")
@click.option("--weights", "weights_path", required=True, type=click.Path(path_type=Path))
def command(amount: str, weights_path: Path) -> None:
    """Share AMOUNT (yuan) by the weights of a CSV file (member,weight): one line per row.

    Largest remainder, ties to the earlier row: the parts sum exactly to AMOUNT.
    """
    try:
        amount_fen = parse_yuan(amount)
    except InvalidAmount as error:
        stop(error.message)
    if amount_fen >= AMOUNT_LIMIT_FEN:
        stop(f"{amount[:20]}… is too large: expected less than 10^30 yuan")
    weights = read_weights(weights_path)
    try:
        parts = pay_dividend(amount_fen, list(weights.values()))
    except UnusableRules as error:
        stop(f"{weights_path}: {error.message}")
    write_line = json_lines()
    for member, part_fen in zip(weights, parts, strict=True):
        write_line({"member": member, "amount": format_yuan(part_fen)})
