"""The bench of settlement runs on a database of its own and reports in the agreed shape."""

import json
import os
import subprocess
import sys
from pathlib import Path

SQLITE = os.environ.get("ZENGZHI_TEST_DATABASE", "sqlite") == "sqlite"


def test_the_bench_reports_baseline_ours_and_ratio():
    kind = "sqlite" if SQLITE else "postgres"
    code = "from zengzhi.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "bench", "settle", "--db", kind, "--quick", "--json"],
        cwd=Path(__file__).resolve().parents[2],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "zengzhi.site.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    report = json.loads(done.stdout)
    assert [case["name"] for case in report["cases"]] == [
        f"all rows, {kind}, batches of {size}" for size in (1, 100, 1000, 10000)
    ]
    for case in report["cases"]:
        assert case["baseline_per_s"] > 0
        assert case["ours_per_s"] > 0
        assert case["runs"] >= 3
    assert {"arrivals_per_s", "p50_ms", "p95_ms", "p99_ms"} <= report["latency"][0].keys()
    assert report["rederive"]["state_per_s"] > 0
    assert report["rederive"]["orders"] > 30_000
    assert report["machine"]["cores"]
