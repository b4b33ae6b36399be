"""The own split of a product or an order, as the core's type."""

from zengzhi.core.economy.rules import Split
from zengzhi.mall.models import Order, Product


def split_of(owner: Product | Order) -> Split | None:
    """The own split, or ``None`` where the pool's rules apply."""
    if owner.split_cost_ppm is None:
        return None
    return Split(
        owner.split_cost_ppm, owner.split_distribution_ppm or 0, owner.split_platform_ppm or 0
    )
