"""The frozen values of a distribution, sealed with the entry that sets it aside, and the rows that
follow from them: one head, its lines. The rows are projections, the same at any time.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np

from zengzhi.records.bonuses.quote import Quote
from zengzhi.records.ledger.journal import facts_text
from zengzhi.records.store.bulk import Table, Texts, microseconds, nullable

HEADS = Table(
    "bonuses_orderbonus",
    (
        ("id", "int8"),
        ("order", "text"),
        ("pool_id", "int8"),
        ("member_id", "int8"),
        ("plan_id", "int8"),
        ("base_fen", "int8"),
        ("budget_fen", "int8"),
        ("distribution_ppm", "int8"),
        ("lines_fen", "int8"),
        ("dividend_fen", "int8"),
        ("region", "text"),
        ("upline", "text"),
        ("paid_at", "time"),
    ),
)
LINES = Table(
    "bonuses_bonusline",
    (
        ("id", "int8"),
        ("order_id", "int8"),
        ("beneficiary_id", "int8"),
        ("kind", "int2"),
        ("rate_ppm", "int8"),
        ("base_fen", "int8"),
        ("due_fen", "int8"),
        ("amount_fen", "int8"),
        ("reason", "text"),
        ("trace", "text"),
        ("paid_at", "time"),
    ),
)
LINES_MAX = 1 << 20
"""A line's id is its entry's number times this, plus its place among the lines."""
AMOUNT = 5
"""Place of the amount in a packed line."""


def facts_of(quote: Quote) -> str:
    """A quote as frozen values, canonical."""
    paid = quote.paid
    return facts_text(
        {
            "base": paid.paid_fen,
            "budget": quote.budget_fen,
            "buyer": paid.member,
            "dividend": quote.dividend_fen,
            "lines": _packed(quote),
            "plan": quote.plan_pk,
            "pool": paid.pool_pk,
            "rate": paid.split.distribution_ppm,
            "region": paid.region,
            "upline": quote.upline,
        }
    )


def _packed(quote: Quote) -> str:
    """Lines as a JSON list: member, kind, rate, base, due, amount, reason, trace."""
    rows = [
        (
            line.member,
            int(line.kind),
            line.rate_ppm,
            line.base_fen,
            line.due_fen,
            line.amount_fen,
            line.reason,
            line.trace,
        )
        for line in quote.lines
    ]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")) if rows else ""


class Sealed(NamedTuple):
    """What an entry ``bonus_pending`` says: its number, order, moment and frozen values."""

    entry: int
    order: str
    paid_at: datetime
    facts: str


class Rows(NamedTuple):
    """Rows of both tables, in the order of their columns; moments in microseconds."""

    heads: list[tuple[Any, ...]]
    lines: list[tuple[Any, ...]]


def rows_of(sealed: Iterable[Sealed]) -> Rows:
    """The rows that follow from entries."""
    heads: list[tuple[Any, ...]] = []
    lines: list[tuple[Any, ...]] = []
    for entry, order, paid_at, text in sealed:
        facts, at_us = json.loads(text), microseconds(paid_at)
        packed = json.loads(facts["lines"] or "[]")
        heads.append(
            (
                entry,
                order,
                facts["pool"],
                facts["buyer"],
                facts["plan"],
                facts["base"],
                facts["budget"],
                facts["rate"],
                sum(line[AMOUNT] for line in packed),
                facts["dividend"],
                facts["region"],
                facts["upline"],
                at_us,
            )
        )
        first = entry * LINES_MAX
        lines += [(first + place, entry, *line, at_us) for place, line in enumerate(packed)]
    return Rows(heads, lines)


def insert(rows: Rows) -> None:
    """Write rows."""
    for table, values in ((HEADS, rows.heads), (LINES, rows.lines)):
        if values:
            table.insert(_columns(table, values), len(values))


def _columns(table: Table, values: Sequence[tuple[Any, ...]]) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for (name, kind), column in zip(table.columns, zip(*values, strict=True), strict=True):
        if kind == "text":
            columns[name] = Texts(column)
        else:
            gaps = name == "plan_id" and None in column
            columns[name] = nullable(column) if gaps else np.array(column, np.int64)
    return columns
