"""The same lines through the reference, the kernel and the independent model, field by field."""

import random
from itertools import pairwise, zip_longest

import numpy as np

from tests.oracle import economy as oracle
from zengzhi.core.economy.replay import Replay, is_blank
from zengzhi.core.economy.rules import rules_from_mapping
from zengzhi.core.kernel.economy import KernelEconomy
from zengzhi.core.kernel.replay import KernelReplay

LOT_FIELDS = {
    "spend": "spend_fen",
    "contribution": "contribution_fen",
    "granted": "granted_units",
    "remaining": "remaining_units",
    "paid": "paid_fen",
    "refunded": "refunded_fen",
    "exited": "exited",
    "is_grant": "is_grant",
}


def same(lines, got, wanted):
    """The first line that is answered differently is named."""
    asked = [line for line in lines if not is_blank(line)]
    for number, (one, other) in enumerate(zip_longest(got, wanted)):
        line = asked[number] if number < len(asked) else "summary"
        assert one == other, f"event {number}: {line}"


def without_own_words(answers):
    """The model knows neither messages nor digests."""
    return [{k: v for k, v in a.items() if k not in ("message", "digest")} for a in answers]


def finish(replay, lines):
    return [*replay.answers(lines), replay.summary()]


def lots_of_reference(economy):
    """Every lot of a reference economy in the columns of the kernel; members by number."""
    members = {}
    for lot in economy.lots:
        members.setdefault(lot.member, len(members))
    columns = {
        name: np.asarray([getattr(lot, field) for lot in economy.lots], np.int64)
        for name, field in LOT_FIELDS.items()
    }
    columns["member"] = np.asarray([members[lot.member] for lot in economy.lots], np.int64)
    return columns, list(members)


def same_lots(reference, kernel):
    """Every field of every lot, and the member behind its number."""
    wanted, members = lots_of_reference(reference.economy)
    got = kernel.economy.lots()
    for name in LOT_FIELDS:
        assert np.array_equal(got[name], wanted[name]), name
    names = kernel._names.members
    assert [names[number] for number in got["member"]] == [
        members[number] for number in wanted["member"]
    ]
    for name, number in kernel.economy.numbers.items():
        assert getattr(reference.economy, name) == number, name


def all_equal(lines, mapping, with_model=True):
    """Reference = kernel in everything; both = model. Returns the answers."""
    rules = rules_from_mapping(mapping)
    reference, kernel = Replay(rules), KernelReplay(rules)
    wanted = finish(reference, lines)
    same(lines, finish(kernel, lines), wanted)
    same_lots(reference, kernel)
    if with_model:
        same(lines, without_own_words(wanted), oracle.replay(lines, mapping))
    return wanted


def cuts(seed, length, pieces):
    """Random places to cut a stream, with both ends."""
    places = random.Random(seed).sample(range(1, length), min(pieces, length - 1))
    return [0, *sorted(places), length]


def in_pieces(replay, lines, places, between=None):
    """Answers of a stream that is handed over piece by piece."""
    answers = []
    for first, last in pairwise(places):
        answers += replay.answers(lines[first:last])
        if between is not None:
            between(replay)
    return [*answers, replay.summary()]


def reload(replay):
    """Put a kernel that was restored from its stored state in the place of the running one."""
    economy = replay.economy
    replay.economy = KernelEconomy.restore(economy.rules, economy.numbers, economy.lots())
