"""Single acts of the journal, as the checks of causes read them."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from zengzhi.records.ledger.chart import Kind, Unit
from zengzhi.records.ledger.journal import facts_text
from zengzhi.records.ledger.models import SETTLED_FROM, Leg, Transaction
from zengzhi.verify.problem import Problem
from zengzhi.verify.reading import rows_of

HEAD, LEG = Transaction._meta.db_table, Leg._meta.db_table
CHUNK = 1_000
NAMES = ("id", "kind", "reference", "step", "happened_at", "version", "corrects", "facts")


@dataclass(frozen=True, slots=True)
class Act:
    """An entry and its money by account."""

    id: int
    kind: str
    reference: str
    step: int
    happened_at: datetime
    version: str
    corrects: int | None
    facts: str
    money: dict[tuple[int, int], int] = field(default_factory=dict)

    def fen(self, kind: Kind, owner: int = 0) -> int:
        """What it gave to an account."""
        return self.money.get((int(kind), owner), 0)

    def by_owner(self, *kinds: Kind) -> dict[int, int]:
        """Owner → what it gave to their accounts of these kinds together."""
        found: dict[int, int] = {}
        for (kind, owner), fen in self.money.items():
            if kind in kinds:
                found[owner] = found.get(owner, 0) + fen
        return {owner: fen for owner, fen in found.items() if fen}

    def wrong(self, field_name: str, message: str) -> Problem:
        """The entry says what its cause does not."""
        return Problem(HEAD, str(self.id), field_name, f"{self.kind} {self.reference}: {message}")


def acts_of(*kinds: str) -> Iterator[Act]:
    """The single acts of these kinds, in the order of their numbers."""
    heads = Transaction.objects.filter(kind__in=kinds, pk__lt=SETTLED_FROM).order_by("pk")
    ids = list(heads.values_list("pk", flat=True))
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        found = {
            row[0]: Act(*row)
            for row in rows_of(Transaction.objects.filter(pk__in=part).order_by("pk"), NAMES)
        }
        legs = Leg.objects.filter(transaction_id__in=part, unit=Unit.CNY)
        for entry, kind, owner, fen in legs.values_list(
            "transaction_id", "kind", "owner", "amount"
        ):
            if entry in found:
                money = found[entry].money
                money[kind, owner] = money.get((kind, owner), 0) + fen
        yield from found.values()


def compare_money(act: Act, wanted: dict[tuple[int, int], int]) -> Iterator[Problem]:
    """The money of an act is what its cause says."""
    wanted = {place: fen for place, fen in wanted.items() if fen}
    found = {place: fen for place, fen in act.money.items() if fen}
    for kind, owner in sorted(found.keys() | wanted.keys()):
        have, want = found.get((kind, owner), 0), wanted.get((kind, owner), 0)
        if have != want:
            name = f"{Kind(kind).name.lower()}:{owner}"
            yield act.wrong("", f"{name} has {have}, its cause says {want}")


def read_facts(act: Act) -> dict[str, Any]:
    """What an act froze; nothing where it cannot be read."""
    try:
        found = json.loads(act.facts)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def compare_facts(act: Act, **wanted: str | int | None) -> Iterator[Problem]:
    """What an act froze of its cause is what the cause says."""
    text = facts_text(wanted)
    if act.facts != text:
        yield act.wrong("facts", f"froze {act.facts or 'nothing'}, its cause says {text}")


def money(*legs: tuple[Kind, int, int]) -> dict[tuple[int, int], int]:
    """Legs (kind, owner, fen) as a cause says them."""
    found: dict[tuple[int, int], int] = {}
    for kind, owner, fen in legs:
        found[int(kind), owner] = found.get((int(kind), owner), 0) + fen
    return found


def by_reference(acts: Iterable[Act]) -> dict[str, list[Act]]:
    """Acts by their reference, in the order given."""
    found: dict[str, list[Act]] = {}
    for act in acts:
        found.setdefault(act.reference, []).append(act)
    return found
