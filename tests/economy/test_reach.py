"""Counters that prove the random streams reach the states that matter."""

import json
from collections import Counter
from fractions import Fraction

from tests.oracle.streams import PROFILES, random_rules, random_stream
from zengzhi.core.economy.replay import Replay
from zengzhi.core.economy.rules import rules_from_mapping


def reached(lines, rules):
    """How often each state was reached in a stream."""
    replay, seen = Replay(rules), Counter()
    for line in lines:
        if not line.strip():
            continue
        economy = replay.economy
        before = economy.outstanding_units
        answer = replay.answer(line)
        if not answer["ok"]:
            continue
        fields = json.loads(line)
        outstanding = economy.outstanding_units
        seen["full exit"] += bool(before) and not outstanding
        seen["cascade of ten and more"] += len(answer["exits"]) >= 10
        seen["less than one point in circulation"] += 0 < outstanding < 10**8
        if outstanding:
            # Fen per unit against 100 yuan a point.
            seen["price above 100"] += Fraction(economy.pool_fen, outstanding) > Fraction(1, 10**4)
        if fields["op"] == "refund":
            lot = economy.lot_by_id[fields["order"]]
            seen["refund after a sale"] += lot.paid_fen > 0 and not lot.exited
            seen["refund after an exit"] += lot.exited
            seen["partial refund"] += lot.refunded_fen < lot.spend_fen
        if fields["op"] == "order":
            seen["order of no points"] += answer["points"] == "0.00000000"
            seen["new epoch"] += economy.epoch > 1
    return seen


def test_the_streams_of_the_suite_reach_every_state():
    seen = Counter()
    for profile in PROFILES:
        for seed in range(4):
            rules = rules_from_mapping({} if seed % 4 == 0 else random_rules(seed))
            seen += reached(random_stream(seed, 400, profile), rules)
    for state in (
        "full exit",
        "cascade of ten and more",
        "refund after a sale",
        "price above 100",
        "less than one point in circulation",
        "refund after an exit",
        "partial refund",
        "order of no points",
        "new epoch",
    ):
        assert seen[state] >= 3, seen
