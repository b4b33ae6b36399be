"""A new installation: migrate, open the pool, check, serve, with no demo and no database yet."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from zengzhi.presets import __file__ as presets
from zengzhi.records.store.keys import create

ZENGZHI = Path(sys.executable).parent / "zengzhi"
SEED = Path(presets).parent / "seed.toml"


@pytest.fixture
def environment(tmp_path):
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("ZENGZHI_", "DJANGO_"))}
    create(tmp_path / "keys" / "digest.key", tmp_path / "keys" / "seal.key")
    return {**keep, "ZENGZHI_VAR": str(tmp_path), "ZENGZHI_SECRET_KEY": "long and random " * 4}


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
    apps = ["control", "members", "ledger", "settlement", "wallet", "mall", "payments"]
    done = run(environment, *django, "--settings", "zengzhi.site.settings", *apps)
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
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        for path in ("/", "/points/", "/static/storefront/css/tokens.css"):
            assert _status(f"http://127.0.0.1:{port}{path}") == 200, path
    finally:
        server.terminate()
        server.wait()
    verified = run(environment, ZENGZHI, "verify")
    assert verified.returncode == 0, verified.stdout


def _status(address):
    for _i in range(120):
        try:
            return urllib.request.urlopen(address).status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            time.sleep(0.25)
    return None
