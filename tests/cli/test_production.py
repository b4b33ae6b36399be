"""A new installation: migrate, open the pool, check, serve, with no demo and no database yet."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from tests.ops.served import serving_role
from zengzhi.presets import __file__ as presets
from zengzhi.records.store import encrypted
from zengzhi.records.store.keys import create
from zengzhi.site.scratch import Server

ZENGZHI = Path(sys.executable).parent / "zengzhi"
SEED = Path(presets).parent / "seed.toml"


@pytest.fixture
def environment(tmp_path):
    """Of a machine where nothing is installed yet; on PostgreSQL with an empty database."""
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("ZENGZHI_", "DJANGO_"))}
    create(tmp_path / "keys" / "digest.key", tmp_path / "keys" / "seal.key")
    encrypted.create_keys(tmp_path / "keys" / "data.key")
    own = {"ZENGZHI_VAR": str(tmp_path), "ZENGZHI_SECRET_KEY": "long and random " * 4}
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        yield {**keep, **own}
        return
    cluster = tmp_path / "pg"  # Of its own: that of the tests does not write through.
    cluster.mkdir()
    server = Server(cluster).start()
    yield {**keep, **own, "ZENGZHI_DATABASE": server.url()}
    server.stop()


def run(environment, *command):
    return subprocess.run(
        [str(part) for part in command], env=environment, capture_output=True, text=True
    )


def test_the_system_check_needs_no_database(environment):
    django = [sys.executable, "-m", "django", "check", "--settings", "zengzhi.site.settings"]
    done = run(environment, *django)
    assert done.returncode == 0, done.stderr


def test_no_migration_is_missing(environment):
    django = [sys.executable, "-m", "django", "makemigrations", "--check", "--dry-run"]
    ours = [app.label for app in apps.get_app_configs() if app.name.startswith("zengzhi.")]
    assert {"members", "mall", "backoffice"} <= set(ours)
    done = run(environment, *django, "--settings", "zengzhi.site.settings", *ours)
    assert done.returncode == 0, done.stdout


def test_without_a_secret_key_nothing_starts(environment):
    del environment["ZENGZHI_SECRET_KEY"]
    done = run(environment, ZENGZHI, "migrate")
    assert done.returncode != 0
    assert "ZENGZHI_SECRET_KEY" in done.stderr


def test_without_keys_nothing_is_recorded(environment, tmp_path):
    shutil.rmtree(tmp_path / "keys")
    done = run(environment, ZENGZHI, "migrate")
    assert done.returncode != 0
    assert "zengzhi seal keys" in done.stderr
    made = run(environment, ZENGZHI, "seal", "keys", tmp_path / "keys")
    assert f"ZENGZHI_DIGEST_KEY={tmp_path / 'keys' / 'digest.key'}" in made.stdout
    assert run(environment, ZENGZHI, "migrate").returncode == 0


def test_rules_that_cannot_be_used_open_no_pool(environment, tmp_path):
    wrong = tmp_path / "off.toml"
    wrong.write_text('[exit]\nmultiple = "off"\n')
    done = run(environment, ZENGZHI, "migrate", "--rules", wrong)
    assert done.returncode == 2
    assert "a live pool" in done.stderr


def test_a_migrated_mall_serves_pages_and_styles_and_verifies(environment):
    for _again in range(2):
        done = run(environment, ZENGZHI, "migrate", "--rules", SEED)
        assert done.returncode == 0, done.stderr
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(ZENGZHI), "serve", "--port", str(port)]
    served = serving_role(environment, "serving")
    server = subprocess.Popen(command, env=served, stdout=subprocess.DEVNULL)
    try:
        for path in ("/", "/points/"):
            assert _status(server, f"http://127.0.0.1:{port}{path}") == 200, path
        page = urllib.request.urlopen(f"http://127.0.0.1:{port}/").read().decode()
        sheets = re.findall(r'rel="stylesheet" href="(/static/[^"]+)"', page)
        assert len(sheets) > 3
        for path in sheets:
            assert _status(server, f"http://127.0.0.1:{port}{path}") == 200, path
    finally:
        server.terminate()
        server.wait()
    verified = run(environment, ZENGZHI, "verify")
    assert verified.returncode == 0, verified.stdout


def _status(server, address):
    """The answer, once the server listens; ``None`` when it has ended instead."""
    while server.poll() is None:
        try:
            return urllib.request.urlopen(address).status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            time.sleep(0.25)
    return None
