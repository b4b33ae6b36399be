"""``zengzhi bench``: each figure with its baseline in the same run (spec 4.8, 5.4)."""

import click

from zengzhi.bench.bonuses import bonuses
from zengzhi.bench.kernel import kernel
from zengzhi.bench.settle import settle


@click.group("bench")
def command() -> None:
    """Measure, always against a baseline in the same process."""


command.add_command(bonuses)
command.add_command(kernel)
command.add_command(settle)
