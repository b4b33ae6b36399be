"""What became of all lots and all money of a pool (spec 6.2), from the live records. Reads only."""

from dataclasses import dataclass
from fractions import Fraction
from typing import cast

from django.core.cache import cache
from django.db import connection
from django.db.models import F, Q, Sum

from zengzhi.core.disclosure.break_even import break_even, contribution_ppm
from zengzhi.records.settlement.engine import rules_of
from zengzhi.records.settlement.models import Lot, Pool

BORDER = 1e-9
"""Lots whose value is closer to a multiple than this are compared in exact integers."""
TRUTH_LOTS = 200_000
TRUTH_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Truth:
    """What became of all lots and all money (spec 6.2)."""

    lots: int
    reached_1x: int
    reached_3x: int
    put_in_fen: int
    paid_out_fen: int
    spend_fen: int
    bound_ppm: int
    break_even_factor_text: str
    settled_orders: int


def truth_of(pool: Pool) -> Truth:
    """How many lots reached 1× and 3×, and all money in and out, from the live records.

    A large pool's lots are counted at most once in ``TRUTH_SECONDS``.
    """
    if pool.lots_opened < TRUTH_LOTS:
        return _truth(pool)
    key = f"truth:{connection.settings_dict['NAME']}:{pool.pk}"
    return cast(Truth, cache.get_or_set(key, lambda: _truth(pool), TRUTH_SECONDS))


def _truth(pool: Pool) -> Truth:
    rules = rules_of(pool)
    lots = Lot.objects.filter(pool=pool, is_grant=False)
    spend_fen = lots.aggregate(spend=Sum("spend_fen"))["spend"] or 0

    def reached(multiple: int) -> int:
        exited = Q(exited=True) if (rules.exit_multiple or 0) >= multiple else Q(pk__in=())
        if not pool.outstanding_units:
            return lots.filter(exited).count()
        # n·A ≥ m·V·S does not fit the database's integers: those near the border are decided here.
        price = pool.pool_fen / pool.outstanding_units
        surely = exited | Q(granted_units__gt=F("spend_fen") * (multiple / price * (1 + BORDER)))
        near = lots.exclude(surely).filter(
            granted_units__gte=F("spend_fen") * (multiple / price * (1 - BORDER))
        )
        return lots.filter(surely).count() + sum(
            granted * pool.pool_fen >= multiple * spend * pool.outstanding_units
            for granted, spend in near.values_list("granted_units", "spend_fen").iterator()
        )

    return Truth(
        lots=lots.count(),
        reached_1x=reached(1),
        reached_3x=reached(3),
        put_in_fen=pool.put_in_fen,
        paid_out_fen=pool.paid_out_fen,
        spend_fen=spend_fen,
        bound_ppm=contribution_ppm(rules),
        break_even_factor_text=break_even(rules, Fraction(1)).factor_text,
        settled_orders=lots.count(),
    )
