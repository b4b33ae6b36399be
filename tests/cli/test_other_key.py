"""A database written with another installation's key is refused in one line, not row by row."""

import pytest

from tests.ops.mall import Mall

PRESET = "presets/seed.toml"


@pytest.fixture(scope="module")
def mall(tmp_path_factory):
    """A small mall with more control records than a sample."""
    folder = tmp_path_factory.mktemp("mall")
    made = Mall(f"sqlite:///{folder / 'mall.sqlite3'}", folder / "var")
    made.must("migrate", "--rules", PRESET)
    return made


@pytest.mark.parametrize(
    "command", [["verify", "--json"], ["settle", "--once"], ["explain", "platform"]], ids=" ".join
)
def test_another_key_is_named_in_one_line(mall, tmp_path, command):
    other = Mall(mall.environment["ZENGZHI_DATABASE"], tmp_path / "var")
    done = other.run(*command)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert str(tmp_path / "var" / "keys" / "digest.key") in done.stderr
    assert "ZENGZHI_DIGEST_KEY" in done.stderr


def test_its_own_key_passes_and_one_changed_record_is_left_to_verify(mall):
    mall.must("verify")
    change = (
        "from zengzhi.site.django_setup import set_up; set_up()\n"
        "from django.db import connection\n"
        "cursor = connection.cursor()\n"
        "cursor.execute(\"SELECT name FROM sqlite_master WHERE type = 'trigger'"
        " AND tbl_name = 'control_record'\")\n"
        "for (name,) in cursor.fetchall():\n"
        "    cursor.execute(f'DROP TRIGGER {name}')\n"
        "cursor.execute(\"UPDATE control_record SET mac = 'x' WHERE id ="
        ' (SELECT min(id) FROM control_record)")\n'
    )
    mall.must(code=change)
    done = mall.run("verify")
    assert done.returncode == 1
    assert "mac: the keyed digest does not fit the record" in done.stdout
