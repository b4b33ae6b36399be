"""At the limits of the economy the kernel is exact; past its own numbers the reference works."""

import json
import random

import numpy as np
import pytest

from tests.kernel.engines import all_equal, cuts, finish, in_pieces, reload, same
from tests.oracle.streams import PROFILES, random_stream
from zengzhi.core.economy.replay import Replay
from zengzhi.core.economy.rules import Rules, rules_from_mapping
from zengzhi.core.kernel import layout as at
from zengzhi.core.kernel.columns import Columns
from zengzhi.core.kernel.economy import KernelEconomy, supported
from zengzhi.core.kernel.replay import KernelReplay

ALL_IN = {
    "opening_price": "0.01",
    "split": {"cost": "0%", "distribution": "0%", "platform": "0%"},
    "reward": {"rate": "100%"},
}
FULL_POOL = "90071992547409.91"
"""2⁵³ − 1 fen."""


def event(op, number, **fields):
    return json.dumps({"op": op, "id": f"{op}{number}", **fields})


def yuan(fen):
    return f"{fen // 100}.{fen % 100:02d}"


def near_the_limits(seed, basis):
    """S a little below 2⁶⁰ and A a little below 2⁵³, then every verb there."""
    rng = random.Random(f"limits {seed}")
    units = 2**60 - rng.randrange(1, 10**9)
    money = units // 10**8  # fen, at the opening price of one fen
    pool = 2**53 - 1 - rng.randrange(1, 10**6)
    lines = [
        event("grant", 1, member="g", amount=yuan(money // 2)),
        event("order", 2, member="a", paid=yuan(10**10 - rng.randrange(3))),
        event("grant", 3, member="b", amount=yuan(money - money // 2 - 10**10)),
        event("subsidise", 4, amount=yuan(pool - money)),
    ]
    for number in range(5, 120):
        op = rng.choice(["order", "order", "order", "sell", "convert", "expire", "refund"])
        member = rng.choice("abg")
        if op == "order":
            paid = rng.choice([10**10, 1, 99, 10**6, rng.randrange(1, 10**10)])
            lines.append(event(op, number, member=member, paid=yuan(paid)))
        elif op == "refund":
            lines.append(event(op, number, order=f"order{rng.randrange(2, number)}"))
        else:
            points = rng.choice(["0.00000001", "12345678.87654321", "1000000000.12345678", "77"])
            lines.append(event(op, number, member=member, points=points))
    mapping = ALL_IN | {"exit": {"basis": basis, "multiple": rng.choice(["1000000", "off", "2"])}}
    return lines, mapping


@pytest.mark.parametrize("basis", ["lot", "member"])
@pytest.mark.parametrize("seed", range(12))
def test_every_verb_near_both_limits(seed, basis):
    lines, mapping = near_the_limits(seed, basis)
    answers = all_equal(lines, mapping)
    assert float(answers[3]["pool"]) * 100 > 0.99 * 2**53 or answers[3]["exits"]
    assert any(answer["ok"] for answer in answers[4:-1])


def test_runs_of_plain_orders_near_both_limits():
    """The fast lane divides by itself: 400 equal orders where float64 has no digit to spare."""
    lines, mapping = near_the_limits(0, "lot")
    lines = [*lines[:4], *(event("order", i, member="a", paid="99999.97") for i in range(10, 410))]
    answers = all_equal(lines, mapping | {"exit": {"multiple": "off"}})
    assert sum(answer["ok"] for answer in answers[:-1]) > 100


@pytest.mark.parametrize(
    "mapping",
    [
        {"opening_price": "10000000000.00"},
        {"opening_price": "123456789012345678901234567890.00"},
        {"exit": {"multiple": f"{2**62 + 1}/{2**62}", "basis": "lot"}},
        {"exit": {"multiple": f"{2**62 + 1}/{2**62}", "basis": "member"}},
        {"exit": {"multiple": "1" + "0" * 30}},
    ],
)
@pytest.mark.parametrize("profile", PROFILES)
def test_rules_outside_the_kernels_numbers_are_left_to_the_reference(mapping, profile):
    rules = rules_from_mapping(mapping)
    assert not supported(rules)
    lines = random_stream("outside", 300, profile)
    all_equal(lines, mapping)
    got = in_pieces(KernelReplay(rules), lines, cuts(1, len(lines), 6), between=reload)
    same(lines, got, finish(Replay(rules), lines))


def into_the_fallback(basis):
    """Subsidies that find no points are swept at once; 257 of them put in more than 2⁶¹ fen."""
    lines = [event("subsidise", number, amount=FULL_POOL) for number in range(257)]
    return lines, {"exit": {"basis": basis, "multiple": "3/2"}}


@pytest.mark.parametrize("basis", ["lot", "member"])
@pytest.mark.parametrize("profile", PROFILES)
def test_past_2_to_the_61_fen_ever_put_in_the_reference_goes_on_in_mid_batch(profile, basis):
    before, mapping = into_the_fallback(basis)
    first = [event("order", 900 + i, member=f"m{i % 3}", paid="1000.00") for i in range(20)]
    first.append(event("subsidise", 999, amount="80000000000000"))  # everybody leaves
    lines = [*first, *before, *random_stream("after", 300, profile)]
    wanted = all_equal(lines, mapping)
    rules = rules_from_mapping(mapping)
    kernel = KernelReplay(rules)
    same(lines, finish(kernel, lines), wanted)
    assert kernel.economy._fallback is not None
    got = in_pieces(KernelReplay(rules), lines, cuts(2, len(lines), 9), between=reload)
    same(lines, got, wanted)


def fallen_back():
    economy = KernelEconomy(rules_from_mapping({}))
    count = 257
    economy.apply_batch(
        Columns(
            np.full(count, at.SUBSIDISE), np.full(count, -1), np.full(count, 2**53 - 1, np.int64)
        )
    )
    assert economy._fallback is not None
    return economy


def test_a_cycle_too_large_for_the_kernel_is_left_to_the_reference():
    """Whoever sells everything keeps the cycle open: Σn may pass 2⁶⁰ though S never does."""
    lines = []
    for number in range(9):
        lines.append(event("order", number, member="a", paid="100000000"))
        lines.append(event("sell", number, member="a", points="all"))
    mapping = ALL_IN | {"exit": {"basis": "member", "multiple": "3"}, "sale": {"retention": "1%"}}
    mapping["split"] = {"cost": "50%", "distribution": "0%", "platform": "0%"}
    kernel = KernelReplay(rules_from_mapping(mapping))
    finish(kernel, lines)
    assert kernel.economy._fallback is not None
    all_equal(lines, mapping)


@pytest.mark.parametrize("fresh", [True, False])
def test_a_batch_may_name_its_own_refused_rows_in_either_engine(fresh):
    """A sale that names an order refused in the same batch finds no lot, also in the fallback."""
    op = np.asarray([at.ORDER, at.ORDER, at.ORDER, at.SELL, at.SELL, at.REFUND], np.uint8)
    amount = np.asarray([100_000, 2 * 10**10, 100_000, -1, -1, -1])
    ref = np.asarray([-1, -1, -1, -3 - 1, -3 - 2, -3 - 0])
    columns = Columns(op, np.zeros(6, np.int64), amount, ref)
    economy = KernelEconomy(Rules(exit_multiple=None)) if fresh else fallen_back()
    result = economy.apply_batch(columns)
    codes = [result.code(row) for row in range(6)]
    assert codes == ["", "limit_exceeded", "", "unknown_order", "", ""]
    assert result.opened.tolist()[:3] == [0, -1, 1]
    assert result.parts[:, 1].tolist()[0] == 1


def test_columns_that_no_reader_would_write_are_refused_alike_by_kernel_and_fallback():
    rows = [
        (0, 0, 5, -1),
        (9, 0, 5, -1),
        (at.ORDER, 0, 0, -1),
        (at.ORDER, 0, -1, -1),
        (at.ORDER, -1, 5, -1),
        (at.GRANT, -1, 5, -1),
        (at.GRANT, 0, -1, -1),
        (at.SUBSIDISE, -1, 0, -1),
        (at.SELL, 0, 0, -1),
        (at.SELL, 0, -2, -1),
        (at.SELL, 7, 5, -1),
        (at.SELL, -1, 5, -1),
        (at.CONVERT, 0, 0, -1),
        (at.EXPIRE, 5, -1, -1),
        (at.REFUND, -1, 5, -1),
        (at.REFUND, -1, 0, 0),
        (at.REFUND, -1, 5, -2),
        (at.REFUND, -1, 5, 10**9),
        (at.REFUND, -1, 5, -3 - 10**6),
    ]
    op, member, amount, ref = (np.asarray(column) for column in zip(*rows, strict=True))
    columns = Columns(op.astype(np.uint8), member, amount, ref)
    kernel, fallback = KernelEconomy(rules_from_mapping({})), fallen_back()
    ours, theirs = kernel.apply_batch(columns), fallback.apply_batch(columns)
    assert [ours.code(row) for row in range(len(rows))] == [
        theirs.code(row) for row in range(len(rows))
    ]
    assert "" not in {ours.code(row) for row in range(len(rows))}
    assert kernel.numbers["put_in_fen"] == 0
