"""The evaluation of ranks with what the mall knows: who bought which goods."""

from collections import defaultdict

from zengzhi.mall.models import OrderLine
from zengzhi.mall.orders.states import PaymentAxis
from zengzhi.records.bonuses.promotion import Changed, evaluate_once, rank_rules


def products_bought(wanted: set[str]) -> dict[int, frozenset[str]]:
    """Members → names (slugs) of the goods asked for that they bought in settled orders."""
    found: dict[int, set[str]] = defaultdict(set)
    lines = OrderLine.objects.filter(
        product__slug__in=wanted, order__payment=PaymentAxis.PAID, order__settled_at__isnull=False
    )
    for member, slug in lines.values_list("order__member_id", "product__slug").distinct():
        found[member].add(slug)
    return {member: frozenset(slugs) for member, slugs in found.items()}


def evaluate_ranks() -> list[Changed]:
    """The daily evaluation, in one transaction."""
    wanted = {rule.product for rule in rank_rules() if rule.product}
    return evaluate_once(products_bought(wanted) if wanted else None)
