"""The catalogue and the orders of the mall."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from zengzhi.records.members.models import Member
from zengzhi.records.settlement.models import Pool


class Bilingual(models.Model):
    """Something with a Chinese and an English name."""

    name_zh = models.CharField(_("name (Chinese)"), max_length=80)
    name_en = models.CharField(_("name (English)"), max_length=80)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the language of the request."""
        return self.name_en if (get_language() or "").startswith("en") else self.name_zh


class Category(Bilingual):
    """A shelf of the mall."""

    slug = models.SlugField(unique=True)
    icon = models.CharField(_("icon"), max_length=20, help_text=_("name of a storefront icon"))
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ("position", "pk")


class Product(Bilingual):
    """Something for sale. A product may carry its own split (all three rates, or none)."""

    slug = models.SlugField(unique=True)
    category = models.ForeignKey(Category, verbose_name=_("category"), on_delete=models.PROTECT)
    subtitle_zh = models.CharField(_("subtitle (Chinese)"), max_length=120, blank=True)
    subtitle_en = models.CharField(_("subtitle (English)"), max_length=120, blank=True)
    description_zh = models.TextField(_("description (Chinese)"), blank=True)
    description_en = models.TextField(_("description (English)"), blank=True)
    merchant_zh = models.CharField(_("merchant (Chinese)"), max_length=60, blank=True)
    merchant_en = models.CharField(_("merchant (English)"), max_length=60, blank=True)
    picture = models.SlugField(_("picture"), help_text=_("name of a drawing in the mall"))
    price_fen = models.PositiveBigIntegerField(_("price (fen)"))
    stock = models.PositiveIntegerField(_("stock"), default=0)
    sold = models.PositiveIntegerField(_("sold"), default=0, editable=False)
    split_cost_ppm = models.PositiveIntegerField(_("own cost share (ppm)"), null=True, blank=True)
    split_distribution_ppm = models.PositiveIntegerField(
        _("own distribution share (ppm)"), null=True, blank=True
    )
    split_platform_ppm = models.PositiveIntegerField(
        _("own platform share (ppm)"), null=True, blank=True
    )
    featured = models.BooleanField(_("on the home page"), default=True)
    active = models.BooleanField(_("for sale"), default=True)
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ("position", "pk")
        constraints = (
            models.CheckConstraint(
                name="product_split_whole_or_absent",
                condition=(
                    models.Q(
                        split_cost_ppm=None, split_distribution_ppm=None, split_platform_ppm=None
                    )
                    | models.Q(
                        split_cost_ppm__isnull=False,
                        split_distribution_ppm__isnull=False,
                        split_platform_ppm__isnull=False,
                    )
                ),
            ),
            models.CheckConstraint(
                name="product_price_above_zero", condition=models.Q(price_fen__gt=0)
            ),
        )

    def _localised(self, stem: str) -> str:
        suffix = "en" if (get_language() or "").startswith("en") else "zh"
        return str(getattr(self, f"{stem}_{suffix}"))

    @property
    def subtitle(self) -> str:
        """The subtitle in the language of the request."""
        return self._localised("subtitle")

    @property
    def description(self) -> str:
        """The description in the language of the request."""
        return self._localised("description")

    @property
    def merchant(self) -> str:
        """The merchant in the language of the request."""
        return self._localised("merchant")


class OrderState(models.TextChoices):
    """Where an order stands: paid, shipped and received ones are pending (spec 1.6), a settled
    one has its points."""

    AWAITING_PAYMENT = "awaiting_payment", _("Awaiting payment")
    PAID = "paid", _("Paid")
    SHIPPED = "shipped", _("Shipped")
    RECEIVED = "received", _("Received")
    SETTLED = "settled", _("Settled")
    CLOSED = "closed", _("Closed")
    REFUNDED = "refunded", _("Refunded")


PENDING_STATES = (OrderState.PAID, OrderState.SHIPPED, OrderState.RECEIVED)
"""Paid, and not settled: the pool knows nothing of it."""
PAID_STATES = (*PENDING_STATES, OrderState.SETTLED)
"""The buyer's money is there."""


class Order(models.Model):
    """One purchase. ``number`` is its id in the economy and in the ledger."""

    number = models.CharField(_("order number"), max_length=32, unique=True, editable=False)
    pool = models.ForeignKey(Pool, verbose_name=_("pool"), on_delete=models.PROTECT)
    member = models.ForeignKey(
        Member, verbose_name=_("member"), on_delete=models.PROTECT, related_name="orders"
    )
    token = models.UUIDField(unique=True, editable=False)
    state = models.CharField(
        _("state"), max_length=20, choices=OrderState, default=OrderState.AWAITING_PAYMENT
    )
    total_fen = models.PositiveBigIntegerField(_("total (fen)"))
    split_cost_ppm = models.PositiveIntegerField(null=True, blank=True, editable=False)
    split_distribution_ppm = models.PositiveIntegerField(null=True, blank=True, editable=False)
    split_platform_ppm = models.PositiveIntegerField(null=True, blank=True, editable=False)
    split_legacy_ppm = models.PositiveIntegerField(default=0, editable=False)
    recipient = models.CharField(_("recipient"), max_length=40, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    region = models.CharField(
        _("region"), max_length=12, blank=True, help_text=_("code of the delivery district")
    )
    provider = models.SmallIntegerField(_("paid through"), default=1, editable=False)
    carrier = models.CharField(_("carrier"), max_length=40, blank=True)
    tracking = models.CharField(_("tracking number"), max_length=60, blank=True)
    refunded_fen = models.PositiveBigIntegerField(_("refunded (fen)"), default=0)
    created_at = models.DateTimeField(_("placed"))
    paid_at = models.DateTimeField(_("paid"), null=True, blank=True)
    shipped_at = models.DateTimeField(_("shipped"), null=True, blank=True)
    received_at = models.DateTimeField(_("received"), null=True, blank=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ("-pk",)
        permissions = (
            ("ship_order", _("Can ship orders")),
            ("refund_order", _("Can refund orders")),
        )
        indexes = (
            models.Index(fields=("member", "-id")),
            models.Index(fields=("state", "id")),
            models.Index(
                name="order_due", fields=("received_at", "id"), condition=models.Q(state="received")
            ),
        )
        constraints = (
            models.CheckConstraint(
                name="order_refund_in_range",
                condition=models.Q(refunded_fen__lte=models.F("total_fen")),
            ),
        )

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    """One product of an order, as it was when ordered."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    product = models.ForeignKey(Product, verbose_name=_("product"), on_delete=models.PROTECT)
    quantity = models.PositiveIntegerField(_("quantity"))
    unit_price_fen = models.PositiveBigIntegerField(_("unit price (fen)"))

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        constraints = (
            models.CheckConstraint(name="line_quantity", condition=models.Q(quantity__gt=0)),
        )

    def __str__(self) -> str:
        return f"{self.product} × {self.quantity}"
