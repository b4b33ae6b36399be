"""业绩目标: what a member's team has paid in the month before an order, asked of few members only.

The team is everybody below, as sponsorship stood when the order was paid; the month is the mall's.
An order counts for those paid after it: by its moment, then by its number.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection

from zengzhi.core.distribution.plan import Plan
from zengzhi.core.units import Fen
from zengzhi.records.store import clock

if TYPE_CHECKING:
    from zengzhi.records.bonuses.quote import Paid

_THEN = "s.since <= %s AND (s.until IS NULL OR s.until > %s)"
_BELOW = (
    "WITH RECURSIVE team(member) AS ("  # noqa: S608 (own names)
    f"SELECT s.member_id FROM members_sponsorship AS s WHERE s.sponsor_id = %s AND {_THEN} "
    "UNION ALL SELECT s.member_id FROM team "
    f"JOIN members_sponsorship AS s ON s.sponsor_id = team.member WHERE {_THEN}) "
    'SELECT b."order", b.base_fen FROM team '
    "JOIN bonuses_orderbonus AS b ON b.member_id = team.member "
    'WHERE b.paid_at >= %s AND (b.paid_at < %s OR (b.paid_at = %s AND b."order" < %s))'
)


class MonthSales:
    """The team sales that an order finds: a sum per member who is asked about.

    ``together`` are the orders quoted with it, which may not be stored yet; ``upline`` gives who
    stood above a member at a moment.
    """

    def __init__(
        self,
        order: "Paid",
        plan: Plan,
        together: Sequence["Paid"],
        upline: Callable[[int, datetime], Iterator[tuple[int, str]]],
    ) -> None:
        self._order = order
        self._target_fen = plan.peer.target_fen if plan.peer else 0
        self._together = together
        self._upline = upline
        self._sums: dict[int, Fen] = {}

    def __call__(self, member: object) -> Fen:
        """What everybody below the member paid in the month, this order not counted, in fen."""
        key = int(str(member))
        if key not in self._sums:
            self._sums[key] = Fen(self._stored_fen(key) + self._together_fen(key))
        return self._sums[key]

    @property
    def missed(self) -> frozenset[int]:
        """Those asked about who had not reached the target."""
        return frozenset(key for key, fen in self._sums.items() if fen < self._target_fen)

    @property
    def _since(self) -> datetime:
        return clock.midnight(clock.day_of(self._order.paid_at).replace(day=1))

    def _stored_fen(self, member: int) -> int:
        at = connection.ops.adapt_datetimefield_value(self._order.paid_at)
        since = connection.ops.adapt_datetimefield_value(self._since)
        with connection.cursor() as cursor:
            cursor.execute(_BELOW, (member, at, at, at, at, since, at, at, self._order.order))
            rows = cursor.fetchall()
        also = {paid.order for paid in self._together}
        return sum(fen for number, fen in rows if number not in also)

    def _together_fen(self, member: int) -> int:
        until = (self._order.paid_at, self._order.order)
        earlier = (
            paid
            for paid in self._together
            if self._since <= paid.paid_at and (paid.paid_at, paid.order) < until
        )
        at = self._order.paid_at
        return sum(
            paid.paid_fen
            for paid in earlier
            if any(above == member for above, _rank in self._upline(paid.member, at))
        )
