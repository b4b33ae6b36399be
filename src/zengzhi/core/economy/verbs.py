"""The verbs (动词) in one table: number, name, fields, journal entry (spec 1.3, 4.2).

Everything that must name every verb is made from this table: the fields an event may have, the
numbers in the kernel's columns and in sealed batches, the kinds of journal entries. Numbers are
sealed, so that a verb keeps its own for ever.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb; ``op`` itself and ``at`` are allowed in every event."""

    number: int
    name: str
    entry: str
    """The kind of its journal entry."""
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    opens_lot: bool = False


ORDER = Verb(1, "order", "order", ("id", "member", "paid"), ("split",), opens_lot=True)
SELL = Verb(2, "sell", "sale", ("id", "member", "points"), ("order",))
SUBSIDISE = Verb(3, "subsidise", "subsidise", ("id", "amount"))
GRANT = Verb(4, "grant", "grant", ("id", "member", "amount"), opens_lot=True)
CONVERT = Verb(5, "convert", "convert", ("id", "member", "points"))
REFUND = Verb(6, "refund", "refund", ("id", "order"), ("amount",))
EXPIRE = Verb(7, "expire", "expire", ("id", "member", "points"))
WIND_DOWN = Verb(8, "wind_down", "wind_down", ("id",))

VERBS = (ORDER, SELL, SUBSIDISE, GRANT, CONVERT, REFUND, EXPIRE, WIND_DOWN)
"""In the order of their numbers, which begin at 1."""
BY_NAME = {verb.name: verb for verb in VERBS}
OPENING = tuple(verb.number for verb in VERBS if verb.opens_lot)
"""Numbers of the verbs that open a lot."""
