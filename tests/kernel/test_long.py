"""Long random streams: 10⁵ events a stream with ``make long`` (ZENGZHI_LONG=1), 3000 otherwise."""

import os

import pytest

from tests.kernel.engines import all_equal, cuts, in_pieces, reload, same
from tests.oracle.streams import PROFILES, random_rules, random_stream
from zengzhi.core.economy.rules import rules_from_mapping
from zengzhi.core.kernel.replay import KernelReplay

EVENTS = 100_000 if os.environ.get("ZENGZHI_LONG") == "1" else 3_000


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_long_streams_in_pieces_and_restored(profile, seed):
    """Seed 0 under the seed's rules, others under random ones; reference = kernel = model."""
    mapping = {} if seed == 0 else random_rules(seed)
    lines = random_stream(seed, EVENTS, profile)
    wanted = all_equal(lines, mapping)
    rules = rules_from_mapping(mapping)
    places = cuts(seed, len(lines), 12)
    same(lines, in_pieces(KernelReplay(rules), lines, places, between=reload), wanted)
