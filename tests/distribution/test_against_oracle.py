"""Every line of 2000 random trees and plans is what an independent model says."""

import os
import random

import pytest

from tests.distribution.compare import disagreement
from tests.oracle import bonuses as oracle
from tests.oracle.networks import random_case
from zengzhi.core.distribution.dividend import pay_dividend

SEEDS = 20_000 if os.environ.get("ZENGZHI_LONG") == "1" else 2000


@pytest.mark.parametrize("block", range(4))
def test_random_trees_and_plans_line_by_line(block):
    for seed in range(block, SEEDS, 4):
        found = disagreement(seed)
        assert found is None, f"seed {seed}: {found}"


def test_the_cases_reach_every_kind_and_every_answer():
    kinds, codes, cut = set(), set(), 0
    for seed in range(200):
        for answer in oracle.answers(*random_case(seed)):
            codes.add(answer.get("error"))
            kinds |= {line["kind"] for line in answer.get("lines", ())}
            cut += answer.get("unallocated") == "0.00"
    assert codes == {
        None,
        "malformed",
        "invalid_amount",
        "limit_exceeded",
        "unknown_member",
        "id_reused",
    }
    assert kinds == {
        "direct",
        "indirect",
        "rank_difference",
        "peer",
        "district_agent",
        "city_agent",
        "province_agent",
    }
    assert cut > 100


def test_random_dividends():
    rng = random.Random(5)
    for _ in range(400):
        fen = rng.choice([rng.randint(1, 50), rng.randint(1, 10**8)])
        weights = [rng.choice([0, 1, 1, 10, rng.randint(1, 10**6)]) for _ in range(30)]
        weights[rng.randrange(30)] = 7
        assert pay_dividend(fen, weights) == oracle.dividend(fen, weights)
