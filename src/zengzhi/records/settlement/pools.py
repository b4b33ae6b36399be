"""A pool: opened under rules that can be read, found, and its state as doors show it."""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from zengzhi.core.economy.pool import Economy
from zengzhi.core.economy.rules import Rules, rules_from_toml
from zengzhi.core.errors import UnusableRules
from zengzhi.core.units import (
    PPM,
    UNITS_PER_POINT,
    Fen,
    PointUnits,
    format_half_up,
    format_price,
)
from zengzhi.records.settlement.engine import rules_of
from zengzhi.records.settlement.models import Pool, RulesVersion
from zengzhi.records.store import clock


def open_pool(code: str, rules_text: str) -> Pool:
    """A new, empty pool under these rules (TOML).

    Errors: ``unusable_rules``; also for ``multiple = "off"``, which is for study only: a holder who
    keeps one unit could swallow later orders.
    """
    rules = rules_from_toml(rules_text)
    if rules.exit_multiple is None:
        raise UnusableRules("exit.multiple", "off", "a multiple: a live pool needs forced exits")
    version = RulesVersion.objects.create(name=rules.name, text=rules_text)
    return Pool.objects.create(code=code, rules=version)


@dataclass(frozen=True, slots=True)
class Market:
    """The state of a pool as shown."""

    pool_pk: int
    pool_fen: int
    outstanding_units: int
    rules: Rules
    settled_orders: int
    as_of: datetime
    closed: bool = False
    """Wound down (清盘): no order gets points any more."""

    @property
    def opening_price_fen(self) -> int | Fraction:
        """The price while no points are out."""
        return self.rules.opening_price_fen

    @property
    def retention_ppm(self) -> int:
        """What stays in the pool of a sale."""
        return self.rules.retention_ppm

    @property
    def exit_multiple(self) -> Fraction | None:
        """The multiple of the spend at which a lot is sold by force."""
        return self.rules.exit_multiple

    @property
    def tick_1x(self) -> str:
        """Where 1× lies on a track that ends at the exit multiple, as a CSS width."""
        if self.exit_multiple is None:
            return "100%"
        share = format_half_up(
            100 * self.exit_multiple.denominator, self.exit_multiple.numerator, 3
        )
        return f"{share}%"

    @property
    def economy(self) -> Economy:
        """The pool's numbers without lots, for the core's formulas."""
        return Economy(self.rules, Fen(self.pool_fen), PointUnits(self.outstanding_units))

    @property
    def price_text(self) -> str:
        """Yuan per point, 4 decimals."""
        return format_price(self.pool_fen, self.outstanding_units, self.opening_price_fen)

    @property
    def payout_price_text(self) -> str:
        """Yuan per point after the retention, 4 decimals."""
        keep_ppm = PPM - self.retention_ppm
        if not self.outstanding_units:
            return format_half_up(self.opening_price_fen * keep_ppm, 100 * PPM, 4)
        return format_half_up(
            self.pool_fen * UNITS_PER_POINT * keep_ppm, self.outstanding_units * 100 * PPM, 4
        )


def default_pool() -> Pool:
    """The mall's pool."""
    return Pool.objects.select_related("rules").get(code="main")


def market(pool: Pool) -> Market:
    """The state of a pool as stored."""
    return Market(
        pool.pk,
        pool.pool_fen,
        pool.outstanding_units,
        rules_of(pool),
        pool.lots_opened,
        clock.now(),
        pool.closed,
    )
