"""紧缩 compression: who has no rank is skipped on the way up and uses up no generation."""

from collections.abc import Container

from zengzhi.core.distribution.lines import NOT_SUSPENDED
from zengzhi.core.distribution.upline import NOBODY, Member, Tree


def next_generation(
    tree: Tree, place: int, compressed: bool, suspended: Container[Member] = NOT_SUSPENDED
) -> int:
    """The place of the next generation above, or ``NOBODY``.

    With compression: the nearest one above who has a rank and is not suspended. Without it: the
    sponsor, whoever that is.

    >>> from zengzhi.core.distribution.plan import Plan
    >>> from zengzhi.core.distribution.upline import Snapshot
    >>> upline = Snapshot([("A", ""), ("B", "V1"), ("C", "V1")], Plan())
    >>> [next_generation(upline, 0, compressed) for compressed in (False, True)]
    [1, 2]
    >>> next_generation(upline, 0, True, {"B"})
    3
    """
    if not compressed:
        return tree.seek(place, 0)
    above = tree.seek(place, 1)
    while above != NOBODY and tree.member(above) in suspended:
        above = tree.seek(above, 1)
    return above
