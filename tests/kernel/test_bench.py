"""The bench reports what the specification asks for, and the page is made of nothing else."""

import json

import pytest
from click.testing import CliRunner

from bench.report import page
from zengzhi.bench import kernel
from zengzhi.cli.main import main

SMALL = {
    "BASELINE_EVENTS": 1_500,
    "OUR_ORDERS": 6_000,
    "OUR_MIXED": 3_000,
    "BATCH": 1_000,
    "OPEN_LOTS": 20_000,
    "CASCADE": 2_000,
}


@pytest.fixture(scope="module")
def report():
    """A report of the smallest sizes, through the command."""
    with pytest.MonkeyPatch.context() as patch:
        for name, size in SMALL.items():
            patch.setattr(kernel, name, size)
        done = CliRunner().invoke(main, ["bench", "kernel", "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_the_report_has_every_case_with_its_baseline_in_the_same_run(report):
    names = [case["name"] for case in report["cases"]]
    assert any("no exits" in name for name in names)
    assert any("mixed" in name for name in names)
    for case in report["cases"]:
        assert case["runs"] >= 3
        assert case["baseline_per_s"] > 0
        assert case["ratio"] == pytest.approx(case["ours_per_s"] / case["baseline_per_s"], rel=0.05)
    assert report["cascade"]["exits"] == SMALL["CASCADE"]
    assert report["cascade"]["seconds"] > 0
    assert report["bytes_per_open_lot"] > 0
    assert {"cpu", "cores", "python"} <= report["machine"].keys()


def test_the_report_knows_who_gets_back_what_was_spent(report):
    outcome = report["outcome"]
    assert (outcome["percent_worth_1x"], outcome["percent_worth_3x"]) == (0.55047, 0.01414)


def test_the_bench_refuses_to_report_when_the_engines_differ(monkeypatch):
    for name, size in SMALL.items():
        monkeypatch.setattr(kernel, name, size)
    reference = kernel._reference

    def wrong(rules, events):
        rate, economy = reference(rules, events)
        economy.pool_fen += 1
        return rate, economy

    monkeypatch.setattr(kernel, "_reference", wrong)
    done = CliRunner().invoke(main, ["bench", "kernel", "--json"])
    assert done.exit_code == 1
    assert "differ" in done.stderr


def test_the_page_shows_the_figures_of_the_report(report):
    text = page(report, [], [])
    for case in report["cases"]:
        assert f"| {case['name']} |" in text
        assert f"{case['ratio']:g} ×" in text
    assert f"{report['cascade']['exits']:,}" in text
    assert str(report["memory"]["own_spend"]["bytes"]) in text
