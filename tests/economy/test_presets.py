"""The presets that ship: each is usable rules, and replay accepts it with either engine."""

import json
from importlib import resources
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.kernel.engines import all_equal
from tests.oracle.streams import random_stream
from zengzhi.cli.main import main
from zengzhi.core.economy.rules import Rules, rules_from_toml

PRESETS = {
    Path(str(entry)).stem: Path(str(entry))
    for entry in resources.files("zengzhi.presets").iterdir()
    if str(entry).endswith(".toml")
}


def test_the_five_presets_of_the_specification_ship():
    assert set(PRESETS) >= {
        "seed",
        "clear-inventory",
        "legacy-conversion",
        "two-level-rebate",
        "starter",
    }


def test_the_seed_preset_is_what_missing_keys_mean():
    assert rules_from_toml(PRESETS["seed"].read_text(encoding="utf-8")) == Rules()
    assert rules_from_toml("") == Rules()


@pytest.mark.parametrize("engine", ["reference", "kernel"])
@pytest.mark.parametrize("name", PRESETS)
def test_replay_accepts_a_preset(name, engine, tmp_path):
    events = tmp_path / "events.jsonl"
    events.write_text("\n".join(random_stream(3, 200, "mixed")) + "\n", encoding="utf-8")
    command = ["replay", str(events), "--rules", str(PRESETS[name]), "--engine", engine]
    done = CliRunner().invoke(main, command)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 3  # the stream has malformed lines, and the others are processed
    assert answers[-1]["summary"]
    assert answers[-1]["events"] == len(answers) - 1
    assert sum(answer["ok"] for answer in answers[:-1]) > 100


@pytest.mark.parametrize("name", PRESETS)
def test_both_engines_and_the_model_agree_under_a_preset(name):
    import tomllib

    mapping = tomllib.loads(PRESETS[name].read_text(encoding="utf-8"))
    assert mapping["name"] == name
    all_equal(random_stream(4, 400, "mixed"), mapping)


def test_the_summary_alone_and_the_full_output_end_with_the_same_line(tmp_path):
    events = tmp_path / "events.jsonl"
    events.write_text("\n".join(random_stream(5, 100, "refunds")) + "\n", encoding="utf-8")
    last = []
    for engine in ("reference", "kernel"):
        for more in ([], ["--summary-only"]):
            command = ["replay", str(events), "--rules", str(PRESETS["seed"]), "--engine", engine]
            lines = CliRunner().invoke(main, [*command, *more]).stdout.splitlines()
            assert more == [] or len(lines) == 1
            last.append(lines[-1])
    assert len(set(last)) == 1
