"""Event lines through the kernel, chunk by chunk; the answers are the reference's."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import numpy as np

from zengzhi.core.economy.events import Event
from zengzhi.core.economy.replay import (
    Answer,
    Line,
    Reader,
    answer_accepted,
    answer_refused,
    is_blank,
    state_fields,
    summary,
)
from zengzhi.core.economy.rules import Rules
from zengzhi.core.errors import ZengzhiError
from zengzhi.core.kernel.columns import BatchResult
from zengzhi.core.kernel.economy import KernelEconomy
from zengzhi.core.kernel.encode import Encoder
from zengzhi.core.kernel.refusals import refusal

CHUNK_LINES = 8192


def error_of(event: Event, number: int, detail: int) -> ZengzhiError:
    """The refusal of an event: the amount as it was written, of any length."""
    amount = getattr(event, "units", None) or getattr(event, "amount_fen", None) or 0
    member, order = getattr(event, "member", ""), getattr(event, "order", None)
    return refusal(number, detail, amount, member, order or "")


class KernelReplay:
    """Answers event lines chunk by chunk with the kernel."""

    def __init__(self, rules: Rules) -> None:
        self.economy = KernelEconomy(rules)
        self.reader = Reader()
        self.refused = 0
        self._names = Encoder()

    @property
    def malformed(self) -> int:
        """Malformed lines so far."""
        return self.reader.malformed

    def answers(self, lines: Iterable[str | bytes]) -> Iterator[Answer]:
        """One answer per non-blank line, in order."""
        texts = iter(line for line in lines if not is_blank(line))
        while chunk := list(islice(texts, CHUNK_LINES)):
            for answer in self._chunk([self.reader.read(text) for text in chunk]):
                self.refused += not answer["ok"]
                yield answer

    def _state(self, pool_fen: int, outstanding_units: int) -> Answer:
        opening_price_fen = self.economy.rules.opening_price_fen
        return state_fields(pool_fen, outstanding_units, opening_price_fen)

    def _chunk(self, lines: list[Line]) -> list[Answer]:
        """Apply the chunk's new events as one batch, then answer its lines in order."""
        before = self.economy.numbers
        state = self._state(before["pool_fen"], before["outstanding_units"])
        new: dict[int, Event] = {}
        for line in lines:
            if line.event is not None and line.answer is None:
                new.setdefault(id(line), line.event)
        events = list(new.values())
        result = self.economy.apply_batch(self._names.columns(events))
        self._names.note(events, result)
        answered = self._answered(events, result)
        answers = []
        for line in lines:
            if line.answer is None:
                if line.event is None:
                    assert line.error is not None  # noqa: S101  (an event or an error)
                    line.answer = answer_refused(line.event_id, line.error, state)
                else:
                    line.answer, state = next(answered)
            answers.append(line.answer)
        return answers

    def _answered(
        self, events: list[Event], result: BatchResult
    ) -> Iterator[tuple[Answer, Answer]]:
        """Answer and state after it of each event of a batch."""
        exits: dict[int, list[tuple[str, int, int]]] = defaultdict(list)
        for event, lot, units, payout in result.exits.tolist():
            exits[event].append((self._names.lot_ids[lot], units, payout))
        moves = ("points", "contribution", "payout", "from_pool")
        names = ("error", "detail", *moves, "pool", "outstanding")
        columns: list[list[Any]] = [getattr(result, name).tolist() for name in names]
        for row, event in enumerate(events):
            error, detail, *moved, pool, outstanding = (column[row] for column in columns)
            state = self._state(pool, outstanding)
            if error:
                yield answer_refused(event.id, error_of(event, error, detail), state), state
            else:
                points, contribution, payout, from_pool = moved
                numbers = (points, contribution, payout, from_pool)
                yield answer_accepted(event.id, numbers, state, exits[row]), state

    def summary(self) -> Answer:
        """The summary line."""
        economy, names = self.economy, self._names
        numbers = economy.numbers
        state = self._state(numbers["pool_fen"], numbers["outstanding_units"])
        open_lots = int(np.count_nonzero(economy.lots()["remaining"]))
        digest = economy.digest(names.lot_ids, names.members)
        return summary(self.reader, self.refused, state, numbers, (open_lots, digest))
