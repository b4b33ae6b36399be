"""Settle an order (订单结算): what it is split into (订单拆分), and what it does to the pool.

Points at the price before it, its contribution, a new lot.
"""

from typing import NamedTuple

from zengzhi.core.economy.pool import Economy, Outcome
from zengzhi.core.economy.rules import Split
from zengzhi.core.errors import LimitExceeded
from zengzhi.core.rounding import Rounding, mul_div, shares
from zengzhi.core.units import ORDER_FEN_MAX, PPM, Fen, Ppm


class OrderParts(NamedTuple):
    """The five parts of a paid amount, in fen; they always add up to it."""

    cost_fen: Fen
    distribution_fen: Fen
    platform_fen: Fen
    legacy_fen: Fen
    contribution_fen: Fen


def split_order(paid_fen: Fen, split: Split) -> OrderParts:
    """Cost 货款, distribution 分销总拨比, platform 平台利润 and the part for the legacy reserve are
    rounded down to the fen; the pool contribution 进入盈利池 takes the remainder.

    >>> split_order(Fen(100_000), Split())[:4], split_order(Fen(100_000), Split()).contribution_fen
    ((30000, 30000, 10000, 0), 30000)
    """
    cost, distribution, platform, legacy = map(Fen, shares(split, paid_fen))
    rest_fen = Fen(paid_fen - cost - distribution - platform - legacy)
    return OrderParts(cost, distribution, platform, legacy, rest_fen)


def reward_value(contribution_fen: Fen, reward_ppm: Ppm) -> Fen:
    """r = ⌊c × reward rate⌋ in fen, rounded down ("每笔订单利润的70%").

    >>> reward_value(Fen(30_000), Ppm(700_000))
    21000
    """
    return Fen(mul_div(contribution_fen, reward_ppm, PPM, Rounding.DOWN))


def settle_order(
    economy: Economy, event_id: str, member: str, paid_fen: Fen, split: Split | None = None
) -> Outcome:
    """points = ⌊r·S/A⌋, or ⌊r / opening price⌋ while S = 0; A' = A + c; S' = S + points.

    The price is the one *before* the order's own contribution. An order whose points are 0 settles
    all the same and opens a lot. Errors: ``pool_closed``, ``limit_exceeded``.
    """
    economy.check_open()
    if paid_fen > ORDER_FEN_MAX:
        raise LimitExceeded("the order", "100000000 yuan")
    parts = split_order(paid_fen, split or economy.rules.split)
    reward_fen = reward_value(parts.contribution_fen, economy.rules.reward_ppm)
    points_units = economy.points_for(reward_fen)
    outcome = economy.take_in(event_id, member, paid_fen, parts.contribution_fen, points_units)
    outcome.split = parts
    return outcome
