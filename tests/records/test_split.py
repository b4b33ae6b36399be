"""An order is split once in the core; the columns of settlement do the same for many at once."""

import random

import numpy as np

from zengzhi.core.economy.rules import Rules, Split
from zengzhi.core.economy.settle_order import split_order
from zengzhi.records.settlement.incoming import Incoming, split_from_text, split_text
from zengzhi.records.settlement.postings import order_parts


def random_split(rng):
    cuts = sorted(rng.randrange(10**6 + 1) for _ in range(4))
    return Split(*(high - low for low, high in zip([0, *cuts], cuts, strict=False)))


def test_the_split_of_columns_is_the_core_s_order_by_order():
    rng = random.Random(4)
    splits = [random_split(rng) for _ in range(40)]
    rules = Rules(split=random_split(rng))
    paid = [rng.choice([1, 2, 99, 10**10, rng.randrange(1, 10**10)]) for _ in range(2_000)]
    place = [rng.randrange(len(splits) + 1) for _ in paid]
    ids = [f"o{row}" for row in range(len(paid))]
    nobody = np.zeros(len(paid), np.int64)
    events = Incoming.orders(ids, nobody, np.array(paid), nobody)
    events.split[:] = place
    object.__setattr__(events, "splits", splits)
    parts = np.stack(order_parts(rules, events, np.arange(len(paid))), axis=1).tolist()
    for row, amount in enumerate(paid):
        split = splits[place[row] - 1] if place[row] else rules.split
        *rounded, contribution = split_order(amount, split)
        assert parts[row] == rounded
        assert contribution == amount - sum(rounded) >= 0


def test_a_split_is_read_as_it_was_stored():
    rng = random.Random(5)
    for split in (Split(), Split(10**6, 0, 0, 0), *(random_split(rng) for _ in range(50))):
        text = split_text(split)
        assert len(text) <= 32
        assert split_from_text(text) == split
    assert split_from_text(split_text(None)) is None
