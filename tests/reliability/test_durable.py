"""What is acknowledged is on the disk: the database writes it through at every commit."""

import pytest
from django.conf import settings
from django.db import connection

from zengzhi.site import fit
from zengzhi.site.database import database_from_url

SQLITE = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
FULL = 2


@pytest.mark.django_db(transaction=True)
def test_each_commit_is_on_the_disk_before_it_is_acknowledged(tmp_path):
    if not SQLITE:
        # The suite's own server is hasty (tests/settings.py), and that is read off it.
        assert any("fsync is off" in line for line in fit._durable())
        return
    made = database_from_url(f"sqlite:///{tmp_path / 'a'}")
    assert made["OPTIONS"]["init_command"] == connection.settings_dict["OPTIONS"]["init_command"]
    connection.close()  # What a test before may have set is gone.
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous")
        assert cursor.fetchone()[0] == FULL
        cursor.execute("PRAGMA journal_mode")
        assert cursor.fetchone()[0] == "wal"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ({"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}, 0),
        ({"fsync": "off", "synchronous_commit": "on", "full_page_writes": "on"}, 1),
        ({"fsync": "on", "synchronous_commit": "off", "full_page_writes": "on"}, 1),
        ({"fsync": "on", "synchronous_commit": "local", "full_page_writes": "off"}, 1),
        ({"fsync": "on", "synchronous_commit": "remote_apply", "full_page_writes": "on"}, 0),
    ],
)
def test_a_postgresql_that_does_not_write_through_serves_nobody(monkeypatch, said, refused):
    monkeypatch.setattr(fit, "_shown", lambda: said)
    found = list(fit._durable())
    assert len(found) == refused
    assert all("loses what was acknowledged" in line for line in found)
