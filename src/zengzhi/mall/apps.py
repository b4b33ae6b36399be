"""Mall."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MallConfig(AppConfig):
    """Catalogue, orders and after-sales."""

    name = "zengzhi.mall"
    label = "mall"
    verbose_name = _("Mall")

    def ready(self) -> None:
        """Money that arrives is offered to the orders."""
        from zengzhi.mall.orders.money import claim_arrival
        from zengzhi.payments.wiring import on_arrival

        on_arrival(claim_arrival)
