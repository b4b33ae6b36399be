"""The own split of a product or an order, as the core's type."""

from zengzhi.core.economy.rules import Split
from zengzhi.mall.models import Order, Product
from zengzhi.records.bonuses.quote import Paid
from zengzhi.records.settlement.engine import rules_of


def split_of(owner: Product | Order) -> Split | None:
    """The own split, or ``None`` where the pool's rules apply."""
    if owner.split_cost_ppm is None:
        return None
    return Split(
        owner.split_cost_ppm, owner.split_distribution_ppm or 0, owner.split_platform_ppm or 0
    )


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
