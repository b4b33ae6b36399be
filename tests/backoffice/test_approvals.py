"""The inbox of the office: what waits, before and after, the decision, one's own requests."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from tests.approvals import asked
from tests.web.browser import needs_chromium
from tests.web.test_browser import browser_page, shoot
from zengzhi.doors.backoffice.admin.approvals import shown_value
from zengzhi.records.control.approvals.service import ask
from zengzhi.records.control.models import Approval
from zengzhi.records.members.models import User
from zengzhi.records.wallet.terms_store import SET_TERMS, current_terms

PASSWORD = "correct horse 9"
INBOX = "admin:control_approval_changelist"


def staff(name, role):
    user = User.objects.create_user(name, password=PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


def sign_in(client, user):
    client.logout()
    client.force_login(user)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def act(client, row, verb, **more):
    address = reverse(f"admin:control_approval_{verb}", args=(row.pk,))
    return client.post(address, {"digest": row.digest, **more})


@pytest.fixture
def owner(db):
    return staff("mei", "owner")


@pytest.fixture
def reviewer(db):
    return staff("rui", "reviewer")


@pytest.fixture
def row(client, owner):
    sign_in(client, owner)
    page = client.get(reverse("admin:wallet_withdrawalterms_add"))
    form = page.context["form"].initial
    terms = {
        "minimum_fen": "10",
        "maximum_fen": "5000",
        "daily_fen": "10000",
        "daily_count": form["daily_count"],
        "fee_fen": "0",
        "fee_ppm": "0.6%",
        "four_eyes_above_fen": "999999.99",
        "cooling_hours": "0",
        "arrival_days": form["arrival_days"],
        "tax_table": form["tax_table"],
        "why": "the bank asks for a fee",
    }
    assert client.post(reverse("admin:wallet_withdrawalterms_add"), terms).status_code == 302
    return Approval.objects.get()


@pytest.mark.django_db
def test_two_people_two_sessions(client, row, owner, reviewer):
    assert current_terms().fee_ppm == 0
    assert act(client, row, "approve").status_code == 422  # one's own
    sign_in(client, reviewer)
    page = client.get(reverse(INBOX)).content.decode()
    for text in ("the bank asks for a fee", "mei", "999,999.99", "0.6%", "72"):
        assert text in page, text
    assert client.get(reverse("admin:control_approval_change", args=(row.pk,))).status_code == 200
    assert act(client, row, "approve", digest="0" * 64).status_code == 422
    assert act(client, row, "approve").status_code == 302
    assert (current_terms().fee_ppm, current_terms().created_by) == (6000, owner)
    assert act(client, row, "approve").status_code == 422


@pytest.mark.django_db
def test_refusing_needs_a_reason_and_withdrawing_is_for_who_asked(client, row, owner, reviewer):
    sign_in(client, reviewer)
    assert act(client, row, "withdraw").status_code == 422
    assert act(client, row, "refuse", why="").status_code == 422
    assert act(client, row, "refuse", why="no fee this year").status_code == 302
    row.refresh_from_db()
    assert (row.state, row.decided_by, row.decision) == ("refused", reviewer, "no fee this year")
    sign_in(client, owner)
    history = client.get(reverse(INBOX), {"tab": "history"}).content.decode()
    assert "no fee this year" in history
    assert "mei" in client.get(reverse(INBOX), {"tab": "mine"}).content.decode()


@pytest.mark.django_db
def test_the_menu_counts_what_waits_for_this_person(client, row, owner, reviewer):
    from zengzhi.doors.backoffice.admin.approvals import waiting_for

    assert (waiting_for(owner), waiting_for(reviewer), waiting_for(staff("f", "finance"))) == (
        0,
        1,
        0,
    )
    ask(SET_TERMS, "terms", {"daily_count": 9}, owner, "from a shell")
    assert (waiting_for(owner), waiting_for(reviewer)) == (1, 1)


@pytest.mark.django_db
def test_a_stale_sign_in_must_give_the_password_again(client, row, reviewer):
    client.logout()
    client.force_login(reviewer)
    answer = act(client, row, "approve")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/office/confirm/")
    assert current_terms().fee_ppm == 0


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_answers(client, row, reviewer, language):
    sign_in(client, reviewer)
    client.cookies["django_language"] = language
    for address in (
        reverse(INBOX),
        reverse(INBOX) + "?tab=mine",
        reverse(INBOX) + "?tab=history",
        reverse("admin:control_approval_change", args=(row.pk,)),
    ):
        assert client.get(address).status_code == 200
    missing = reverse("admin:control_approval_change", args=(row.pk,)).replace(str(row.pk), "x")
    assert client.get(missing).status_code in (302, 404)


@needs_chromium
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("width", "language"), [(390, "zh-hans"), (1280, "en")])
def test_the_inbox_fits(live_server, client, width, language):
    wanted = {"fee_ppm": 6000, "four_eyes_above_fen": 99_999_999, "cooling_hours": 0}
    asked(SET_TERMS, "terms", wanted, why="the bank asks for a fee of 0.6% from July on")
    boss = User.objects.create_superuser("boss", password=PASSWORD)
    sign_in(client, boss)
    with browser_page(live_server.url, language, width) as page:
        session = client.cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page.goto(reverse(INBOX))
        shoot(page, "office-approvals", language, width)
        page.locator('[data-test="look"]').first.click()
        shoot(page, "office-approval", language, width)
        page.locator('[data-test="approve"]').click()
        page.wait_for_url("**/control/approval/")
    assert current_terms().fee_ppm == 6000


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("since", "2026-11-26T20:46:19.622098+00:00", "2026-11-27 04:46"),
        ("until", None, "–"),
        ("minimum_fen", 1_00, '<span class="num">¥1.00</span>'),
        ("rate_ppm", 50_000, "5%"),
    ],
)
def test_a_value_is_shown_in_words(name, value, shown):
    assert shown_value(name, value) == shown
