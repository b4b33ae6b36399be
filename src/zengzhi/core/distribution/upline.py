"""The referral tree (推荐关系): who stands above whom.

A tree answers one question, ``seek(place, least_level)``: the next one above a place whose rank
has at least that level, or ``NOBODY``. Level 0 is no rank, so ``seek(place, 0)`` is the sponsor.
Two trees answer it: :class:`Forest`, the whole network in memory, in a few steps at any depth;
:class:`Snapshot`, the upline of one order, read no further up than the plan needs.
"""

from array import array
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Protocol

from zengzhi.core.distribution.plan import Plan
from zengzhi.core.errors import UnknownMember, UnusableRules

NOBODY = -1

Member = Hashable
"""The caller's name for a member: a string in files, a key in the database."""


class Tree(Protocol):
    """What the bonuses ask about an upline; places are numbers of the tree's own."""

    def seek(self, place: int, least_level: int) -> int:
        """The nearest place above whose level is at least ``least_level``, or ``NOBODY``."""

    def level(self, place: int) -> int:
        """The level of the rank there, 0 for none."""

    def member(self, place: int) -> Member:
        """Who stands there."""


class Snapshot:
    """The upline of one order as it stood when the order was paid; the buyer is place 0.

    ``rows`` are (member, rank) from the sponsor upward; they are asked for one by one and only as
    far as needed. ``seen`` holds what was read: enough to compute the same order again.

    >>> plan = Plan()
    >>> upline = Snapshot([("B", ""), ("C", "V1"), ("D", "")], plan)
    >>> upline.member(upline.seek(0, 1)), upline.seen
    ('C', [('B', ''), ('C', 'V1')])
    """

    __slots__ = ("_level_of", "_levels", "_rows", "seen")

    def __init__(self, rows: Iterable[tuple[Member, str]], plan: Plan) -> None:
        self.seen: list[tuple[Member, str]] = []
        self._rows: Iterator[tuple[Member, str]] = iter(rows)
        self._levels: list[int] = [0]
        self._level_of: Callable[[str], int] = plan.level_of

    def seek(self, place: int, least_level: int) -> int:
        """The nearest place above whose level is at least ``least_level``, or ``NOBODY``."""
        levels = self._levels
        for above in range(place + 1, len(levels)):
            if levels[above] >= least_level:
                return above
        for row in self._rows:
            level = self._level_of(row[1])
            self.seen.append(row)
            levels.append(level)
            if level >= least_level:
                return len(levels) - 1
        return NOBODY

    def level(self, place: int) -> int:
        """The level of the rank there, 0 for none."""
        return self._levels[place]

    def member(self, place: int) -> Member:
        """Who stands there."""
        return self.seen[place - 1][0]


