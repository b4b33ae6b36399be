"""Who gets back what was spent: 10⁷ orders of 1000 yuan, 300 into the pool, points worth 210."""

from array import array

import numpy as np

from zengzhi.core.economy.rules import Rules
from zengzhi.core.kernel.columns import Columns
from zengzhi.core.kernel.economy import KernelEconomy

ORDERS = 10**7
PAID, CONTRIBUTION, REWARD = 100_000, 30_000, 21_000


def by_plain_integers():
    """Points of every order by the formula alone, in a loop of plain integers."""
    pool, outstanding, granted = 0, 0, array("q")
    for _ in range(ORDERS):
        points = REWARD * outstanding // pool if outstanding else REWARD * 10**6
        pool += CONTRIBUTION
        outstanding += points
        granted.append(points)
    return pool, outstanding, np.frombuffer(granted, np.int64)


def test_ten_million_orders_and_how_many_of_them_are_worth_their_spend():
    """0.5505 % at 1 × and 0.01414 % at 3 × (exits off), as exact counts of lots."""
    economy = KernelEconomy(Rules(exit_multiple=None))
    for _batch in range(10):
        paid = np.full(ORDERS // 10, PAID, np.int64)
        economy.apply_batch(Columns.orders(np.arange(ORDERS // 10) % 1000, paid))
    pool, outstanding, granted = by_plain_integers()
    assert (economy.pool_fen, economy.outstanding_units) == (pool, outstanding)
    assert np.array_equal(economy.lots()["granted"], granted)
    counts = []
    for times in (1, 3):
        # n·A ≥ m·V·S holds of n ≥ ⌈m·V·S/A⌉; n never rises, so that these come first.
        least = (times * PAID * outstanding + pool - 1) // pool
        count = int(np.count_nonzero(granted >= least))
        last, following = int(granted[count - 1]), int(granted[count])
        assert last * pool >= times * PAID * outstanding > following * pool
        counts.append(count)
    assert counts == [55047, 1414]
    assert [f"{count * 100 / ORDERS:.4g}" for count in counts] == ["0.5505", "0.01414"]
