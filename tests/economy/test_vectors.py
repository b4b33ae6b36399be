"""The JSON vectors: both engines and the independent model answer as written, event by event."""

import json
from collections import Counter

import pytest

from tests.kernel.engines import same, without_own_words
from tests.vectors.make import FOLDER, lines_of, text_of, vector
from tests.vectors.scenarios import SCENARIOS
from zengzhi.core.economy.events import FIELDS
from zengzhi.core.economy.replay import Replay
from zengzhi.core.economy.rules import rules_from_mapping
from zengzhi.core.kernel.replay import KernelReplay

FILES = sorted(FOLDER.glob("*.json"))
ENGINES = {"reference": Replay, "kernel": KernelReplay}


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_vector(path, engine):
    wanted = read(path)
    lines = lines_of(wanted["events"])
    replay = ENGINES[engine](rules_from_mapping(wanted["rules"]))
    got = without_own_words([*replay.answers(lines), replay.summary()])
    same(lines, got, [*wanted["answers"], wanted["summary"]])
    numbers = replay.economy.numbers if engine == "kernel" else vars_of(replay.economy)
    assert numbers["put_in_fen"] == (
        numbers["pool_fen"]
        + numbers["pool_reserve_fen"]
        + numbers["paid_out_fen"]
        + numbers["converted_fen"]
        + numbers["refunded_fen"]
    )


def vars_of(economy):
    return {name: getattr(economy, name) for name in economy.__slots__ if name.endswith("_fen")}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_file_is_what_the_model_says(path):
    assert path.read_text(encoding="utf-8") == text_of(vector(path.stem))


def test_there_is_a_file_for_every_scenario():
    assert {path.stem for path in FILES} == set(SCENARIOS)


def test_the_vectors_reach_every_verb_every_refusal_and_exits_under_both_bases():
    verbs, codes, bases = Counter(), Counter(), Counter()
    for path in FILES:
        wanted = read(path)
        accepted = {answer["id"] for answer in wanted["answers"] if answer["ok"]}
        for event in wanted["events"]:
            if isinstance(event, dict) and event.get("id") in accepted:
                verbs[event["op"]] += 1
        codes.update(answer.get("error") for answer in wanted["answers"])
        if any(answer.get("exits") for answer in wanted["answers"]):
            bases[wanted["rules"].get("exit", {}).get("basis", "lot")] += 1
    assert set(verbs) == set(FIELDS)
    assert set(codes) == {
        None,
        "malformed",
        "invalid_amount",
        "limit_exceeded",
        "unknown_order",
        "unknown_member",
        "insufficient_points",
        "already_refunded",
        "id_reused",
    }
    assert set(bases) == {"lot", "member"}
