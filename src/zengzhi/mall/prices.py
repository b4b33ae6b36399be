"""Prices and own splits of goods: small steps by one person, everything else by two.

A price is held against the last one that two people wanted, or against the first: many small steps
are one large one. An own split always needs two, since it decides what goes into the pool.
"""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from zengzhi.core.rounding import Rounding, mul_div
from zengzhi.core.units import PPM
from zengzhi.mall.models import Product
from zengzhi.records.control.approvals.acts import Approvable, Result, Values
from zengzhi.records.control.approvals.service import wanted_of
from zengzhi.records.control.models import Approval, ApprovalState, Record
from zengzhi.records.control.records import latest, values_of

SET_PRICE = "set_price"
TABLE = Product._meta.db_table
PRICE = "price_fen"
SPLIT = ("split_cost_ppm", "split_distribution_ppm", "split_platform_ppm")
NAMES = (PRICE, *SPLIT)


def subject_of(product: Product) -> str:
    """How approvals name goods."""
    return f"product:{product.pk}"


def needs_two(product_pk: int | None, before: Values, after: Values) -> bool:
    """Whether a change of price and split is more than one person may do."""
    if any(before.get(name) != after.get(name) for name in SPLIT):
        return True
    if product_pk is None or before.get(PRICE) == after.get(PRICE):
        return False
    return _beyond(_reference_fen(product_pk, before[PRICE]), after[PRICE])


def values_of_goods(product: Product) -> dict[str, Any]:
    """Price and own split."""
    return {name: getattr(product, name) for name in NAMES}


def set_price(approval: Approval) -> str:
    """Price and own split, as approved."""
    wanted = wanted_of(approval, SET_PRICE)
    product = Product.objects.select_for_update().get(pk=_key_of(approval.subject))
    for name in NAMES:
        setattr(product, name, wanted[name])
    product.save(update_fields=list(NAMES))
    newest = next(iter(latest(TABLE, [str(product.pk)])))
    return f"{TABLE}:{product.pk}@{newest.version}"


def _beyond(reference_fen: int, fen: int) -> bool:
    bound_fen = mul_div(reference_fen, settings.PRICE_BOUND_PPM, PPM, Rounding.DOWN)
    return abs(fen - reference_fen) > bound_fen


def _reference_fen(product_pk: int, now_fen: int) -> int:
    done = Approval.objects.filter(
        act=SET_PRICE, subject=f"product:{product_pk}", state=ApprovalState.EXECUTED
    )
    newest = done.order_by("-pk").values_list("after", flat=True).first()
    if newest is not None:
        return int((values_of(newest) or {})[PRICE] or 0)
    first = Record.objects.filter(of_table=TABLE, row_key=str(product_pk), version=1)
    content = first.values_list("content", flat=True).first()
    said = values_of(content) if content else None
    return int(said[PRICE] or 0) if said else now_fen


def _key_of(subject: str) -> int:
    return int(subject.removeprefix("product:"))


def _compare(subject: str, wanted: Values) -> tuple[Values, Values]:
    product = Product.objects.get(pk=_key_of(subject))
    before = values_of_goods(product)
    after = {name: wanted[name] for name in NAMES}
    for name in NAMES:
        setattr(product, name, after[name])
    product.full_clean()
    return before, after


def _changed_by_two() -> Iterator[Result]:
    """Each version of goods whose price or split was changed by more than one person may."""
    records = Record.objects.filter(of_table=TABLE).order_by("pk")
    before: dict[str, dict[str, Any]] = {}
    reference: dict[str, int] = {}
    names = set(
        Approval.objects.filter(act=SET_PRICE, state=ApprovalState.EXECUTED).values_list(
            "result", flat=True
        )
    )
    for record in records:
        said = values_of(record.content)
        if said is None:
            continue
        values = {name: said.get(name) for name in NAMES}
        old = before.get(record.row_key, {PRICE: values[PRICE], **dict.fromkeys(SPLIT)})
        before[record.row_key] = values
        fen = reference.setdefault(record.row_key, int(values[PRICE] or 0))
        moved = values[PRICE] != old[PRICE] and _beyond(fen, int(values[PRICE] or 0))
        name = f"{record.row_key}@{record.version}"
        if f"{TABLE}:{name}" in names:
            reference[record.row_key] = int(values[PRICE] or 0)
        elif not moved and all(values[part] == old[part] for part in SPLIT):
            continue
        yield Result(TABLE, name, None, values)


def keep_for_two(product: Product) -> dict[str, Any] | None:
    """Before one person saves goods: what of price and split is theirs to change stays; otherwise
    both are put back as they are, and what is to be asked for is returned."""
    now = Product.objects.filter(pk=product.pk).first()
    after = values_of_goods(product)
    before = values_of_goods(now) if now else {**after, **dict.fromkeys(SPLIT)}
    if not needs_two(product.pk, before, after):
        return None
    for name in NAMES:
        setattr(product, name, before[name])
    return after


ACT = Approvable(
    name=SET_PRICE,
    title=_("price and split of goods"),
    may_ask="mall.change_product",
    may_approve="control.approve_goods",
    compare=_compare,
    execute=set_price,
    results=_changed_by_two,
    labels={
        PRICE: _("price"),
        "split_cost_ppm": _("own cost share"),
        "split_distribution_ppm": _("own distribution share"),
        "split_platform_ppm": _("own platform share"),
    },
    words=lambda subject: str(Product.objects.get(pk=_key_of(subject))),
)
