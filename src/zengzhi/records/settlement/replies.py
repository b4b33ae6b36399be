"""What settled events answer: as stored, made only when looked at."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import overload

from zengzhi.core.errors import IdReused
from zengzhi.records.settlement import models
from zengzhi.records.settlement.incoming import Content
from zengzhi.records.settlement.rows import Rows


@dataclass(frozen=True, slots=True)
class Reply:
    """What an event did, as stored; asked again, the same."""

    event_id: str
    sequence: int
    error: str
    message: str
    points_units: int
    contribution_fen: int
    payout_fen: int
    from_pool_fen: int
    exits: int
    pool_fen: int
    outstanding_units: int

    @property
    def ok(self) -> bool:
        """Whether the event was accepted."""
        return not self.error

    def reused(self) -> "Reply":
        """The answer to the same id with other content; nothing of it is stored."""
        refusal = IdReused(self.event_id)
        return replace(self, error=refusal.code, message=refusal.message)


NUMBERS = (
    "points_units",
    "contribution_fen",
    "payout_fen",
    "from_pool_fen",
    "exits",
    "pool_fen",
    "outstanding_units",
)


def stored_reply(row: models.Event) -> Reply:
    """The answer of an event that was settled before."""
    numbers = (getattr(row, name) for name in NUMBERS)
    return Reply(row.event_id, row.sequence, row.error, row.message, *numbers)


def stored_content(row: models.Event) -> Content:
    """What a stored event said."""
    return row.op, row.member_id or 0, row.amount, row.target, row.split, row.parties


def reply_of(rows: Rows, row: int) -> Reply:
    """The answer of one event of a batch."""
    events = rows.events
    texts = []
    for name in ("event_id", "error", "message"):
        column = events[name]
        texts.append(column if isinstance(column, str) else column.at(row))
    numbers = (int(events[name][row]) for name in NUMBERS)
    return Reply(texts[0], int(events["sequence"][row]), texts[1], texts[2], *numbers)


class Replies(Sequence[Reply]):
    """The answers of a batch, each made when it is looked at."""

    def __init__(self, rows: Rows | None, answers: Sequence[Reply | int]) -> None:
        """``answers``: an earlier reply, or the row of this batch."""
        self._rows = rows
        self._answers = answers

    def __len__(self) -> int:
        return len(self._answers)

    @overload
    def __getitem__(self, place: int) -> Reply: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Reply]: ...
    def __getitem__(self, place: int | slice) -> Reply | Sequence[Reply]:
        """The answer to one event, or to some."""
        if isinstance(place, slice):
            return Replies(self._rows, self._answers[place])
        answer = self._answers[place]
        if isinstance(answer, Reply):
            return answer
        assert self._rows is not None  # noqa: S101
        return reply_of(self._rows, answer)

    def __iter__(self) -> Iterator[Reply]:
        return (self[place] for place in range(len(self)))

    def __eq__(self, other: object) -> bool:
        """Equal to any sequence of the same answers."""
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    @property
    def errors(self) -> list[str]:
        """The code of each answer, "" where the event was accepted."""
        if self._rows is not None and isinstance(self._answers, range):
            column = self._rows.events["error"]
            return [column] * len(self) if isinstance(column, str) else column.strings()
        return [reply.error for reply in self]
