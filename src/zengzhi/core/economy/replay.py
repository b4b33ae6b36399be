"""Replay event lines and answer each of them (spec 4.3)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

from zengzhi.core.economy.apply import apply
from zengzhi.core.economy.digest import digest
from zengzhi.core.economy.events import (
    Event,
    check_fields,
    parse_event,
    read_json_object,
    trim_names,
)
from zengzhi.core.economy.pool import Economy
from zengzhi.core.economy.rules import Rules
from zengzhi.core.errors import IdReused, Malformed, ZengzhiError
from zengzhi.core.units import format_points, format_price, format_yuan

Answer = dict[str, Any]

SUMMARY_NUMBERS = (
    "epoch",
    "pool_reserve_fen",
    "refund_reserve_fen",
    "put_in_fen",
    "paid_out_fen",
    "converted_fen",
)


def state_fields(
    pool_fen: int, outstanding_units: int, opening_price_fen: int | Fraction
) -> Answer:
    """Pool, outstanding and shown price, as every answer carries them."""
    return {
        "pool": format_yuan(pool_fen),
        "outstanding": format_points(outstanding_units),
        "price": format_price(pool_fen, outstanding_units, opening_price_fen),
    }


def answer_accepted(
    event_id: str,
    moved: tuple[int, int, int, int],
    state: Answer,
    exits: Iterable[tuple[str, int, int]],
) -> Answer:
    """The answer to an accepted event: points, contribution, payout and money from the pool; the
    state after it; its exits as (order, units, payout)."""
    points_units, contribution_fen, payout_fen, from_pool_fen = moved
    return {
        "id": event_id,
        "ok": True,
        "points": format_points(points_units),
        "contribution": format_yuan(contribution_fen),
        "payout": format_yuan(payout_fen),
        "from_pool": format_yuan(from_pool_fen),
        **state,
        "exits": [
            {"order": order, "points": format_points(units), "payout": format_yuan(fen)}
            for order, units, fen in exits
        ],
    }


def answer_refused(event_id: str | None, error: ZengzhiError, state: Answer) -> Answer:
    """The answer to a refused event: the code, a sentence, and the unchanged state."""
    return {
        "id": event_id,
        "ok": False,
        "error": error.code,
        "message": error.message,
        **state,
    }


@dataclass(slots=True)
class Line:
    """A line as read: its id, and an event for the engine or the error that refuses it."""

    event_id: str | None
    event: Event | None = None
    error: ZengzhiError | None = None
    answer: Answer | None = None


class Reader:
    """Reads lines; the same id with the same content is the same :class:`Line` again.

    Order of checks: malformed → id seen before → amount syntax; the engine goes on with unknown
    member or order → limits and balances.
    """

    def __init__(self) -> None:
        self.events = 0
        self.malformed = 0
        self._seen: dict[str, tuple[dict[str, Any], Line]] = {}

    def read(self, text: str | bytes) -> Line:
        """The line behind one non-blank line of text."""
        self.events += 1
        fields: dict[str, Any] = {}
        try:
            fields = read_json_object(text)
            trim_names(fields)
            check_fields(fields)
        except Malformed as error:
            self.malformed += 1
            event_id = fields.get("id")
            return Line(event_id if isinstance(event_id, str) else None, error=error)
        event_id = fields["id"]
        if event_id in self._seen:
            content, first = self._seen[event_id]
            return first if content == fields else Line(event_id, error=IdReused(event_id))
        try:
            line = Line(event_id, parse_event(fields))
        except ZengzhiError as error:
            line = Line(event_id, error=error)
        self._seen[event_id] = (fields, line)
        return line


def summary(
    reader: Reader, refused: int, state: Answer, numbers: Mapping[str, int], lots: tuple[int, str]
) -> Answer:
    """The summary line; ``numbers`` by their names in the state, ``lots``: open ones, digest."""
    return {
        "summary": True,
        "events": reader.events,
        "refused": refused,
        **state,
        "epoch": numbers["epoch"],
        "pool_reserve": format_yuan(numbers["pool_reserve_fen"]),
        "refund_reserve": format_yuan(numbers["refund_reserve_fen"]),
        "put_in": format_yuan(numbers["put_in_fen"]),
        "paid_out": format_yuan(numbers["paid_out_fen"]),
        "converted": format_yuan(numbers["converted_fen"]),
        "open_lots": lots[0],
        "digest": lots[1],
    }


class Replay:
    """Answers event lines one by one with the reference."""

    def __init__(self, rules: Rules) -> None:
        self.economy = Economy(rules)
        self.reader = Reader()
        self.refused = 0

    @property
    def events(self) -> int:
        """Non-blank lines so far."""
        return self.reader.events

    @property
    def malformed(self) -> int:
        """Malformed lines so far."""
        return self.reader.malformed

    def answer(self, text: str | bytes) -> Answer:
        """The answer to one non-blank line."""
        line = self.reader.read(text)
        if line.answer is None:
            line.answer = self._answer(line)
        self.refused += not line.answer["ok"]
        return line.answer

    def answers(self, lines: Iterable[str | bytes]) -> Iterator[Answer]:
        """One answer per non-blank line, in order."""
        return (self.answer(line) for line in lines if not is_blank(line))

    def _state(self) -> Answer:
        economy = self.economy
        opening_price_fen = economy.rules.opening_price_fen
        return state_fields(economy.pool_fen, economy.outstanding_units, opening_price_fen)

    def _answer(self, line: Line) -> Answer:
        if line.event is None:
            assert line.error is not None  # noqa: S101  (a line has an event or an error)
            return answer_refused(line.event_id, line.error, self._state())
        try:
            outcome = apply(self.economy, line.event)
        except ZengzhiError as error:
            return answer_refused(line.event.id, error, self._state())
        return answer_accepted(
            line.event.id,
            (
                outcome.points_units,
                outcome.contribution_fen,
                outcome.payout_fen,
                outcome.from_pool_fen,
            ),
            self._state(),
            [(part.lot.event_id, part.units, part.payout_fen) for part in outcome.exits],
        )

    def summary(self) -> Answer:
        """The summary line."""
        economy = self.economy
        open_lots = sum(1 for lot in economy.lots if lot.remaining_units)
        numbers = {name: getattr(economy, name) for name in SUMMARY_NUMBERS}
        lots = (open_lots, digest(economy))
        return summary(self.reader, self.refused, self._state(), numbers, lots)


def is_blank(line: str | bytes) -> bool:
    """Blank lines are skipped and not counted."""
    return not line.strip()


class LineEngine(Protocol):
    """What answers lines: :class:`Replay`, or the kernel's in ``core/kernel/replay.py``."""

    def answers(self, lines: Iterable[str | bytes]) -> Iterator[Answer]:
        """One answer per non-blank line, in order."""

    def summary(self) -> Answer:
        """The summary line."""


def replay_lines(
    lines: Iterable[str | bytes], rules: Rules, engine: Callable[[Rules], LineEngine] = Replay
) -> Iterator[Answer]:
    """One answer per non-blank line, in order, then the summary."""
    replay = engine(rules)
    yield from replay.answers(lines)
    yield replay.summary()
