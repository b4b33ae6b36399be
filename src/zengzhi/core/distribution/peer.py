"""平级奖 peer: the next ones of the same rank share in the difference bonus below them."""

from collections.abc import Container

from zengzhi.core.distribution.lines import (
    NOT_SUSPENDED,
    Line,
    TeamSales,
    Trace,
    no_sales,
    share,
)
from zengzhi.core.distribution.plan import Peer, Ranks
from zengzhi.core.distribution.rank_difference import Difference
from zengzhi.core.distribution.upline import NOBODY, Member, Tree


def peer_lines(
    peer: Peer,
    ranks: Ranks,
    steps: list[Difference],
    tree: Tree,
    suspended: Container[Member] = NOT_SUSPENDED,
    sales: TeamSales = no_sales,
) -> list[Line]:
    """⌊peer rate × the difference line in fen, uncut⌋ for up to ``per_rank`` members above.

    From the one who got the difference the search goes on upward until enough peers are paid or a
    higher rank is met; lower ranks and members without one are stepped over (``jump``) or end the
    search. A suspended peer is not paid and not counted. A peer whose team sales of the month are
    below the target is passed over like that with ``jump``, and ends the search without it.

    >>> from zengzhi.core.distribution.plan import Plan
    >>> from zengzhi.core.distribution.rank_difference import rank_differences
    >>> from zengzhi.core.distribution.upline import Snapshot
    >>> ranks = Ranks(("", "V1", "V2", "V3", "V4"), (0, 50_000, 80_000, 120_000, 150_000))
    >>> rows = [("A", "V1"), ("B", "V1"), ("C", "V3"), ("D", "V2"), ("E", "V3"), ("F", "V4")]
    >>> upline = Snapshot(rows, Plan(ranks=ranks))
    >>> steps = rank_differences(ranks, 100_000, upline, 0)
    >>> lines = peer_lines(Peer(100_000), ranks, steps, upline)
    >>> [(line.member, line.due_fen) for line in lines]
    [('B', 500), ('E', 700)]
    >>> peer = Peer(100_000, target_fen=50_00)
    >>> lines = peer_lines(peer, ranks, steps, upline, sales={"B": 49_99, "E": 50_00}.get)
    >>> [line.member for line in lines]
    ['E']
    """
    lines: list[Line] = []
    for place, below, level, _taken, difference_fen in steps:
        due_fen = share(peer.rate_ppm, difference_fen)
        name, own_ppm = ranks.names[level], ranks.rates_ppm[level]
        trace = Trace(name=name, own_ppm=own_ppm, below=below)
        above, paid = place, 0
        while paid < peer.per_rank:
            above = tree.seek(above, level if peer.jump else 0)
            if above == NOBODY or tree.level(above) != level:
                break
            member = tree.member(above)
            if member in suspended:
                continue
            if peer.target_fen and sales(member) < peer.target_fen:
                if peer.jump:
                    continue
                break
            paid += 1
            line = Line(member, "peer", peer.rate_ppm, difference_fen, due_fen, due_fen, trace)
            lines.append(line)
    return lines
