"""The list of everything that is checked: one place, in the order of the run."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from zengzhi.verify import books, control, pools, seals
from zengzhi.verify.pools import Progress
from zengzhi.verify.problem import Problem


@dataclass(frozen=True, slots=True)
class Check:
    """One check: what it holds against what, and the tables whose rows it names."""

    name: str
    tables: tuple[str, ...]
    find: Callable[[Progress], Iterator[Problem]]
    fast: bool = False
    """Sums and chains: also with ``--fast``."""


def _plain(find: Callable[[], Iterator[Problem]]) -> Callable[[Progress], Iterator[Problem]]:
    return lambda _progress: find()


HEAD, LEG, BATCH = "ledger_transaction", "ledger_leg", "ledger_batch"
POOL, EVENT, LOT = "settlement_pool", "settlement_event", "settlement_lot"
SEALED_TABLES = tuple(model._meta.db_table for model in control.sealed_models())

RECORDS: tuple[Check, ...] = (
    Check("chains of sealed batches", (BATCH,), _plain(seals.chains), fast=True),
    Check("signed roots", ("ledger_root", "ledger_rolled"), _plain(seals.roots), fast=True),
    Check(
        "sums of days and months",
        ("ledger_accountday", "ledger_pursemonth", "ledger_rolled"),
        _plain(seals.sums),
        fast=True,
    ),
    Check("zero sum of every entry", (HEAD,), _plain(books.zero_sums), fast=True),
    Check("legs of every entry", (HEAD, LEG), _plain(books.leg_counts), fast=True),
    Check("purses", ("ledger_purse",), _plain(books.balances), fast=True),
    Check("purses that moved", ("ledger_purse",), _plain(books.purses_missing), fast=True),
    Check("pool accounts and points", (POOL,), _plain(books.pool_accounts), fast=True),
    Check("reserves", (POOL,), _plain(books.reserves), fast=True),
    Check("points of members", (LOT,), _plain(books.member_points), fast=True),
    Check(
        "sealed entries and the tail", (HEAD, LEG, "ledger_tail", "ledger_net"), _plain(seals.acts)
    ),
    Check("nets of settled batches", ("ledger_net",), _plain(seals.settled_nets)),
    Check(
        "settled batches and their rows",
        (BATCH, POOL, EVENT, LOT, "settlement_lotmovement", HEAD, LEG),
        pools.settled,
    ),
    Check("rows outside every pool", (EVENT, LOT, HEAD, LEG), _plain(pools.strays)),
    Check("origin of lots", (LOT,), _plain(books.lot_origins)),
    Check("control records against rows", SEALED_TABLES, _plain(control.rows_against_records)),
    Check("control records themselves", ("control_record",), _plain(control.digests)),
    Check(
        "sealed control records and the tail",
        ("control_record", "control_tail", BATCH),
        _plain(seals.control_batches),
    ),
)
"""The journal, settlement and control: they hold by themselves, whoever uses them."""
CAUSES: tuple[Check, ...] = (
    Check("purses of members", ("ledger_purse",), _plain(books.purses_of_members)),
)
"""Who caused what: entries and the rows of the mall, payments, bonuses and wallet, both ways."""
CHECKS = (*RECORDS, *CAUSES)
