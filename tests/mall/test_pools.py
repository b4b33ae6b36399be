"""A live pool runs under usable rules, with forced exits."""

import pytest

from zengzhi.core.errors import UnusableRules
from zengzhi.records.settlement.models import Pool, RulesVersion
from zengzhi.records.settlement.pools import open_pool
from zengzhi.site.demo import preset


def test_a_live_pool_refuses_exits_off(db):
    with pytest.raises(UnusableRules, match="a live pool"):
        open_pool("main", '[exit]\nmultiple = "off"\n')
    assert (Pool.objects.count(), RulesVersion.objects.count()) == (0, 0)


def test_a_pool_opens_empty_under_a_preset(db):
    pool = open_pool("stock", preset("clear-inventory"))
    assert (pool.pool_fen, pool.outstanding_units, pool.rules.name) == (0, 0, "clear-inventory")
