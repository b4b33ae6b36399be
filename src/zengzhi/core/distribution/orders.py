"""Order lines of ``zengzhi bonuses`` (spec 4.6): strict parsing, and an answer to each."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, tzinfo
from typing import Any

from zengzhi.core.distribution.area_agent import agents_at
from zengzhi.core.distribution.lines import Line, TeamSales, no_sales, paid_order
from zengzhi.core.distribution.order_bonuses import bonuses_in_forest
from zengzhi.core.distribution.plan import Plan
from zengzhi.core.distribution.team_sales import Month, TeamBook
from zengzhi.core.distribution.upline import Forest
from zengzhi.core.distribution.why import why
from zengzhi.core.economy.events import check_once, read_json_object
from zengzhi.core.economy.rules import Split
from zengzhi.core.errors import IdReused, LimitExceeded, Malformed, UnknownMember, ZengzhiError
from zengzhi.core.moments import parse_moment
from zengzhi.core.regions import read_region
from zengzhi.core.units import ORDER_FEN_MAX, format_rate, format_yuan, parse_yuan

Answer = dict[str, Any]

REQUIRED = ("id", "member", "paid")
OPTIONAL = ("region", "at", "paid_at")
"""``at`` is only carried; without a ``region`` no area agent is paid; ``paid_at`` is ISO 8601."""
TRIMMED = ("member", "region")
"""Blanks around these are cut before anything else is looked at."""


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


def trimmed(fields: dict[str, Any]) -> dict[str, Any]:
    """An order without the blanks around its names and its region's code."""
    for key in TRIMMED:
        if isinstance(fields.get(key), str):
            fields[key] = fields[key].strip()
    return fields


def _line(line: Line) -> Answer:
    return {
        "member": line.member,
        "kind": line.kind,
        "rate": format_rate(line.rate_ppm),
        "amount": format_yuan(line.amount_fen),
        "why": why(line),
    }


class BonusAnswers:
    """Answers order lines one by one. What an earlier order did to a later one: it counts to the
    team sales of its month. ``known_fen``: team sales from elsewhere, added to every month.

    Order of checks: malformed → id seen before → amount syntax → unknown member → limit. An order
    that comes again is answered word for word as before, and counts once.
    """

    def __init__(
        self,
        plan: Plan,
        split: Split,
        forest: Forest,
        agents: Mapping[str, str],
        known_fen: Mapping[str, int] | None = None,
        zone: tzinfo = UTC,
    ) -> None:
        self.malformed = 0
        self._plan, self._split = plan, split
        self._forest, self._agents = forest, agents
        self._zone = zone
        self._seen: dict[str, dict[str, Any]] = {}
        self._first: dict[str, Answer] = {}
        """The answers, kept where another one would be given now: with a target."""
        target_fen = plan.peer.target_fen if plan.peer and plan.ranks else 0
        self._book = TeamBook(forest, known_fen or {}) if target_fen else None

    def answer(self, text: str | bytes) -> Answer:
        """The answer to one non-blank line."""
        fields: dict[str, Any] = {}
        try:
            fields = trimmed(read_json_object(text))
            check_order_fields(fields)
            month = self._month(fields)
            if self._seen.setdefault(fields["id"], fields) != fields:
                raise IdReused(fields["id"])
            return self._first.get(fields["id"]) or self._bonuses(fields, month)
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

    def _month(self, fields: Mapping[str, str]) -> Month:
        if "paid_at" not in fields:
            return None
        moment = parse_moment(fields["paid_at"], self._zone)
        return moment.year, moment.month

    def _sales(self, month: Month) -> TeamSales:
        book = self._book
        return no_sales if book is None else lambda member: book.sales_fen(str(member), month)

    def _bonuses(self, fields: Mapping[str, str], month: Month) -> Answer:
        paid_fen = parse_yuan(fields["paid"])
        if fields["member"] not in self._forest:
            raise UnknownMember(fields["member"])
        if paid_fen > ORDER_FEN_MAX:
            raise LimitExceeded("the order", "100000000 yuan")
        order = paid_order(fields["member"], paid_fen, self._split)
        region = read_region(fields.get("region", ""))
        agents = agents_at(region.place, self._agents)
        sales = self._sales(month)
        bonuses = bonuses_in_forest(order, self._forest, self._plan, agents, sales)
        answer: Answer = {
            "id": fields["id"],
            "budget": format_yuan(bonuses.budget_fen),
            "lines": [_line(line) for line in bonuses.lines],
            "dividend_pool": format_yuan(bonuses.dividend_pool_fen),
            "unallocated": format_yuan(bonuses.unallocated_fen),
        }
        if region.warnings:
            answer["warnings"] = list(region.warnings)
        if self._book is not None:
            self._book.add(fields["member"], paid_fen, month)
            self._first[fields["id"]] = answer
        return answer
