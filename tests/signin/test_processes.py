"""Guesses are counted over processes and restarts, on the database of the run; the owner still gets
in."""

import os
import subprocess
import sys

import pytest

from tests.ops.mall import Mall
from zengzhi.site.scratch import scratch_database

START = """
import django, json, sys
django.setup()
from django.test import Client
from zengzhi.records.members.models import User
def guess(password, address, cookie=""):
    client = Client(REMOTE_ADDR=address)
    if cookie:
        client.cookies["zengzhi_device"] = cookie
    return client.post("/office/login/", {"username": "boss", "password": password}), client
"""
OWNER = (
    START
    + """
User.objects.create_superuser("boss", password="correct horse")
answer, client = guess("correct horse", "192.0.2.1")
assert answer.status_code == 302, answer.status_code
print(client.cookies["zengzhi_device"].value)
"""
)
ATTACK = (
    START
    + """
first = int(sys.argv[1])
print(json.dumps([guess(f"wrong {n}", f"203.0.113.{n}")[0].status_code
                  for n in range(first, first + 30)]))
"""
)
RETURN = (
    START
    + """
print(guess("correct horse", "203.0.113.200")[0].status_code,
      guess("correct horse", "203.0.113.201", sys.argv[1])[0].status_code)
"""
)


KIND = "sqlite" if os.environ.get("ZENGZHI_TEST_DATABASE", "sqlite") == "sqlite" else "postgres"
"""The suite runs once for each."""


@pytest.fixture
def mall(tmp_path):
    with scratch_database(KIND) as url:
        mall = Mall(url, tmp_path / "var")
        mall.must("migrate")
        yield mall


def test_two_processes_and_a_restart(mall):
    cookie = mall.must(code=OWNER).strip()
    attackers = [
        subprocess.Popen(
            [sys.executable, "-c", ATTACK, first],
            env=mall.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for first in ("0", "30")
    ]
    statuses = [
        int(status)
        for attacker in attackers
        for status in attacker.communicate()[0].strip("[]\n").split(", ")
    ]
    assert len(statuses) == 60
    assert set(statuses) <= {422, 429}
    assert 5 <= statuses.count(422) <= 10
    stranger, owner = mall.must(cookie, code=RETURN).split()
    assert owner == "302"
    assert stranger == "429"
