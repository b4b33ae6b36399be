"""分销预算 the budget: lines are paid in priority order as long as there is money."""

from zengzhi.core.distribution.lines import Line
from zengzhi.core.units import Fen


def cut_to_budget(due: list[Line], left_fen: Fen) -> tuple[list[Line], list[Line], Fen]:
    """(paid, left out, what is left): each line gets min(its amount, what is left of the budget);
    a line cut to 0 is left out, one that was 0 anyway is forgotten.

    >>> from zengzhi.core.distribution.lines import Trace
    >>> due = [Line(m, "direct", 100_000, 500, 50, 50, Trace()) for m in "abc"]
    >>> paid, left_out, left_fen = cut_to_budget(due, 70)
    >>> [line.amount_fen for line in paid], [line.member for line in left_out], left_fen
    ([50, 20], ['c'], 0)
    """
    paid: list[Line] = []
    left_out: list[Line] = []
    for line in due:
        if line.due_fen <= left_fen:
            if line.due_fen:
                paid.append(line)
                left_fen = Fen(left_fen - line.due_fen)
        elif left_fen:
            paid.append(line._replace(amount_fen=left_fen))
            left_fen = Fen(0)
        else:
            left_out.append(line._replace(amount_fen=Fen(0)))
    return paid, left_out, left_fen
