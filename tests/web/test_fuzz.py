"""Whatever is sent to whichever address: an answer, never an error 500, and books that hold.

The addresses are those of the URLconf, in both doors, asked by a stranger, a member and somebody
of the staff who may do everything. What is sent is drawn by Hypothesis, bounded in number.
"""

import json
import re
import traceback
from contextlib import contextmanager
from urllib.parse import quote, urlencode

import pytest
from django.core.signals import got_request_exception
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.web import odd
from tests.web.pages import MEMBER, patterns, staff
from tests.web.test_headers import mall  # noqa: F401 (a fixture)
from zengzhi.mall.models import Order
from zengzhi.payments.demo_gateway import callback_for, sign
from zengzhi.records.control import limiter
from zengzhi.records.members.models import User
from zengzhi.verify.run import run

pytestmark = pytest.mark.django_db
EXAMPLES = 30
"""Of each test and person."""
bounded = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
)
PEOPLE = [None, "member", "staff"]


@pytest.fixture(autouse=True)
def unlimited(monkeypatch):
    """The limiter has tests of its own; here everything is to reach its view."""
    monkeypatch.setattr(limiter, "take", lambda *tries: None)
    monkeypatch.setattr(limiter, "refuse_if_spent", lambda *tries: None)


@contextmanager
def no_error(what):
    """Whatever raises inside is named with what was sent."""
    errors = []

    def note(sender, **_kept):
        errors.append(traceback.format_exc(limit=-3))

    got_request_exception.connect(note)
    try:
        yield
    finally:
        got_request_exception.disconnect(note)
    assert errors == [], f"{what!r}: {errors[-1:][0]}"


def client_of(who):
    client = Client(raise_request_exception=False)
    if who is not None:
        client.force_login(staff() if who == "staff" else User.objects.get(username=MEMBER))
    return client


def ask(who, method, address, **sent):
    with no_error((who, method, address, sent)):
        client = client_of(who)
        if method == "generic":
            answer = client.generic("POST", address, **sent)
        else:
            answer = getattr(client, method)(address, **sent)
        b"".join(answer) if answer.streaming else answer.content
    assert answer.status_code < 500, (address, sent)
    return answer


def assert_books_hold():
    assert run(fast=True).problems == []


def filled(route: str, values: list[str]) -> str:
    """A route with odd arguments."""
    texts = iter(values)

    def odd_one(_match):
        return quote(next(texts, "0"), safe="", errors="surrogatepass")

    text = re.sub(r"<(?:\w+:)?\w+>|\(\?P<\w+>[^)]*\)", odd_one, route)
    return "/" + text.replace("^", "").replace("$", "").replace("\\", "")


@pytest.mark.parametrize("who", ["member", "staff"])
def test_arguments(mall, who):  # noqa: F811
    routes = [r for r, p in patterns() if p.pattern.converters or p.pattern.regex.groupindex]

    @bounded
    @given(st.sampled_from(sorted(routes)), st.lists(odd.texts, min_size=3, max_size=3))
    def drawn(route, values):
        ask(who, "get", filled(route, values))

    drawn()


@pytest.mark.parametrize("who", PEOPLE)
def test_queries(mall, who):  # noqa: F811
    addresses = st.sampled_from(sorted(mall.values()))

    @bounded
    @given(addresses, odd.fields, odd.headers)
    def drawn(address, fields, headers):
        query = urlencode(fields, errors="surrogatepass")
        ask(who, "get", f"{address}?{query}", **headers)

    drawn()
    assert_books_hold()


@pytest.mark.parametrize("who", PEOPLE)
def test_forms(mall, who):  # noqa: F811
    addresses = st.sampled_from(sorted(mall.values()))
    types = st.sampled_from(
        (
            "application/x-www-form-urlencoded",
            "application/x-www-form-urlencoded; charset=none-such",
            "multipart/form-data; boundary=x",
            "multipart/form-data",
            "application/json",
            "text/plain; charset=utf-7",
            "",
        )
    )

    @bounded
    @given(addresses, odd.fields, types, odd.headers)
    def drawn(address, fields, kind, headers):
        body = urlencode(fields, errors="surrogatepass").encode()
        if kind.startswith("multipart"):
            parts = "".join(
                f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
                for name, text in fields.items()
            )
            body = (parts + "--x--\r\n").encode("utf-8", "surrogatepass")
        ask(who, "generic", address, data=body, content_type=kind, **headers)

    drawn()
    assert_books_hold()


@pytest.mark.parametrize("who", ["member", "staff"])
def test_forms_with_the_fields_of_their_own_page(mall, who):  # noqa: F811
    """What a page's form really names is sent back with odd values."""
    known: dict[str, list[str]] = {}

    def named(address):
        if address not in known:
            page = client_of(who).get(address)
            text = "" if page.streaming else page.content.decode("utf-8", "replace")
            known[address] = sorted(set(re.findall(r'name="([\w-]+)"', text)))
        return known[address]

    @bounded
    @given(st.data())
    def drawn(data):
        address = data.draw(st.sampled_from(sorted(mall.values())))
        sent = {name: data.draw(odd.texts) for name in named(address)}
        body = urlencode(sent, errors="surrogatepass")
        ask(who, "post", address, data=body, content_type="application/x-www-form-urlencoded")

    drawn()
    assert_books_hold()


def test_callbacks(mall):  # noqa: F811
    order = Order.objects.first()
    good = json.loads(callback_for(f"D{order.number}", order.number, order.total_fen)[0])

    @settings(bounded, max_examples=4 * EXAMPLES)
    @given(
        st.dictionaries(st.sampled_from(sorted(good)) | odd.texts, odd.json_values, max_size=4),
        st.booleans(),
        st.binary(max_size=20),
        odd.headers,
    )
    def drawn(changed, signed, tail, headers):
        headers.pop("HTTP_X_DEMO_SIGNATURE", None)
        headers.pop("HTTP_HOST", None)
        body = json.dumps({**good, **changed}).encode() + tail
        mark = sign(body) if signed else "0" * 64
        answer = ask(
            None,
            "post",
            "/pay/demo/callback",
            data=body,
            content_type="application/json",
            headers={"X-Demo-Signature": mark},
            **headers,
        )
        assert signed or answer.status_code == 400

    drawn()
    assert_books_hold()
