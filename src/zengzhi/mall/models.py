"""The catalogue and the orders of the mall."""

from collections.abc import Sequence
from typing import ClassVar

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from zengzhi.core.economy.rules import Split
from zengzhi.core.units import Ppm
from zengzhi.mall.orders.states import (
    EDGES,
    DeliveryAxis,
    OrderState,
    PaymentAxis,
    shown_state,
)
from zengzhi.records.control.sealing import Declared, SealedModel
from zengzhi.records.ledger.chart import PROVIDERS
from zengzhi.records.ledger.holds import HoldKind, place
from zengzhi.records.ledger.models import Place
from zengzhi.records.members.models import Member, User
from zengzhi.records.settlement.models import Pool
from zengzhi.records.store.encrypted import EncryptedText


class Bilingual(SealedModel):
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


SPLIT_FIELDS = (
    "split_cost_ppm",
    "split_distribution_ppm",
    "split_platform_ppm",
    "split_legacy_ppm",
)
DELIVERED_TO = ("recipient", "phone", "address")
"""Who gets an order, and where: nothing that moves money reads it."""


def own_split(rates_ppm: Sequence[int | None]) -> Split:
    """The own split of goods or an order that has one, in the order of :data:`SPLIT_FIELDS`."""
    return Split(*(Ppm(rate or 0) for rate in rates_ppm))


class Category(Bilingual):
    """A shelf of the mall."""

    sealed: ClassVar[Declared] = Declared(sealed=("name_zh", "name_en", "slug", "icon", "position"))

    slug = models.SlugField(unique=True)
    icon = models.CharField(_("icon"), max_length=20, help_text=_("name of a storefront icon"))
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ("position", "pk")


class Product(Bilingual):
    """Something for sale. A product may carry its own split (all three rates, or none)."""

    sealed: ClassVar[Declared] = Declared(
        sealed=(
            "name_zh",
            "name_en",
            "slug",
            "category",
            "subtitle_zh",
            "subtitle_en",
            "description_zh",
            "description_en",
            "merchant_zh",
            "merchant_en",
            "picture",
            "price_fen",
            "stock",
            "sold",
            "split_cost_ppm",
            "split_distribution_ppm",
            "split_platform_ppm",
            "featured",
            "active",
            "position",
        )
    )

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

    @property
    def split(self) -> Split | None:
        """Its own split, which gives nothing to the legacy reserve; ``None`` where the pool's rules
        apply."""
        if self.split_cost_ppm is None:
            return None
        return own_split([getattr(self, name) for name in SPLIT_FIELDS[:3]])

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


class Order(SealedModel):
    """One purchase. ``number`` is its id in the economy and in the ledger."""

    sealed: ClassVar[Declared] = Declared(
        sealed=(
            "number",
            "pool",
            "member",
            "token",
            "payment",
            "delivery",
            "total_fen",
            "split_cost_ppm",
            "split_distribution_ppm",
            "split_platform_ppm",
            "split_legacy_ppm",
            "region",
            "provider",
            "payment_reference",
            "carrier",
            "tracking",
            "refunded_fen",
            "created_at",
            "paid_at",
            "shipped_at",
            "received_at",
        ),
        personal=("recipient", "phone", "address"),
        projection={"settled_at": "when its hold was posted (ledger.Place)"},
    )

    number = models.CharField(_("order number"), max_length=32, unique=True, editable=False)
    pool = models.ForeignKey(Pool, verbose_name=_("pool"), on_delete=models.PROTECT)
    member = models.ForeignKey(
        Member, verbose_name=_("member"), on_delete=models.PROTECT, related_name="orders"
    )
    token = models.UUIDField(unique=True, editable=False)
    payment = models.CharField(
        _("payment"), max_length=10, choices=PaymentAxis, default=PaymentAxis.AWAITING
    )
    delivery = models.CharField(
        _("delivery"), max_length=10, choices=DeliveryAxis, default=DeliveryAxis.WAITING
    )
    total_fen = models.PositiveBigIntegerField(_("total (fen)"))
    split_cost_ppm = models.PositiveIntegerField(null=True, blank=True, editable=False)
    split_distribution_ppm = models.PositiveIntegerField(null=True, blank=True, editable=False)
    split_platform_ppm = models.PositiveIntegerField(null=True, blank=True, editable=False)
    split_legacy_ppm = models.PositiveIntegerField(default=0, editable=False)
    recipient = EncryptedText(_("recipient"), max_length=40, blank=True)
    phone = EncryptedText(_("phone"), max_length=20, blank=True)
    address = EncryptedText(_("address"), max_length=200, blank=True)
    region = models.CharField(
        _("region"), max_length=12, blank=True, help_text=_("code of the delivery district")
    )
    provider = models.SmallIntegerField(
        _("paid through"), choices=PROVIDERS, default=1, editable=False
    )
    payment_reference = models.CharField(_("payment"), max_length=40, blank=True, editable=False)
    """The reference under which its money arrived; a refund goes back by it."""
    carrier = models.CharField(_("carrier"), max_length=40, blank=True)
    tracking = models.CharField(_("tracking number"), max_length=60, blank=True)
    refunded_fen = models.PositiveBigIntegerField(_("refunded (fen)"), default=0)
    created_at = models.DateTimeField(_("placed"))
    paid_at = models.DateTimeField(_("paid"), null=True, blank=True)
    shipped_at = models.DateTimeField(_("shipped"), null=True, blank=True)
    received_at = models.DateTimeField(_("received"), null=True, blank=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    """When its hold was posted: here too, so that lists and what is due need no other table."""

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
            models.Index(fields=("payment", "delivery", "id"), name="order_states"),
            models.Index(
                name="order_unpaid",
                fields=("created_at", "id"),
                condition=models.Q(payment="awaiting"),
            ),
            models.Index(
                name="order_due",
                fields=("received_at", "id"),
                condition=models.Q(payment="paid", delivery="received", settled_at=None),
            ),
        )
        constraints = (
            models.CheckConstraint(
                name="order_refund_in_range",
                condition=models.Q(refunded_fen__lte=models.F("total_fen")),
            ),
            models.CheckConstraint(
                name="order_refunded_is_all",
                condition=(
                    models.Q(payment="refunded", refunded_fen=models.F("total_fen"))
                    | models.Q(payment="paid", refunded_fen__lt=models.F("total_fen"))
                    | models.Q(payment__in=("awaiting", "closed"), refunded_fen=0)
                ),
            ),
            models.CheckConstraint(
                name="order_goods_move_when_paid",
                condition=models.Q(payment__in=("paid", "refunded")) | models.Q(delivery="waiting"),
            ),
        )

    def __str__(self) -> str:
        return self.number

    @property
    def split(self) -> Split | None:
        """Its own split, pinned when it is paid; ``None`` while the pool's rules apply."""
        if self.split_cost_ppm is None:
            return None
        return own_split([getattr(self, name) for name in SPLIT_FIELDS])

    @property
    def state(self) -> OrderState:
        """What a member sees."""
        return shown_state(self.payment, self.delivery, self.is_settled)

    def get_state_display(self) -> str:
        """The same in the reader's language."""
        return str(self.state.label)

    @property
    def is_settled(self) -> bool:
        """Whether its points were granted."""
        return self.settled_at is not None

    @property
    def hold(self) -> Place | None:
        """The state of its settlement: there from its payment on."""
        return place(HoldKind.ORDER, self.number)

    @property
    def left_fen(self) -> int:
        """What of the price paid was not refunded."""
        return self.total_fen - self.refunded_fen

    def move(self, axis: str, to: str, **values: object) -> bool:
        """Along an edge of ``payment`` or ``delivery``, with other columns; whether it did move.

        Goods move only while the order is paid. Whoever comes second moves nothing.
        """
        rows = Order.objects.filter(pk=self.pk, **{f"{axis}__in": EDGES[axis][to]})
        if axis == "delivery":
            rows = rows.filter(payment=PaymentAxis.PAID)
        if rows.update(**{axis: to}, **values) == 0:
            return False
        self.refresh_from_db()
        return True


