"""What every answer of both doors tells the browser, and that no page carries code or style."""

import re
from html.parser import HTMLParser

import pytest
from django.db import transaction
from django.test import Client
from django.test.utils import override_settings

from tests.verify.story import small_mall
from tests.web.pages import MEMBER, addresses, answers, patterns, staff
from zengzhi.doors.shared.headers import FEATURES, POLICY, content_security_policy
from zengzhi.records.members.models import User

pytestmark = pytest.mark.django_db
DATA = {"application/json", "application/ld+json"}


@pytest.fixture(scope="module")
def mall(django_db_setup, django_db_blocker):
    """The small mall, once for all tests here."""
    with django_db_blocker.unblock():
        atom = transaction.atomic()
        atom._from_testcase = True
        atom.__enter__()
        try:
            small_mall()
            yield addresses()
        finally:
            transaction.set_rollback(True)
            atom.__exit__(None, None, None)


class Inline(HTMLParser):
    """Collects what a strict policy refuses."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.found += [f"<{tag} {name}>" for name in given if name == "style" or name[:2] == "on"]
        self.found += [
            f"<{tag} {name}={value}>"
            for name, value in attrs
            if (value or "").strip().lower().startswith(("javascript:", "data:text"))
        ]
        outside = given.get("src") or (given.get("href") if tag == "link" else None) or ""
        if re.match(r"(https?:)?//", outside):
            self.found.append(f"<{tag}> from {outside}")
        if tag == "style":
            self.found.append("<style>")
        if tag == "script" and "src" not in given and given.get("type") not in DATA:
            self.found.append("<script>")
        if "hx-on" in " ".join(given) or "hx-vars" in given:
            self.found.append(f"<{tag} hx-on>")


def inline(text: str) -> list[str]:
    reader = Inline()
    reader.feed(text)
    return reader.found


def client_of(who: str | None) -> Client:
    client = Client(raise_request_exception=False)
    if who == "staff":
        client.force_login(staff())
    elif who == "member":
        client.force_login(User.objects.get(username=MEMBER))
    return client


@pytest.mark.parametrize("who", [None, "member", "staff"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_has_its_headers_and_nothing_inline(mall, who, language):
    wrong, seen = [], {}
    for address in mall.values():
        client = client_of(None) if who is None else seen.setdefault("client", client_of(who))
        client.cookies["django_language"] = language
        answer = client.get(address, headers={"accept-language": language})
        seen[answer.status_code] = seen.get(answer.status_code, 0) + 1
        if answer.status_code >= 500:
            wrong.append(f"{address}: {answer.status_code}")
        told = answer.headers
        if told.get("Content-Security-Policy") != content_security_policy(secure=False):
            wrong.append(f"{address}: policy {told.get('Content-Security-Policy')}")
        expected = {
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        wrong += [f"{address}: {k}" for k, v in expected.items() if told.get(k) != v]
        kept = told.get("Cache-Control", "")
        if who is not None and "no-store" not in kept and "max-age=86400" not in kept:
            wrong.append(f"{address}: kept by the browser ({kept})")
        if "html" in told.get("Content-Type", ""):
            wrong += [f"{address}: {what}" for what in inline(answer.content.decode())]
    assert not wrong, "\n".join(wrong[:40])
    assert seen[200] > {None: 10, "member": 25, "staff": 120}[who], seen


def test_every_pattern_of_the_urlconf_was_walked(mall):
    assert set(mall) == {route for route, _pattern in patterns()}
    assert [address for address in mall.values() if not answers(address)] == []


@pytest.mark.parametrize(
    "page",
    [
        '<p style="color:red">',
        "<style>p{}</style>",
        "<script>1</script>",
        '<script type="module">1</script>',
        '<a onclick="x()">',
        '<a href="javascript:x()">',
        '<script src="https://elsewhere.example/x.js"></script>',
        '<link rel="stylesheet" href="//elsewhere.example/x.css">',
        '<button hx-on:click="x()">',
    ],
)
def test_the_reader_sees_what_the_policy_refuses(page):
    assert inline(page)


def test_the_policy_allows_no_inline_code_and_no_other_house():
    assert not re.search(r"unsafe|http|\*|nonce", " ".join(POLICY.values()))
    assert POLICY["default-src"] == POLICY["base-uri"] == POLICY["frame-ancestors"] == "'none'"
    assert "upgrade-insecure-requests" in content_security_policy(secure=True)


def test_no_page_may_use_the_devices(client, mall):
    told = client.get("/").headers["Permissions-Policy"]
    assert all(f"{name}=()" in told for name in FEATURES)


@override_settings(
    SECURE_HSTS_SECONDS=31_536_000,
    SECURE_HSTS_INCLUDE_SUBDOMAINS=True,
)
def test_over_tls_the_browser_is_told_to_stay_there(client, mall):
    told = client.get("/", secure=True).headers["Strict-Transport-Security"]
    assert told == "max-age=31536000; includeSubDomains"


def test_an_answer_to_a_form_and_one_with_a_cookie_are_not_kept(client, mall):
    assert client.get("/").headers["Cache-Control"] == "no-cache"
    told = client.get(mall["i/<str:code>/"])
    assert told.cookies
    assert "no-store" in told.headers["Cache-Control"]
    assert "no-store" in client.post("/accounts/login/", {}).headers["Cache-Control"]


@override_settings(OFFICE_HOST="office.example", ALLOWED_HOSTS=["office.example", "mall.example"])
def test_the_office_is_only_on_its_own_host(client, mall):
    def status(host, address):
        return client.get(address, headers={"host": host}).status_code

    assert status("mall.example", "/office/login/") == status("mall.example", "/office/") == 404
    assert status("mall.example", "/") == status("office.example", "/office/login/") == 200
    assert (
        status("office.example", "/goods/") == status("office.example", "/pay/demo/callback") == 404
    )
    assert client.get("/", headers={"host": "office.example"}).url == "/office/"
