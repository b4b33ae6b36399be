"""What a bonus plan is checked against: the pool's rules and goods with their own split."""

from zengzhi.core.economy.rules import Rules, Split
from zengzhi.mall.models import Product
from zengzhi.records.settlement.pools import default_pool, market


def rules_and_splits() -> tuple[Rules, dict[str, Split]]:
    """The rules of the mall's pool, and each own split by the goods' names."""
    own = Product.objects.filter(active=True, split_cost_ppm__isnull=False)
    splits = {item.slug: split for item in own if (split := item.split) is not None}
    return market(default_pool()).rules, splits
