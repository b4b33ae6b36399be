"""A command that needs a mall says so in one line when its database has no tables yet."""

import sqlite3

import pytest

from tests.ops.mall import Mall


@pytest.mark.parametrize(
    "command",
    [
        ["verify", "--json"],
        ["settle", "--once"],
        ["explain", "platform"],
        ["seal", "head"],
        ["chores"],
    ],
    ids=" ".join,
)
def test_an_empty_database_is_named_in_one_line(tmp_path, command):
    path = tmp_path / "none.sqlite3"
    done = Mall(f"sqlite:///{path}", tmp_path / "var").run(*command)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert str(path) in done.stderr
    assert "zengzhi migrate" in done.stderr
    assert not path.exists() or list(sqlite3.connect(path).iterdump()) == [
        "BEGIN TRANSACTION;",
        "COMMIT;",
    ]
