"""直推奖 direct: the sponsor of the buyer gets rate × B."""

from collections.abc import Container

from zengzhi.core.distribution.lines import NOT_SUSPENDED, Line, Trace, share
from zengzhi.core.distribution.upline import NOBODY, Member, Tree
from zengzhi.core.units import Fen, Ppm

_TRACE = Trace(generation=1)


def direct_lines(
    rate_ppm: Ppm,
    base_fen: Fen,
    tree: Tree,
    buyer_place: int,
    suspended: Container[Member] = NOT_SUSPENDED,
) -> list[Line]:
    """⌊rate × B⌋ for the sponsor, whatever the rank; nothing without one or while suspended.

    >>> from zengzhi.core.distribution.plan import Plan
    >>> from zengzhi.core.distribution.upline import Snapshot
    >>> [line[:6] for line in direct_lines(100_000, 100_000, Snapshot([("A", "")], Plan()), 0)]
    [('A', 'direct', 100000, 100000, 10000, 10000)]
    """
    place = tree.seek(buyer_place, 0)
    if place == NOBODY:
        return []
    member = tree.member(place)
    if member in suspended:
        return []
    due_fen = share(rate_ppm, base_fen)
    return [Line(member, "direct", rate_ppm, base_fen, due_fen, due_fen, _TRACE)]
