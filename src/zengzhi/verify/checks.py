"""The list of everything that is checked: one place, in the order of the run."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from zengzhi.verify import books, control, seals
from zengzhi.verify.problem import Problem


@dataclass(frozen=True, slots=True)
class Check:
    """One check: what it holds against what, and the tables whose rows it names."""

    name: str
    tables: tuple[str, ...]
    find: Callable[[], Iterator[Problem]]
    fast: bool = False
    """Sums and chains: also with ``--fast``."""


CHECKS: tuple[Check, ...] = (
    Check("chains of sealed batches", ("ledger_batch",), seals.chains, fast=True),
    Check("signed roots", ("ledger_root", "ledger_rolled"), seals.roots, fast=True),
    Check(
        "sealed entries and the tail",
        ("ledger_transaction", "ledger_leg", "ledger_tail", "ledger_net"),
        seals.acts,
    ),
)
