"""Team sales (团队业绩) of a network month by month: what everybody below a member paid.

Orders come in one after the other, sums are asked in between. A team is a stretch of the network
in pre-order, so both cost logarithmic time at any depth.
"""

from collections import defaultdict
from collections.abc import Mapping

from zengzhi.core.distribution.upline import Forest
from zengzhi.core.units import Fen

Month = tuple[int, int] | None
"""Year and month; orders without a moment share one month, ``None``."""


class TeamBook:
    """The sums of a forest. ``known_fen`` are sales from elsewhere, added to every month.

    >>> from zengzhi.core.distribution.plan import Plan
    >>> book = TeamBook(Forest([("A", "", ""), ("B", "A", ""), ("C", "B", "")], Plan()), {"B": 5})
    >>> book.add("C", 100, (2026, 1))
    >>> [book.sales_fen(member, (2026, 1)) for member in "ABC"], book.sales_fen("A", (2026, 2))
    ([100, 105, 0], 0)
    """

    def __init__(self, forest: Forest, known_fen: Mapping[str, int]) -> None:
        self._forest = forest
        self._first, self._last = forest.teams()
        self._known_fen = known_fen
        self._months: dict[Month, dict[int, int]] = defaultdict(dict)

    def add(self, member: str, paid_fen: Fen, month: Month) -> None:
        """An order of a member: it counts for everybody above."""
        sums, size = self._months[month], len(self._forest)
        place = self._first[self._forest.place(member)] + 1
        while place <= size:
            sums[place] = sums.get(place, 0) + paid_fen
            place += place & -place

    def sales_fen(self, member: str, month: Month) -> Fen:
        """What everybody below the member, not the member, has paid in the month so far."""
        known_fen = self._known_fen.get(member, 0)
        sums = self._months.get(month)
        if sums is None:
            return Fen(known_fen)
        place = self._forest.place(member)
        first, last = self._first[place], self._last[place]
        return Fen(known_fen + _up_to(sums, last) - _up_to(sums, first + 1))


def _up_to(sums: Mapping[int, int], count: int) -> int:
    """The sum over the first ``count`` members in pre-order (Fenwick)."""
    total = 0
    while count:
        total += sums.get(count, 0)
        count &= count - 1
    return total
