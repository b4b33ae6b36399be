"""Kernel = reference = independent model: every answer, every lot, every number, the digest."""

import json

import pytest

from tests.kernel.engines import all_equal
from tests.oracle import economy as oracle
from tests.oracle.streams import PROFILES, random_rules, random_stream

BASES = ("lot", "member")


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("seed", range(16))
def test_random_streams_under_random_rules(profile, seed):
    all_equal(random_stream(seed, 400, profile), {} if seed % 4 == 0 else random_rules(seed))


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("multiple", ["1", "3/2", "3", "1000000007/1000000006", "off"])
def test_every_profile_under_both_exit_bases(profile, basis, multiple):
    mapping = {"exit": {"multiple": multiple, "basis": basis}}
    all_equal(random_stream(f"{basis}{multiple}", 400, profile), mapping)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("seed", range(3))
def test_the_model_with_a_sorted_queue_agrees_with_the_one_that_scans(profile, seed):
    lines = random_stream(1000 + seed, 250, profile)
    mapping = random_rules(1000 + seed)
    assert oracle.replay(lines, mapping) == oracle.replay(lines, mapping, oracle.Scan)


def order(number, member, paid):
    return json.dumps({"op": "order", "id": f"o{number}", "member": member, "paid": paid})


def subsidy(name, amount):
    return json.dumps({"op": "subsidise", "id": name, "amount": amount})


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("spends", [["1000.00"], ["1000.00", "999.99", "37.10"]])
def test_a_cascade_of_thousands_of_exits_in_one_event(basis, spends):
    """One spend runs through the queue of its class; several ones cross in the heap."""
    lines = [order(i, f"m{i % 700}", spends[i % len(spends)]) for i in range(3000)]
    lines += [subsidy("f1", "200000000.00"), order(9001, "m1", "1.00"), subsidy("f2", "5000.00")]
    answers = all_equal(lines, {"exit": {"multiple": "20", "basis": basis}})
    assert max(len(answer.get("exits", [])) for answer in answers) > 2500


@pytest.mark.parametrize("basis", BASES)
def test_equal_exit_prices_leave_by_sequence(basis):
    """Grants that keep the price give lots of different size but the same V/n."""
    lines = [
        order(1, "a", "100.00"),
        *(order(i, f"m{i}", paid) for i, paid in enumerate(["20.00", "10.00", "40.00"], 2)),
        subsidy("f", "100000.00"),
    ]
    mapping = {
        "split": {"cost": "0%", "distribution": "0%", "platform": "0%"},
        "reward": {"rate": "100%"},
        "exit": {"multiple": "2", "basis": basis},
    }
    answers = all_equal(lines, mapping)
    assert [exit_["order"] for exit_ in answers[4]["exits"]] == ["o1", "o2", "o3", "o4"]


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("paid", ["0.01", "0.04", "100000000", "99999999.99"])
def test_degenerate_orders_between_one_fen_and_the_limit(basis, paid):
    lines = []
    for i in range(60):
        lines.append(order(i, f"m{i % 5}", paid))
        if i % 7 == 3:
            sale = {"op": "sell", "id": f"s{i}", "member": f"m{i % 5}", "points": "all"}
            lines.append(json.dumps(sale))
        if i % 11 == 5:
            lines.append(json.dumps({"op": "refund", "id": f"r{i}", "order": f"o{i - 1}"}))
    all_equal(lines, {"exit": {"multiple": "1.5", "basis": basis}})
