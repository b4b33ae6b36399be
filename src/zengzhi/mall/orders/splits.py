"""The own split of a product or an order, as the core's type."""

from zengzhi.core.economy.rules import Split
from zengzhi.mall.models import Order, Product
from zengzhi.records.bonuses.quote import Paid
from zengzhi.records.settlement.engine import rules_of

SPLIT_FIELDS = ("split_cost_ppm", "split_distribution_ppm", "split_platform_ppm")


def split_of(owner: Product | Order) -> Split | None:
    """The own split, or ``None`` where the pool's rules apply."""
    if owner.split_cost_ppm is None:
        return None
    return Split(
        owner.split_cost_ppm, owner.split_distribution_ppm or 0, owner.split_platform_ppm or 0
    )


def pin_split(order: Order) -> None:
    """From its payment on an order keeps the split of that moment: bonuses are quoted by it, and
    it settles by it, whatever the pool's rules say then."""
    if order.split_cost_ppm is None:
        split = rules_of(order.pool).split
        order.split_cost_ppm = split.cost_ppm
        order.split_distribution_ppm = split.distribution_ppm
        order.split_platform_ppm = split.platform_ppm


def paid_for_bonuses(order: Order) -> Paid:
    """A paid order as the bonuses see it."""
    assert order.paid_at is not None  # noqa: S101
    return Paid(
        order.number,
        order.pool_id,
        order.member_id,
        order.total_fen,
        split_of(order) or rules_of(order.pool).split,
        order.region,
        order.paid_at,
    )
