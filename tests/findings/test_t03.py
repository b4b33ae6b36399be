"""T3: a database of the day before: ``migrate`` said OK, then 21 problems, batches unreadable. A
database of another form is refused with one line before anything is touched.
"""

import sqlite3

from tests.ops.mall import Mall


def test_a_database_of_an_older_form_is_refused_before_anything_is_touched(tmp_path):
    path = tmp_path / "old.sqlite3"
    old = sqlite3.connect(path)
    old.execute(
        "CREATE TABLE django_migrations (id integer PRIMARY KEY, app text, name text, applied text)"
    )
    old.execute("INSERT INTO django_migrations VALUES (1, 'ledger', '0001_initial', '2026-11-23')")
    old.execute("CREATE TABLE ledger_balance (id integer PRIMARY KEY, amount integer)")
    old.execute("INSERT INTO ledger_balance VALUES (1, 5)")
    old.commit()
    before = list(old.iterdump())
    old.close()
    mall = Mall(f"sqlite:///{path}", tmp_path / "var")
    for command in (["migrate"], ["verify"], ["settle", "--once"], ["backup", str(tmp_path / "b")]):
        done = mall.run(*command)
        assert (done.returncode, done.stdout) == (2, ""), command
        assert len(done.stderr.splitlines()) == 1
        assert "older version" in done.stderr
    assert list(sqlite3.connect(path).iterdump()) == before