class OrderLine(SealedModel):
    """One product of an order, as it was when ordered."""

    sealed: ClassVar[Declared] = Declared(sealed=("order", "product", "quantity", "unit_price_fen"))

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


class AfterSaleKind(models.TextChoices):
    """What the buyer gives back."""

    REFUND_ONLY = "refund_only", _("Refund only")
    RETURN = "return", _("Return and refund")


class AfterSaleState(models.TextChoices):
    """Where an after-sale stands."""

    REQUESTED = "requested", _("Requested")
    APPROVED = "approved", _("Approved")
    DONE = "done", _("Refunded")
    REFUSED = "refused", _("Refused")


AFTER_SALE_EDGES: dict[str, tuple[str, ...]] = {
    AfterSaleState.APPROVED: (AfterSaleState.REQUESTED,),
    AfterSaleState.DONE: (AfterSaleState.APPROVED,),
    AfterSaleState.REFUSED: (AfterSaleState.REQUESTED, AfterSaleState.APPROVED),
}
"""State → the states it is reached from. Approved is committed before the pool hears of it."""


class AfterSale(SealedModel):
    """One request for money back (售后); every refund is one, decided at once or by a second
    person. Its number is the refund's id in the economy, the journal and at the provider."""

    sealed: ClassVar[Declared] = Declared(
        sealed=(
            "number",
            "order",
            "token",
            "kind",
            "amount_fen",
            "state",
            "after_settlement",
            "requested_by",
            "decided_by",
            "requested_at",
            "done_at",
        ),
        personal=("reason", "refusal"),
    )

    number = models.CharField(_("number"), max_length=40, unique=True)
    order = models.ForeignKey(
        Order, verbose_name=_("order"), on_delete=models.PROTECT, related_name="after_sales"
    )
    token = models.UUIDField(unique=True, editable=False)
    kind = models.CharField(
        _("kind"), max_length=12, choices=AfterSaleKind, default=AfterSaleKind.REFUND_ONLY
    )
    amount_fen = models.PositiveBigIntegerField(_("amount (fen)"))
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=AfterSaleState, default=AfterSaleState.REQUESTED
    )
    after_settlement = models.BooleanField(_("the order had settled"), default=False)
    refusal = models.CharField(_("refused because"), max_length=300, blank=True)
    requested_by = models.ForeignKey(
        User,
        verbose_name=_("requested by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    decided_by = models.ForeignKey(
        User,
        verbose_name=_("decided by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    requested_at = models.DateTimeField(_("requested"))
    done_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("after-sale")
        verbose_name_plural = _("after-sales")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(name="after_sale_amount", condition=models.Q(amount_fen__gt=0)),
        )
        indexes = (
            models.Index(
                name="after_sale_waits",
                fields=("id",),
                condition=models.Q(state__in=("requested", "approved")),
            ),
        )

    def __str__(self) -> str:
        return self.number

    def move(self, to: str, **values: object) -> bool:
        """Along an edge, with other columns; whether it did move."""
        rows = AfterSale.objects.filter(pk=self.pk, state__in=AFTER_SALE_EDGES[to])
        if rows.update(state=to, **values) == 0:
            return False
        self.refresh_from_db()
        return True
