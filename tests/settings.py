"""Settings of the tests: the demo's, on a database file of their own."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
(BUILD / "test-var" / "static").mkdir(parents=True, exist_ok=True)
os.environ["ZENGZHI_DEMO"] = "1"
os.environ["ZENGZHI_VAR"] = str(BUILD / "test-var")
os.environ["ZENGZHI_DATABASE"] = os.environ.get("ZENGZHI_TEST_DATABASE", "sqlite:///unused")

from zengzhi.site.settings import *  # noqa: E402, F403
from zengzhi.site.settings import DATABASES  # noqa: E402

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    DATABASES["default"]["TEST"] = {"NAME": str(BUILD / f"test-{worker}.sqlite3")}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ACCOUNT_RATE_LIMITS = False
