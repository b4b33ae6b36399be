"""The JSON vectors of the economy: the kernel answers them too, and the files are the model's.

``tests/vectors/test_vectors.py`` runs them through the reference, as any other vector.
"""

import json
from collections import Counter

import pytest

from tests.vectors import runner
from tests.vectors.make import FOLDER, text_of, vector
from tests.vectors.scenarios import SCENARIOS
from zengzhi.core.economy.rules import rules_from_toml
from zengzhi.core.economy.verbs import VERBS

FILES = sorted(FOLDER.glob("*.json"))
CODES = {
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


def case_of(path):
    (case,) = json.loads(path.read_text(encoding="utf-8"))["cases"]
    return case


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_kernel_answers_the_vector(path, tmp_path):
    case = case_of(path)
    runner.check(tmp_path, case | {"command": [*case["command"], "--engine", "kernel"]})


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_both_engines_print_the_same_words(path, tmp_path):
    """Messages and digests too, which the vectors leave out."""
    case = case_of(path)
    printed = [
        runner.run(tmp_path, case | {"command": [*case["command"], "--engine", engine]}).stdout
        for engine in ("reference", "kernel")
    ]
    assert printed[0] == printed[1]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_file_is_what_the_model_says(path):
    assert path.read_text(encoding="utf-8") == text_of(vector(path.stem)) + "\n"


def test_there_is_a_file_for_every_scenario():
    assert {path.stem for path in FILES} == set(SCENARIOS)


def test_the_vectors_reach_every_verb_every_refusal_and_exits_under_both_bases():
    verbs, codes, bases = Counter(), Counter(), Counter()
    for path in FILES:
        case = case_of(path)
        answers = case["expected"][:-1]
        accepted = {answer["id"] for answer in answers if answer["ok"]}
        for event in case["files"]["events.jsonl"]:
            if isinstance(event, dict) and event.get("id") in accepted:
                verbs[event["op"]] += 1
        codes.update(answer["error"] for answer in answers if not answer["ok"])
        if any(answer.get("exits") for answer in answers):
            bases[rules_from_toml("\n".join(case["files"]["rules.toml"])).exit_basis] += 1
    assert set(verbs) == {verb.name for verb in VERBS}
    assert set(codes) == CODES
    assert set(bases) == {"lot", "member"}
