"""The own split of a product or an order, as the core's type."""

from zengzhi.core.economy.rules import Split
from zengzhi.core.units import Ppm
from zengzhi.mall.models import Order, Product
from zengzhi.records.bonuses.quote import Paid
from zengzhi.records.settlement.engine import rules_of

SPLIT_FIELDS = (
    "split_cost_ppm",
    "split_distribution_ppm",
    "split_platform_ppm",
    "split_legacy_ppm",
)


def split_of(owner: Product | Order) -> Split | None:
    """The own split, or ``None`` where the pool's rules apply. Goods with a split of their own
    give nothing to the legacy reserve."""
    if owner.split_cost_ppm is None:
        return None
    rates = (
        owner.split_cost_ppm,
        owner.split_distribution_ppm or 0,
        owner.split_platform_ppm or 0,
        owner.split_legacy_ppm if isinstance(owner, Order) else 0,
    )
    return Split(*(Ppm(rate) for rate in rates))


def pin_split(order: Order) -> None:
    """From its payment on an order keeps the split of that moment: bonuses are quoted by it, and
    it settles by it, whatever the pool's rules say then."""
    if order.split_cost_ppm is None:
        rates = rules_of(order.pool).split
        for name, rate_ppm in zip(SPLIT_FIELDS, rates, strict=True):
            setattr(order, name, rate_ppm)


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
