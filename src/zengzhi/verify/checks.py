"""The list of everything that is checked: one place, in the order of the run."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from django.db import models

from zengzhi.verify import (
    approvals,
    books,
    commands,
    control,
    holds,
    payments,
    pools,
    seals,
    team,
    wallet,
    withdrawals,
)
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


def _control(model: type[models.Model]) -> Check:
    """The rows of a table against their control records."""
    table = model._meta.db_table
    find = partial(control.rows_against_records, model)
    return Check(f"control records of {table}", (table,), _plain(find))


HEAD, LEG, BATCH = "ledger_transaction", "ledger_leg", "ledger_batch"
POOL, EVENT, LOT = "settlement_pool", "settlement_event", "settlement_lot"

RECORDS: tuple[Check, ...] = (
    Check("chains of sealed batches", (BATCH,), _plain(seals.chains), fast=True),
    Check("signed roots", ("ledger_root", "ledger_rolled", BATCH), _plain(seals.roots), fast=True),
    Check(
        "sums of days and months",
        ("ledger_accountday", "ledger_pursemonth", "ledger_rolled", "ledger_net"),
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
    *map(_control, control.sealed_models()),
    Check("control records themselves", ("control_record",), _plain(control.digests)),
    Check(
        "sealed control records and the tail",
        ("control_record", "control_tail", BATCH),
        _plain(seals.control_batches),
    ),
)
"""The journal, settlement and control: they hold by themselves, whoever uses them."""
APPROVAL = approvals.TABLE
ORDER, ARRIVAL, PLACE = "mall_order", "payments_arrival", "ledger_place"
TWO_PEOPLE = Check(
    "acts of two people and their approvals",
    (APPROVAL, "wallet_withdrawalterms"),
    _plain(approvals.results),
)
CAUSES: tuple[Check, ...] = (
    Check("purses of members", ("ledger_purse",), _plain(books.purses_of_members)),
    Check("kinds of entries", (HEAD,), _plain(commands.known_kinds)),
    Check("kinds of holds", (PLACE,), _plain(holds.known_kinds)),
    Check("accounts below zero", (LEG,), _plain(commands.negative_accounts), fast=True),
    Check(
        "callbacks and money that arrived",
        ("payments_callback", ARRIVAL),
        _plain(payments.callbacks),
    ),
    Check("payments and orders", (HEAD, ORDER, ARRIVAL), _plain(payments.paid_orders)),
    Check("payments started", ("payments_payment",), _plain(payments.started)),
    Check("suspense", (HEAD, ARRIVAL, PLACE), _plain(payments.suspense)),
    Check("holds of orders", (PLACE,), _plain(payments.order_holds)),
    Check("refunds", (HEAD, ORDER, EVENT, "mall_aftersale"), _plain(payments.refunds)),
    Check("paybacks", (HEAD, "payments_payback"), _plain(payments.paybacks)),
    Check("settled orders", (ORDER, EVENT), _plain(payments.settled_orders)),
    Check("rows of bonuses", ("bonuses_orderbonus", "bonuses_bonusline"), _plain(team.bonus_rows)),
    Check("bonuses and the plan", (HEAD, ORDER), _plain(team.bonus_quotes)),
    Check("bonuses and their holds", (HEAD, PLACE), _plain(team.bonus_holds)),
    Check("bonuses released", (HEAD,), _plain(team.releases)),
    Check("dividends", (HEAD, "bonuses_dividendrun"), _plain(team.dividends)),
    Check("taxable income", ("wallet_taxableincome",), _plain(team.incomes)),
    Check(
        "withdrawals, their entries and holds",
        ("wallet_withdrawal", "wallet_taxpart", HEAD, PLACE),
        _plain(withdrawals.withdrawals),
    ),
    Check(
        "entries and holds without a withdrawal",
        (HEAD, PLACE),
        _plain(withdrawals.without_withdrawal),
    ),
    Check("holds of withdrawals", (PLACE,), _plain(wallet.withdrawal_holds)),
    Check("trails of withdrawals", ("wallet_withdrawal", "wallet_step"), _plain(wallet.trails)),
    Check("taxed income", ("wallet_taxableincome",), _plain(withdrawals.taxed_income)),
    Check("persons paid", ("wallet_payeeaccount",), _plain(withdrawals.persons)),
    Check("rests moved", (HEAD,), _plain(commands.remainders)),
    Check("approvals", (APPROVAL,), _plain(approvals.approvals)),
    TWO_PEOPLE,
    Check(
        "commands and replies",
        ("intake_command", "intake_waiting", "intake_refusal", EVENT),
        _plain(commands.commands),
    ),
)
"""Who caused what: entries and the rows of the mall, payments, bonuses and wallet, both ways."""
CHECKS = (*RECORDS, *CAUSES)
OF_ONE_HAND = tuple(check for check in CHECKS if check is not TWO_PEOPLE)
"""What holds of a mall that a program has set up by itself: that of a bench, whose plan and agents
no two people have agreed on."""
