"""The reference engine answers every event as an independent model does, field by field."""

import os
from itertools import zip_longest

import pytest

from tests.oracle import economy as oracle
from tests.oracle.streams import PROFILES, random_rules, random_stream
from zengzhi.core.economy.replay import replay_lines
from zengzhi.core.economy.rules import rules_from_mapping

LONG = os.environ.get("ZENGZHI_LONG") == "1"
EVENTS = 3000 if LONG else 320
SEEDS = range(60 if LONG else 12)


def compare(lines, mapping):
    ours = [dict(answer) for answer in replay_lines(lines, rules_from_mapping(mapping))]
    theirs = oracle.replay(lines, mapping)
    asked = [line for line in lines if line.strip()]
    for number, (got, wanted) in enumerate(zip_longest(ours, theirs)):
        got = {key: value for key, value in got.items() if key not in ("message", "digest")}
        line = asked[number] if number < len(asked) else "summary"
        assert got == wanted, f"event {number}: {line}"


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("seed", SEEDS)
def test_random_streams_under_random_rules(profile, seed):
    rules = {} if seed % 4 == 0 else random_rules(seed)
    compare(random_stream(seed, EVENTS, profile), rules)


def test_the_streams_reach_every_answer():
    codes, exits, epochs = set(), 0, 0
    for profile in PROFILES:
        for seed in range(4):
            rules = rules_from_mapping({} if seed % 2 else random_rules(seed))
            *answers, summary = replay_lines(random_stream(seed, 320, profile), rules)
            codes |= {answer.get("error") for answer in answers}
            exits = max([exits, *(len(answer.get("exits", [])) for answer in answers)])
            epochs = max(epochs, summary["epoch"])
    assert codes == {
        None,
        "malformed",
        "invalid_amount",
        "limit_exceeded",
        "unknown_order",
        "unknown_member",
        "insufficient_points",
        "already_refunded",
        "id_reused",
        "pool_closed",
    }
    assert exits >= 10
    assert epochs >= 2
