"""Replay event lines and answer each of them (spec 4.3)."""

from collections.abc import Iterable, Iterator
from typing import Any

from zengzhi.core.economy.apply import apply
from zengzhi.core.economy.digest import digest
from zengzhi.core.economy.events import check_fields, parse_event, read_json_object
from zengzhi.core.economy.pool import Economy, Outcome
from zengzhi.core.economy.rules import Rules
from zengzhi.core.errors import IdReused, Malformed, ZengzhiError
from zengzhi.core.units import format_points, format_price, format_yuan

Answer = dict[str, Any]


def state_fields(economy: Economy) -> Answer:
    """Pool, outstanding and shown price, as every answer carries them."""
    return {
        "pool": format_yuan(economy.pool_fen),
        "outstanding": format_points(economy.outstanding_units),
        "price": format_price(
            economy.pool_fen, economy.outstanding_units, economy.rules.opening_price_fen
        ),
    }


def answer_accepted(economy: Economy, event_id: str, outcome: Outcome) -> Answer:
    """The answer to an accepted event, with the state after it and its exits."""
    return {
        "id": event_id,
        "ok": True,
        "points": format_points(outcome.points_units),
        "contribution": format_yuan(outcome.contribution_fen),
        "payout": format_yuan(outcome.payout_fen),
        "from_pool": format_yuan(outcome.from_pool_fen),
        **state_fields(economy),
        "exits": [
            {
                "order": part.lot.event_id,
                "points": format_points(part.units),
                "payout": format_yuan(part.payout_fen),
            }
            for part in outcome.exits
        ],
    }


def answer_refused(economy: Economy, event_id: str | None, error: ZengzhiError) -> Answer:
    """The answer to a refused event: the code, a sentence, and the unchanged state."""
    return {
        "id": event_id,
        "ok": False,
        "error": error.code,
        "message": error.message,
        **state_fields(economy),
    }


class Replay:
    """Answers event lines one by one; the same id with the same content is answered once."""

    def __init__(self, rules: Rules) -> None:
        self.economy = Economy(rules)
        self.events = 0
        self.refused = 0
        self.malformed = 0
        self._seen: dict[str, tuple[dict[str, Any], Answer]] = {}

    def answer(self, line: str | bytes) -> Answer:
        """The answer to one non-blank line.

        Order of checks: malformed → id seen before → amount syntax → unknown member or order →
        limits and balances.
        """
        self.events += 1
        answer = self._answer(line)
        self.refused += not answer["ok"]
        return answer

    def _answer(self, line: str | bytes) -> Answer:
        fields: dict[str, Any] = {}
        try:
            fields = read_json_object(line)
            check_fields(fields)
        except Malformed as error:
            self.malformed += 1
            event_id = fields.get("id")
            known = event_id if isinstance(event_id, str) else None
            return answer_refused(self.economy, known, error)
        event_id = fields["id"]
        if event_id in self._seen:
            content, first_answer = self._seen[event_id]
            if content == fields:
                return first_answer
            return answer_refused(self.economy, event_id, IdReused(event_id))
        try:
            answer = answer_accepted(
                self.economy, event_id, apply(self.economy, parse_event(fields))
            )
        except ZengzhiError as error:
            answer = answer_refused(self.economy, event_id, error)
        self._seen[event_id] = (fields, answer)
        return answer

    def summary(self) -> Answer:
        """The summary line."""
        economy = self.economy
        return {
            "summary": True,
            "events": self.events,
            "refused": self.refused,
            **state_fields(economy),
            "epoch": economy.epoch,
            "pool_reserve": format_yuan(economy.pool_reserve_fen),
            "refund_reserve": format_yuan(economy.refund_reserve_fen),
            "put_in": format_yuan(economy.put_in_fen),
            "paid_out": format_yuan(economy.paid_out_fen),
            "converted": format_yuan(economy.converted_fen),
            "open_lots": sum(1 for lot in economy.lots if lot.remaining_units),
            "digest": digest(economy),
        }


def is_blank(line: str | bytes) -> bool:
    """Blank lines are skipped and not counted."""
    return not line.strip()


def replay_lines(lines: Iterable[str | bytes], rules: Rules) -> Iterator[Answer]:
    """One answer per non-blank line, in order, then the summary."""
    replay = Replay(rules)
    for line in lines:
        if not is_blank(line):
            yield replay.answer(line)
    yield replay.summary()
