"""The bench of an order's whole way, in its smallest size: its report, and what it refuses."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.report import way

ROOT = Path(__file__).resolve().parents[2]
KIND = "sqlite" if os.environ.get("ZENGZHI_TEST_DATABASE", "sqlite") == "sqlite" else "postgres"
SIZE = ("--orders", "60", "--members", "60", "--runs", "1", "--restart-lots", "500")
EARLY_EXITS = """
import zengzhi.bench.mall_rows as rows
plain = rows.open_mall

def open_mall(*sizes):
    import zengzhi.site.demo as demo
    seed = demo.preset
    demo.preset = lambda name: seed(name).replace('multiple = "3"', 'multiple = "1"')
    return plain(*sizes)

rows.open_mall = open_mall
"""
MAIN = "from zengzhi.cli.main import main; main()"


def bench_way(before: str = "") -> subprocess.CompletedProcess[str]:
    """The command on a database of its own, in its smallest size; ``before`` runs first."""
    small = "import zengzhi.bench.way as way; way.NAIVE_ORDERS = 20; way.SINGLE_ORDERS = 4"
    code = "\n".join(part for part in (small, before, MAIN) if part)
    return subprocess.run(
        [sys.executable, "-c", code, "bench", "way", "--db", KIND, *SIZE, "--json"],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "zengzhi.site.settings"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def report() -> dict[str, object]:
    """A report of the smallest size, through the command, of a pool whose lots exit early."""
    done = bench_way(EARLY_EXITS)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    "case", ["whole_way", "settler", "one_at_a_time", "one_at_a_time_whole_way"]
)
def test_each_case_has_its_baseline_beside_it(report, case):
    figures = report[case]
    assert figures["baseline_per_s"] > 0
    assert figures["ours_per_s"] > 0
    ratio = figures["ours_per_s"] / figures["baseline_per_s"]
    assert figures["ratio"] == pytest.approx(ratio, rel=0.05, abs=0.01)


def test_the_log_is_counted_where_the_database_can_say_it(report):
    assert (report["wal_bytes_per_order"] is None) == (KIND == "sqlite")
    if KIND == "postgres":
        assert report["wal_bytes_per_order"] > 100


def test_the_pool_stands_again_with_all_its_lots(report):
    assert report["restart"]["lots"] == 500
    assert report["restart"]["seconds"] > 0


def test_the_slow_parts_stand_beside_the_fast_ones(report):
    parts = report["parts_us"]
    assert set(parts) == {"paid", "delivered", "settled and released", "sealed", "wallets read"}
    whole_us = 1e6 / report["whole_way"]["ours_per_s"]
    assert sum(parts.values()) == pytest.approx(whole_us, rel=0.1)


def test_the_database_of_the_bench_verifies_with_nothing_unsealed(report):
    assert report["verify"]["ok"] is True
    assert report["verify"]["tail"] == 0
    assert report["verify"]["rows"] > 60 * 10


def test_the_page_shows_the_slow_parts_with_the_sum(report):
    text = "\n".join(way(report))
    assert text.startswith(f"## An order's whole way: {KIND}")
    for case in ("whole_way", "settler", "one_at_a_time", "one_at_a_time_whole_way"):
        assert f"| {report[case]['ratio']:g} × |" in text
    for part, us in report["parts_us"].items():
        assert f"| {part} | {us:,.0f} |" in text
    assert f"{report['restart']['lots']:,} lots" in text


def test_what_exits_paid_is_in_the_wallets_that_were_compared(report):
    assert report["exits"] > 0


@pytest.mark.parametrize(
    ("name", "broken", "said"),
    [
        ("another rate", "import zengzhi.bench.naive_way as n; n.DIRECT_PPM += 1000", "purses"),
        (
            "a bonus of nobody's sponsor",
            "import zengzhi.bench.naive_way as n; plain = n.NaiveWay.pay; "
            "n.NaiveWay.pay = lambda self, order, at, **more: "
            "plain(self, order, at, with_bonuses=False)",
            "other bonuses",
        ),
        (
            "wallets that differ",
            "import zengzhi.bench.mall_rows as m; deliver = m.deliver_together; "
            "m.deliver_together = lambda orders, at: deliver(orders[1:], at)",
            "purses",
        ),
    ],
)
def test_the_bench_reports_no_figure_when_the_two_designs_pay_differently(name, broken, said):
    done = bench_way(broken)
    assert done.returncode == 1, name
    assert said in done.stderr
    assert done.stdout == ""
