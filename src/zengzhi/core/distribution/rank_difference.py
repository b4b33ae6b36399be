"""多级别级差奖 rank difference: each higher rank on the way up gets what its rate is above."""

from collections.abc import Container
from typing import NamedTuple

from zengzhi.core.distribution.lines import NOT_SUSPENDED, Line, Trace, share
from zengzhi.core.distribution.plan import Ranks
from zengzhi.core.distribution.upline import NOBODY, Member, Tree
from zengzhi.core.units import Fen, Ppm


class Difference(NamedTuple):
    """One step of the walk: who gets it, at which level, above which level already taken."""

    place: int
    member: Member
    level: int
    taken_level: int
    due_fen: Fen


def rank_differences(
    ranks: Ranks,
    base_fen: Fen,
    tree: Tree,
    buyer_place: int,
    suspended: Container[Member] = NOT_SUSPENDED,
) -> list[Difference]:
    """Walk up from the sponsor with taken = 0: a rate r > taken gets ⌊(r − taken)·B⌋, taken = r;
    stop at the top rate. Together at most top rate × B. A suspended member takes nothing.

    >>> from zengzhi.core.distribution.plan import Plan
    >>> from zengzhi.core.distribution.upline import Snapshot
    >>> ranks = Ranks(("", "V1", "V2", "V3", "V4"), (0, 50_000, 80_000, 120_000, 150_000))
    >>> rows = [("A", "V1"), ("B", "V1"), ("C", "V3"), ("D", "V2"), ("E", "V3"), ("F", "V4")]
    >>> upline = Snapshot(rows, Plan(ranks=ranks))
    >>> [(step.member, step.due_fen) for step in rank_differences(ranks, 100_000, upline, 0)]
    [('A', 5000), ('C', 7000), ('F', 3000)]
    """
    steps: list[Difference] = []
    rates_ppm = ranks.rates_ppm
    top_level = len(rates_ppm) - 1
    reached = taken = 0
    place = tree.seek(buyer_place, 1)
    while place != NOBODY:
        member = tree.member(place)
        if member not in suspended:
            reached = tree.level(place)
            if rates_ppm[reached] > rates_ppm[taken]:
                due_fen = share(Ppm(rates_ppm[reached] - rates_ppm[taken]), base_fen)
                steps.append(Difference(place, member, reached, taken, due_fen))
                taken = reached
            if reached == top_level:
                break
        place = tree.seek(place, reached + 1)
    return steps


def difference_lines(ranks: Ranks, base_fen: Fen, steps: list[Difference]) -> list[Line]:
    """The steps of the walk as lines, upward."""
    names, rates_ppm = ranks.names, ranks.rates_ppm
    lines = []
    for _place, member, level, taken, due_fen in steps:
        trace = Trace(0, False, names[level], rates_ppm[level], names[taken], rates_ppm[taken])
        rate_ppm = Ppm(rates_ppm[level] - rates_ppm[taken])
        lines.append(Line(member, "rank_difference", rate_ppm, base_fen, due_fen, due_fen, trace))
    return lines