class Forest:
    """All members of a network: at most one sponsor each, no circle.

    ``rows`` are (member, sponsor, rank); no sponsor and no rank are empty. Errors:
    ``unusable_rules`` naming the row for a member twice, a self-sponsor, an unknown sponsor, a
    circle. 10⁶ members and chains of any depth: nothing here is recursive.

    >>> forest = Forest([("A", "B", "V1"), ("B", "", "V2"), ("C", "A", "")], Plan())
    >>> [member for member, rank in forest.upline("C")]
    ['A', 'B']
    """

    def __init__(
        self, rows: Iterable[tuple[str, str, str]], plan: Plan, first_row: int = 1
    ) -> None:
        self._names: list[str] = []
        self._ranks: list[str] = []
        self._places: dict[str, int] = {}
        self._first_row = first_row
        sponsors: list[str] = []
        for member, sponsor, rank in rows:
            place = len(self._names)
            if not member:
                raise UnusableRules(self._row(place, "member"), member, "a name")
            if self._places.setdefault(member, place) != place:
                raise UnusableRules(self._row(place, "member"), member, "each member once")
            if sponsor == member:
                raise UnusableRules(self._row(place, "sponsor"), sponsor, "another member")
            self._names.append(member)
            self._ranks.append(rank)
            sponsors.append(sponsor)
        levels = {rank: plan.level_of(rank) for rank in set(self._ranks)}
        self._levels = array("q", [levels[rank] for rank in self._ranks])
        self._parents = array("q", [self._parent(*pair) for pair in enumerate(sponsors)])
        self._higher = array("q", [NOBODY]) * len(self._names)
        self._link()

    def _row(self, place: int, key: str) -> str:
        return f"row {place + self._first_row}: {key}"

    def _parent(self, place: int, sponsor: str) -> int:
        if not sponsor:
            return NOBODY
        if sponsor not in self._places:
            raise UnusableRules(self._row(place, "sponsor"), sponsor, "a member of the file")
        return self._places[sponsor]

    def _link(self) -> None:
        """Note for everyone the nearest one above with a higher level; find circles."""
        parents, higher = self._parents, self._higher
        done = bytearray(len(parents))
        for start in range(len(parents)):
            path, place = [], start
            while place != NOBODY and not done[place]:
                done[place] = 1
                path.append(place)
                place = parents[place]
            if place != NOBODY and done[place] == 1:
                self._refuse_circle(place)
            for below in reversed(path):
                higher[below] = self.seek(below, self._levels[below] + 1)
                done[below] = 2

    def _refuse_circle(self, place: int) -> None:
        shown, above = [self._names[place]], self._parents[place]
        while above != place and len(shown) < 5:
            shown.append(self._names[above])
            above = self._parents[above]
        circle = " → ".join([*shown, shown[0] if above == place else "…"])
        raise UnusableRules(self._row(place, "sponsor"), shown[1], f"no circle ({circle})")

    def __contains__(self, member: object) -> bool:
        return member in self._places

    def __len__(self) -> int:
        return len(self._names)

    def place(self, member: str) -> int:
        """Where a member stands. Errors: ``unknown_member``."""
        place = self._places.get(member, NOBODY)
        if place == NOBODY:
            raise UnknownMember(member)
        return place

    def teams(self) -> tuple["array[int]", "array[int]"]:
        """For each place where its team begins and ends in pre-order, itself the first of it."""
        count = len(self._names)
        top_down = self._top_down()
        size = array("q", [1]) * count
        for place in reversed(top_down):
            if self._parents[place] != NOBODY:
                size[self._parents[place]] += size[place]
        first, free = array("q", [0]) * count, array("q", [0]) * count
        next_root = 0
        for place in top_down:
            parent = self._parents[place]
            if parent == NOBODY:
                first[place], next_root = next_root, next_root + size[place]
            else:
                first[place], free[parent] = free[parent], free[parent] + size[place]
            free[place] = first[place] + 1
        last = array("q", [start + number for start, number in zip(first, size, strict=True)])
        return first, last

    def _top_down(self) -> list[int]:
        """All places, each after its sponsor."""
        ordered: list[int] = []
        done = bytearray(len(self._parents))
        for start in range(len(self._parents)):
            path, place = [], start
            while place != NOBODY and not done[place]:
                done[place] = 1
                path.append(place)
                place = self._parents[place]
            ordered += reversed(path)
        return ordered

    def upline(self, member: str) -> Iterator[tuple[str, str]]:
        """(member, rank) from the sponsor upward."""
        place = self._parents[self.place(member)]
        while place != NOBODY:
            yield self._names[place], self._ranks[place]
            place = self._parents[place]

    def seek(self, place: int, least_level: int) -> int:
        """The nearest place above whose level is at least ``least_level``, or ``NOBODY``.

        From the sponsor on each step goes to a higher level, so there are at most as many steps
        as ranks.
        """
        above: int = self._parents[place]
        while above >= 0 and self._levels[above] < least_level:
            above = self._higher[above]
        return above

    def level(self, place: int) -> int:
        """The level of the rank there, 0 for none."""
        return self._levels[place]

    def member(self, place: int) -> str:
        """Who stands there."""
        return self._names[place]
