"""A batch of events gives bit for bit what the same events give one by one (G5)."""

import json

import numpy as np
import pytest

from tests.kernel.engines import (
    cuts,
    finish,
    in_pieces,
    lots_of_reference,
    reload,
    same,
    same_lots,
)
from tests.oracle.streams import PROFILES, random_rules, random_stream
from zengzhi.core.economy.replay import Replay
from zengzhi.core.economy.rules import rules_from_mapping
from zengzhi.core.kernel import replay as kernel_replay
from zengzhi.core.kernel.columns import Columns
from zengzhi.core.kernel.economy import STATE_NUMBERS, KernelEconomy
from zengzhi.core.kernel.fallback import reference_economy
from zengzhi.core.kernel.layout import ORDER, SELL
from zengzhi.core.kernel.replay import KernelReplay

EVENTS = 500


def rules_of(seed):
    return rules_from_mapping({} if seed % 3 == 0 else random_rules(seed))


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("seed", range(6))
def test_any_way_of_cutting_gives_the_same(profile, seed):
    lines, rules = random_stream(seed, EVENTS, profile), rules_of(seed)
    reference = Replay(rules)
    wanted = finish(reference, lines)
    for pieces in (1, 10, 200):
        kernel = KernelReplay(rules)
        same(lines, in_pieces(kernel, lines, cuts(seed, len(lines), pieces)), wanted)
        same_lots(reference, kernel)


@pytest.mark.parametrize("profile", PROFILES)
def test_one_event_at_a_time_gives_the_same(profile, monkeypatch):
    monkeypatch.setattr(kernel_replay, "CHUNK_LINES", 1)
    lines, rules = random_stream(77, EVENTS, profile), rules_of(1)
    same(lines, finish(KernelReplay(rules), lines), finish(Replay(rules), lines))


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("seed", range(6))
def test_a_kernel_restored_in_mid_stream_goes_on_as_if_nothing_had_happened(profile, seed):
    lines, rules = random_stream(50 + seed, EVENTS, profile), rules_of(seed)
    places = cuts(seed, len(lines), 5)
    got = in_pieces(KernelReplay(rules), lines, places, between=reload)
    same(lines, got, finish(Replay(rules), lines))


@pytest.mark.parametrize("basis", ["lot", "member"])
@pytest.mark.parametrize("profile", PROFILES)
def test_the_state_of_either_engine_restores_the_other(profile, basis):
    lines = random_stream(f"handover {basis}", EVENTS, profile)
    rules = rules_from_mapping({"exit": {"basis": basis, "multiple": "2"}})
    half = len(lines) // 2
    wanted = finish(Replay(rules), lines)

    reference, kernel = Replay(rules), KernelReplay(rules)
    first = [list(engine.answers(lines[:half])) for engine in (reference, kernel)]
    assert first[0] == first[1]
    columns, members = lots_of_reference(reference.economy)
    numbers = {name: getattr(reference.economy, name) for name in STATE_NUMBERS}
    lot_ids = [lot.event_id for lot in reference.economy.lots]

    # The kernel goes on from the reference's state, under the kernel's numbers of members.
    place = {name: number for number, name in enumerate(kernel._names.members)}
    moved = columns | {"member": np.asarray([place[members[n]] for n in columns["member"]])}
    kernel.economy = KernelEconomy.restore(rules, numbers, moved)
    same(lines[half:], finish(kernel, lines[half:]), wanted[len(first[0]) :])

    # The reference goes on from the columns.
    economy = reference_economy(rules, numbers, columns)
    for lot, event_id in zip(economy.lots, lot_ids, strict=True):
        lot.event_id, lot.member = event_id, members[int(lot.member)]
    economy.lot_by_id = {lot.event_id: lot for lot in economy.lots}
    economy.lots_by_member = {
        members[int(number)]: lots for number, lots in economy.lots_by_member.items()
    }
    economy.cycles = {members[int(n)]: cycle for n, cycle in economy.cycles.items()}
    economy.exit_queue = [(key, first, members[int(n)]) for key, first, n in economy.exit_queue]
    reference.economy = economy
    same(lines[half:], finish(reference, lines[half:]), wanted[len(first[0]) :])


def test_a_reference_to_a_row_of_the_same_batch_survives_the_cut():
    """Columns that are sliced keep naming the right lot, or none."""
    op = np.asarray([ORDER, ORDER, SELL, SELL], np.uint8)
    columns = Columns(
        op, np.asarray([0, 0, 0, 0]), np.asarray([100, 100_000, 5, 7]), np.asarray([-1, -1, -4, -3])
    )
    tail = columns[1:]
    assert tail.ref is not None
    assert tail.ref.tolist() == [-1, -3, -2]
    economy = KernelEconomy(rules_from_mapping({}))
    result = economy.apply_batch(tail)
    assert [result.code(row) for row in range(3)] == ["", "", "unknown_order"]


def test_a_batch_of_nothing_and_a_stream_of_blank_lines():
    rules = rules_from_mapping({})
    for lines in ([], ["", "  ", "\t\n"]):
        kernel = KernelReplay(rules)
        assert finish(kernel, lines) == finish(Replay(rules), lines)
    assert len(KernelEconomy(rules).apply_batch(Columns.orders(np.zeros(0), np.zeros(0)))) == 0


def test_a_repeated_line_is_answered_word_for_word_across_batches():
    order = json.dumps({"op": "order", "id": "o", "member": "m", "paid": "1000"})
    other = json.dumps({"op": "order", "id": "p", "member": "m", "paid": "1000"})
    changed = json.dumps({"op": "order", "id": "o", "member": "m", "paid": "1000.00"})
    lines = [order, order, other, order, changed, "{", order]
    rules = rules_from_mapping({})
    wanted = finish(Replay(rules), lines)
    assert wanted[0] == wanted[1] == wanted[3] == wanted[6]
    assert wanted[4]["error"] == "id_reused"
    for places in ([0, 7], [0, 1, 2, 3, 4, 5, 6, 7], [0, 2, 5, 7]):
        same(lines, in_pieces(KernelReplay(rules), lines, places), wanted)
