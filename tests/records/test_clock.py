"""One clock: nothing outside it and the exact core reads the time."""

import ast
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from zengzhi.records.store import clock

SOURCE = Path(__file__).resolve().parents[2] / "src" / "zengzhi"
READS = {
    "now": {"timezone", "datetime", "Now"},
    "utcnow": {"datetime"},
    "today": {"date", "datetime"},
    "localtime": {"timezone", "time"},
    "localdate": {"timezone"},
    "gmtime": {"time"},
    "time": {"time"},
    "time_ns": {"time"},
    "get_current_timezone": {"timezone"},
}
OWN_FILES = [
    path
    for path in sorted(SOURCE.rglob("*.py"))
    if "migrations" not in path.parts and path != SOURCE / "records" / "store" / "clock.py"
]


def clock_reads(text: str) -> list[str]:
    """Every reading of a clock in a source text."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute):
            owner = node.value
            name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            if name in READS.get(node.attr, ()):
                found.append(f"{node.lineno}: {name}.{node.attr}")
        elif isinstance(node, ast.keyword) and node.arg in {"auto_now", "auto_now_add"}:
            found.append(f"{node.value.lineno}: {node.arg}")
        elif isinstance(node, ast.ImportFrom) and node.module in {
            "time",
            "django.utils.timezone",
            "django.db.models.functions",
        }:
            taken = {alias.name for alias in node.names} & {*READS, "Now"}
            found += [f"{node.lineno}: from {node.module} import {name}" for name in taken]
    return found


@pytest.mark.parametrize(
    "text",
    [
        "timezone.now()",
        "at = at or django.utils.timezone.now()",
        "time.time()",
        "datetime.now(UTC)",
        "datetime.datetime.utcnow()",
        "date.today()",
        "timezone.localdate()",
        "from django.utils.timezone import now",
        "from time import time",
        "models.DateTimeField(auto_now_add=True)",
    ],
)
def test_a_reading_is_recognised(text):
    assert clock_reads(text)


@pytest.mark.parametrize("text", ["clock.now()", "time.perf_counter()", "clock.today()"])
def test_what_is_none_is_not(text):
    assert clock_reads(text) == []


def test_nothing_else_reads_a_clock():
    reads = {str(path.relative_to(SOURCE)): clock_reads(path.read_text()) for path in OWN_FILES}
    assert {path: found for path, found in reads.items() if found} == {}


def test_the_time_machine_goes_to_a_moment_and_back():
    there = datetime(2031, 3, 31, 15, 59, tzinfo=UTC)
    before = clock.now()
    with clock.at(there):
        assert timedelta() <= clock.now() - there < timedelta(days=1)
        assert clock.today() in {date(2031, 3, 31), date(2031, 4, 1)}
        with clock.at(there + timedelta(days=365)):
            assert clock.now().year == 2032
        assert clock.now().year == 2031
    assert before <= clock.now() < before + timedelta(days=1)


def test_days_are_those_of_the_mall():
    late = datetime(2026, 5, 31, 16, 0, tzinfo=UTC)  # midnight in Shanghai
    assert clock.day_of(late) == date(2026, 6, 1)
    assert clock.day_of(late - timedelta(microseconds=1)) == date(2026, 5, 31)
    assert clock.midnight(date(2026, 6, 1)) == late
