"""The registry of acts that need a second person: one row each, added by the room that does it.

An act says who may ask and who may approve (rights), what a thing is now and what it would be
(``compare``), how it is done once approved (``execute``, in the approving transaction), and which
rows are its results (``results``), so that verify can name a result that nobody approved.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zengzhi.records.control.models import Approval

Values = Mapping[str, Any]
"""What JSON can say: names end in their unit, as everywhere."""


@dataclass(frozen=True, slots=True)
class Result:
    """A row that an approval must have made."""

    table: str
    key: str
    at: datetime | None
    """When the row says it was done; ``None`` where it says nothing of it."""
    after: Values | None = None
    """What the row says now, by the names of the act's ``after``; ``None`` where it moved on."""
    founding: bool = False
    """Of the installation's beginning: allowed without an approval."""

    @property
    def name(self) -> str:
        """As :attr:`Approval.result` names it."""
        return f"{self.table}:{self.key}"


def _nobody(_approval: "Approval") -> Iterable[int]:
    return ()


def _nothing_more(_approval: "Approval") -> None:
    return None


@dataclass(frozen=True, slots=True)
class Approvable:
    """An act of a second person."""

    name: str
    title: Any
    """In the reader's language."""
    may_ask: str
    """The right to ask for it."""
    may_approve: str
    """The right to approve it."""
    compare: Callable[[str, Values], tuple[Values, Values]]
    """(subject, what is wanted) → what it is now, what it would be. Refusals are raised."""
    execute: Callable[["Approval"], str]
    """Do it; the name of the row it made or changed (``table:key``)."""
    results: Callable[[], Iterable[Result]]
    """Every row that needs an approval of this act."""
    then: Callable[["Approval"], None] = _nothing_more
    """What follows after the transaction."""
    refused: Callable[["Approval"], None] = _nothing_more
    """What follows, in its transaction, when it is refused or withdrawn."""
    touches: Callable[["Approval"], Iterable[int]] | None = _nobody
    """The members it touches, by key; ``None``: all of them."""
    labels: Mapping[str, Any] = field(default_factory=dict)
    """Names of values in the reader's language."""
    words: Callable[[str], str] | None = None
    """A subject in words; ``None``: the title says it all."""


_registered: dict[str, Approvable] = {}


def register(act: Approvable) -> None:
    """Add an act; its name is unique."""
    if act.name in _registered:
        raise ValueError(f"the act {act.name} is registered already")
    _registered[act.name] = act


def act_of(name: str) -> Approvable:
    """The act of a name."""
    return _registered[name]


def all_acts() -> list[Approvable]:
    """Every act, by name."""
    return [_registered[name] for name in sorted(_registered)]
