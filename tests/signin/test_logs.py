"""Lines of the log: JSON, with the number of the request, without secrets."""

import io
import json
import logging
import re

import pytest

from tests.signin.test_links import LINK, NEW, RIGHT
from zengzhi.doors.shared import delivery
from zengzhi.records.members.models import User
from zengzhi.site.logs import JsonFormatter

pytestmark = pytest.mark.django_db


@pytest.fixture
def written():
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(before)


def lines(stream: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_whole_walk_leaves_no_secret_in_the_log(client, pool, member, written):
    """Registration, wrong and right passwords, a link, a mobile, a payee, a wrong address."""
    User.objects.filter(pk=member.user_id).update(email="wang.lei@example.com")
    delivery.SCREEN.clear()
    client.post("/accounts/login/?q=13800138000", {"login": "wang", "password": "wr0ng-secret"})
    client.post("/accounts/recover/", {"username": "wang"})
    link = LINK.search(delivery.SCREEN[0].text)[1]
    client.post(link, {"password1": NEW, "password2": NEW})
    client.get(link)
    client.post("/accounts/login/", {"login": "wang", "password": NEW})
    client.post("/accounts/reauthenticate/", {"password": NEW})
    client.post("/accounts/mobile/", {"mobile": "13800138000"})
    code = re.search(r"[0-9]{6}", delivery.SCREEN[0].text)[0]
    client.post("/accounts/mobile/", {"code": code})
    client.get("/nothing/13800138000/6214830012366620/")
    client.post("/pay/demo/callback", b'{"secret": "s3cret"}', content_type="application/json")
    text = written.getvalue()
    assert len(lines(written)) > 10
    secrets = (RIGHT, NEW, "wr0ng-secret", link.split("/")[3], "s3cret", client.session.session_key)
    personal = ("13800138000", "6214830012366620", "wang.lei@example.com", "王磊")
    for word in (*secrets, *personal):
        assert word not in text, word


def test_lines_carry_the_number_of_the_request_and_the_pattern_of_its_address(
    client, pool, written
):
    answer = client.get("/orders/20260501-1234/")
    line = next(one for one in lines(written) if one["logger"] == "zengzhi.requests")
    assert line["request_id"] == answer.headers["X-Request-ID"]
    assert (line["route"], line["method"]) == ("orders/<str:number>/", "GET")
    assert line["status_code"] == answer.status_code
    assert line["took_ms"] >= 0


def test_line_breaks_and_escapes_make_no_line_of_their_own(written):
    logging.getLogger("x").warning("name %s", 'a\nb\r\x1b[31m{"level": "fake"}')
    assert len(written.getvalue().splitlines()) == 1
    assert lines(written)[0]["level"] == "WARNING"


def test_an_error_has_its_place_and_no_number_of_a_person(written):
    try:
        raise ValueError("card 6214830012366620 of 13800138000")
    except ValueError:
        logging.getLogger("x").exception("failed")
    line = lines(written)[0]
    assert "test_logs.py" in line["error"]
    assert "62148300" not in line["error"]
    assert "13800138000" not in line["error"]
