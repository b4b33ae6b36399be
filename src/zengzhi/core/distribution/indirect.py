"""间推奖 indirect: the sponsor's sponsor and further generations."""

from collections.abc import Container

from zengzhi.core.distribution.compression import next_generation
from zengzhi.core.distribution.lines import NOT_SUSPENDED, Line, Trace, share
from zengzhi.core.distribution.plan import Indirect
from zengzhi.core.distribution.upline import NOBODY, Member, Tree
from zengzhi.core.units import Fen


def indirect_lines(
    indirect: Indirect,
    base_fen: Fen,
    tree: Tree,
    buyer_place: int,
    suspended: Container[Member] = NOT_SUSPENDED,
) -> list[Line]:
    """⌊rate × B⌋ for generation 2, 3, …; generation 1 is the sponsor, always.

    With compression a member without a rank (or suspended) is skipped and uses up no generation.
    Without it a suspended member uses up the generation and gets nothing.

    >>> from zengzhi.core.distribution.plan import Plan
    >>> from zengzhi.core.distribution.upline import Snapshot
    >>> rows = [("A", ""), ("B", ""), ("C", "V1")]
    >>> for compression in (False, True):
    ...     rule = Indirect((50_000,), compression)
    ...     print([line.member for line in indirect_lines(rule, 100, Snapshot(rows, Plan()), 0)])
    ['B']
    ['C']
    """
    lines: list[Line] = []
    place = tree.seek(buyer_place, 0)
    for generation, rate_ppm in enumerate(indirect.rates_ppm, 2):
        if place != NOBODY:
            place = next_generation(tree, place, indirect.compression, suspended)
        if place == NOBODY:
            break
        member = tree.member(place)
        if member in suspended:
            continue
        due_fen = share(rate_ppm, base_fen)
        trace = Trace(generation, indirect.compression)
        lines.append(Line(member, "indirect", rate_ppm, base_fen, due_fen, due_fen, trace))
    return lines
