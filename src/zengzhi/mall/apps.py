"""Mall."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MallConfig(AppConfig):
    """Catalogue, orders and after-sales."""

    name = "zengzhi.mall"
    label = "mall"
    verbose_name = _("Mall")

    def ready(self) -> None:
        """Money that arrives is offered to the orders; a pool's answers reach the after-sales; the
        acts of two people are known."""
        from zengzhi.mall import prices
        from zengzhi.mall.after_sales import service as after_sales
        from zengzhi.mall.after_sales.answers import REFUNDS
        from zengzhi.mall.orders.money import claim_arrival, settle_arrival
        from zengzhi.mall.orders.together import claim_arrivals
        from zengzhi.mall.plans import rules_and_splits
        from zengzhi.payments.service import on_arrival
        from zengzhi.records.bonuses.plans import approval_act
        from zengzhi.records.control.approvals.acts import register
        from zengzhi.records.intake.owner import follow
        from zengzhi.records.settlement.models import Op

        on_arrival(claim_arrival, settle_arrival, claim_arrivals)
        follow(Op.REFUND, REFUNDS)
        for act in (prices.ACT, after_sales.ACT, approval_act(rules_and_splits)):
            register(act)
