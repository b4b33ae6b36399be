"""Settings of the tests: the demo's, on a database of their own.

``ZENGZHI_TEST_DATABASE``: ``sqlite`` (default), ``postgres`` (a server from the wheel, started by
the first process of a run, shared by its workers and gone afterwards), or any URL.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
(BUILD / "test-var" / "static").mkdir(parents=True, exist_ok=True)
os.environ["ZENGZHI_DEMO"] = "1"
os.environ["ZENGZHI_VAR"] = str(BUILD / "test-var")


HASTY = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
"""What only a power cut would miss: this server ends with the run. The kill tests have durable
servers of their own."""


def _start_postgres() -> str:
    from zengzhi.site.scratch import Server

    directory = Path(tempfile.mkdtemp(prefix="zengzhi-tests-"))
    server = Server(directory, **HASTY).start()
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    atexit.register(server.stop)
    return server.url()


wanted = os.environ.get("ZENGZHI_TEST_DATABASE", "sqlite")
if wanted == "postgres":
    wanted = os.environ["ZENGZHI_TEST_DATABASE"] = _start_postgres()
os.environ["ZENGZHI_DATABASE"] = "sqlite:///unused" if wanted == "sqlite" else wanted

from zengzhi.site.settings import *  # noqa: E402, F403
from zengzhi.site.settings import DATABASES  # noqa: E402

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    DATABASES["default"]["TEST"] = {"NAME": str(BUILD / f"test-{worker}.sqlite3")}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
REFUND_BOUND_FEN = 10**12
"""Tests of the arithmetic refund whole orders alone; the bound has tests of its own."""
