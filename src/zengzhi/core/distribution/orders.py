"""Order lines of ``zengzhi bonuses`` (spec 4.6): strict parsing, and an answer to each."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from zengzhi.core.distribution.area_agent import agents_of
from zengzhi.core.distribution.lines import Line, paid_order
from zengzhi.core.distribution.order_bonuses import bonuses_in_forest
from zengzhi.core.distribution.plan import Plan
from zengzhi.core.distribution.upline import Forest
from zengzhi.core.distribution.why import why
from zengzhi.core.economy.events import check_once, read_json_object
from zengzhi.core.economy.rules import Split
from zengzhi.core.errors import IdReused, LimitExceeded, Malformed, UnknownMember, ZengzhiError
from zengzhi.core.units import ORDER_FEN_MAX, format_rate, format_yuan, parse_yuan

Answer = dict[str, Any]

REQUIRED = ("id", "member", "paid")
OPTIONAL = ("region", "at")
"""``at`` is only carried; without a ``region`` no area agent is paid."""


def check_order_fields(fields: Mapping[str, Any]) -> None:
    """Exactly the fields of an order, all strings, names not empty. Errors: ``malformed``."""
    check_once(fields)
    for key in REQUIRED:
        if key not in fields:
            raise Malformed(f"order: the field {key!r} is missing")
    for key, value in fields.items():
        if key not in REQUIRED and key not in OPTIONAL:
            raise Malformed(f"order: unknown field {key[:40]!r}")
        if not isinstance(value, str):
            raise Malformed(f"order: {key!r} must be a string")
        if key in ("id", "member") and not value:
            raise Malformed(f"order: {key!r} must not be empty")


def _line(line: Line) -> Answer:
    return {
        "member": line.member,
        "kind": line.kind,
        "rate": format_rate(line.rate_ppm),
        "amount": format_yuan(line.amount_fen),
        "why": why(line),
    }


class BonusAnswers:
    """Answers order lines one by one; nothing an order does changes what a later one gets.

    Order of checks: malformed → id seen before → amount syntax → unknown member → limit.
    """

    def __init__(self, plan: Plan, split: Split, forest: Forest, agents: Mapping[str, str]) -> None:
        self.malformed = 0
        self._plan, self._split = plan, split
        self._forest, self._agents = forest, agents
        self._seen: dict[str, dict[str, Any]] = {}

    def answer(self, text: str | bytes) -> Answer:
        """The answer to one non-blank line."""
        fields: dict[str, Any] = {}
        try:
            fields = read_json_object(text)
            check_order_fields(fields)
            if self._seen.setdefault(fields["id"], fields) != fields:
                raise IdReused(fields["id"])
            return self._bonuses(fields)
        except ZengzhiError as error:
            self.malformed += isinstance(error, Malformed)
            order_id = fields.get("id")
            return {
                "id": order_id if isinstance(order_id, str) else None,
                "ok": False,
                "error": error.code,
                "message": error.message,
            }

    def answers(self, lines: Iterable[str | bytes]) -> Iterator[Answer]:
        """One answer per non-blank line, in order."""
        return (self.answer(line) for line in lines if line.strip())

    def _bonuses(self, fields: Mapping[str, str]) -> Answer:
        paid_fen = parse_yuan(fields["paid"])
        if fields["member"] not in self._forest:
            raise UnknownMember(fields["member"])
        if paid_fen > ORDER_FEN_MAX:
            raise LimitExceeded("the order", "100000000 yuan")
        order = paid_order(fields["member"], paid_fen, self._split)
        agents = agents_of(fields.get("region", ""), self._agents)
        bonuses = bonuses_in_forest(order, self._forest, self._plan, agents)
        return {
            "id": fields["id"],
            "budget": format_yuan(bonuses.budget_fen),
            "lines": [_line(line) for line in bonuses.lines],
            "dividend_pool": format_yuan(bonuses.dividend_pool_fen),
            "unallocated": format_yuan(bonuses.unallocated_fen),
        }
