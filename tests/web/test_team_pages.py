"""The team in a browser and without one: invitation, registration, bonuses with their reasons."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.bonuses.story import TWO_LEVEL, XIHU, activate, agent, pay, settle, users
from tests.web.browser import needs_chromium
from tests.web.test_browser import browser_page, shoot
from zengzhi.core.disclosure.wording import find_promises
from zengzhi.mall.models import Order
from zengzhi.records.members.changes import suspend
from zengzhi.records.members.models import Member, User
from zengzhi.records.members.tree import bind

NO_FEE = "No purchase or fee is needed to invite or to receive a bonus."
PAGES = ("team", "team_bonuses", "team_people")


@pytest.fixture
def lin(pool, product, settings) -> Member:
    """A member with two levels below, bonuses in every state, an agency and a suspension."""
    settings.REFUND_WINDOW_DAYS = 7
    activate(TWO_LEVEL)
    user = User.objects.create_user("linxiao", password="correct horse 9")
    lin = Member.objects.create(nickname="林晓", user=user)
    zhou, wu = (Member.objects.create(nickname=name) for name in ("周敏", "吴强"))
    long_ago = timezone.now() - timedelta(days=200)
    bind(zhou.pk, lin.invite_code, long_ago)
    bind(wu.pk, zhou.invite_code, long_ago)
    agent("330110", lin)
    settle(pay(zhou, product, XIHU))
    pay(wu, product, "330110")
    pay(zhou, product, "441900")
    return lin


@pytest.fixture
def member_client(client, lin):
    client.force_login(lin.user)
    return client


def page(client, name: str, language: str = "en", query: str = "") -> str:
    client.cookies["django_language"] = language
    answer = client.get(reverse(f"storefront:{name}") + query)
    assert answer.status_code == 200
    return answer.content.decode()


def sentence(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_each_bonus_says_why(member_client):
    text = sentence(page(member_client, "team_bonuses"))
    assert "10% × 1000.00 = 100.00" in text
    assert "Generation 2 above the buyer: 5% × 1000.00 = 50.00" in text
    assert "3% × 1000.00 = 30.00" in text
    assert "Pending" in text
    assert "Available" in text


def test_what_was_not_received_says_why(member_client, lin, product):
    text = sentence(page(member_client, "team_bonuses", query="?show=nothing"))
    assert "The delivery is in 西湖区, and you are not its district agent." in text
    suspend(lin, users()[0], "orders on own accounts", timezone.now() - timedelta(minutes=1))
    pay(Member.objects.get(nickname="周敏"), product, XIHU)
    text = sentence(page(member_client, "team_bonuses", query="?show=nothing"))
    assert "Your bonuses were suspended when the order was paid." in text
    chinese = sentence(page(member_client, "team_bonuses", "zh-hans", "?show=nothing"))
    assert "收货地在西湖区，你不是那里的区代理。" in chinese


def test_others_are_masked_and_no_address_is_shown(member_client):
    Order.objects.update(phone="13800138000", recipient="周敏", address="文一西路 588 号")
    for name in PAGES:
        text = page(member_client, name)
        for secret in ("周敏", "吴强", "13800138000", "文一西路"):
            assert secret not in text, (name, secret)
    assert "周**" in page(member_client, "team_people")
    assert "吴**" in page(member_client, "team_people", query="?level=2")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_page_promises_anything_and_the_fee_line_is_there(member_client, language):
    for name in PAGES:
        text = sentence(page(member_client, name, language))
        assert not find_promises(text), name
    line = NO_FEE if language == "en" else "邀请和拿奖金都不需要先购买或交费。"
    assert line in sentence(page(member_client, "team", language))


def test_an_invitation_is_taken_at_registration(client, lin):
    link = reverse("storefront:invitation", args=(lin.invite_code,))
    text = client.get(link).content.decode()
    assert "林**" in text
    assert "林晓" not in text
    form = client.get(reverse("account_signup")).content.decode()
    assert f'value="{lin.invite_code}"' in form
    data = {
        "username": "guest",
        "password1": "correct horse 9",
        "password2": "correct horse 9",
        "invite": lin.invite_code,
    }
    assert client.post(reverse("account_signup"), data).status_code == 302
    assert Member.objects.get(user__username="guest").sponsor == lin


def test_the_first_invitation_opened_counts_or_the_last(client, lin, member, settings):
    for mode, kept in (("first_touch", lin), ("registration", member)):
        settings.INVITE_MODE = mode
        client.session.flush()
        client.cookies.clear()
        client.get("/", {"invite": lin.invite_code})
        client.get(reverse("storefront:invitation", args=(member.invite_code,)))
        assert (
            f'value="{kept.invite_code}"' in client.get(reverse("account_signup")).content.decode()
        )


def test_a_wrong_code_is_refused_and_none_is_fine(client, lin):
    data = {"username": "guest", "password1": "correct horse 9", "password2": "correct horse 9"}
    for wrong in ("XXXXXXXX", "1", "０" * 8):
        answer = client.post(reverse("account_signup"), {**data, "invite": wrong})
        assert answer.status_code == 200
    assert client.get("/?invite=XXXXXXXX").status_code == 200
    assert client.get("/i/XXXXXXXX/").status_code == 404
    assert client.post(reverse("account_signup"), data).status_code == 302
    assert Member.objects.get(user__username="guest").sponsor is None


def test_a_member_without_a_sponsor_accepts_until_the_first_order(client, lin, member, product):
    client.force_login(member.user)
    client.get(reverse("storefront:invitation", args=(lin.invite_code,)))
    client.post(reverse("storefront:accept"), {"invite": lin.invite_code})
    member.refresh_from_db()
    assert member.sponsor == lin
    late = Member.objects.create(
        nickname="late", user=User.objects.create_user("late", password="x")
    )
    pay(late, product)
    client.force_login(late.user)
    answer = client.post(reverse("storefront:accept"), {"invite": lin.invite_code})
    assert answer.status_code == 404
    late.refresh_from_db()
    assert late.sponsor is None


def test_opening_an_invitation_binds_nobody(client, lin, member):
    client.force_login(member.user)
    client.get(reverse("storefront:invitation", args=(lin.invite_code,)))
    client.get("/team/", {"invite": lin.invite_code})
    assert client.get(reverse("storefront:accept")).status_code == 405
    member.refresh_from_db()
    assert member.sponsor is None


def test_the_poster_is_an_svg_with_the_link(member_client, lin):
    answer = member_client.get(reverse("storefront:poster"))
    assert answer["Content-Type"] == "image/svg+xml"
    text = answer.content.decode()
    assert lin.invite_code in text
    assert "<script" not in text


def test_a_name_cannot_draw_into_the_poster(client, lin):
    lin.nickname = '</text><script>alert("x")</script>'
    lin.save()
    client.force_login(lin.user)
    for name in ("poster", "team"):
        assert "<script>alert" not in client.get(reverse(f"storefront:{name}")).content.decode()


@pytest.mark.parametrize("name", [*PAGES, "poster"])
def test_only_for_the_signed_in(client, pool, name):
    assert client.get(reverse(f"storefront:{name}")).status_code == 302


@pytest.mark.parametrize("query", ["?before=-1", "?before=x", "?start=²", "?level=9"])
def test_odd_addresses_show_the_page(member_client, query):
    for name in ("team_bonuses", "team_people"):
        page(member_client, name, query=query)


@pytest.mark.parametrize(
    ("chosen", "stored"),
    [
        ({"province": "33", "city": "3301", "district": "330106"}, "330106"),
        ({"province": "44", "city": "4419"}, "441900"),
        ({"province": "11", "city": "1101", "district": "110105"}, "110105"),
        ({"province": "33", "city": "3301", "district": "110105"}, None),
        ({"province": "33"}, None),
        ({}, ""),
        ({"district": "330106"}, ""),
    ],
)
def test_the_region_is_chosen_at_checkout(client, member, pool, product, chosen, stored):
    import uuid

    client.force_login(member.user)
    address = reverse("storefront:checkout", args=(product.slug,))
    form = {"quantity": "1", "token": str(uuid.uuid4()), "address": "文一西路 588 号", **chosen}
    answer = client.post(address, form)
    assert answer.status_code == (422 if stored is None else 302)
    assert [order.region for order in Order.objects.all()] == ([] if stored is None else [stored])


def test_without_javascript_the_region_is_chosen_step_by_step(client, member, pool, product):
    client.force_login(member.user)
    address = reverse("storefront:checkout", args=(product.slug,))
    import uuid

    form = {"quantity": "1", "token": str(uuid.uuid4()), "choose": "region", "province": "33"}
    text = client.post(address, form).content.decode()
    assert "杭州市" in text
    text = client.post(address, {**form, "city": "3301"}).content.decode()
    assert "西湖区" in text
    assert not Order.objects.exists()


@needs_chromium
@pytest.mark.browser
@pytest.mark.xdist_group("browser")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("language", "width"), [("zh-hans", 390), ("en", 390), ("zh-hans", 1280), ("en", 1280)]
)
def test_the_team_pages_in_a_browser(live_server, lin, language, width):
    with browser_page(live_server.url, language, width) as page:
        page.goto(f"/i/{lin.invite_code}/")
        shoot(page, "invitation", language, width)
        page.click("[data-test=to-sign-up]")
        page.wait_for_selector("[data-test=inviter]")
        shoot(page, "sign-up-invited", language, width)
        page.fill("#id_username", "guest")
        page.fill("#id_password1", "correct horse 9")
        page.fill("#id_password2", "correct horse 9")
        page.click("[data-test=sign-up]")
        page.wait_for_url("**/")
        page.goto("/team/")
        assert page.inner_text("[data-test=inviter]") == "林**"
        shoot(page, "team-empty", language, width)
        page.context.clear_cookies()
        page.goto("/accounts/login/?next=/team/")
        page.fill("#id_login", "linxiao")
        page.fill("#id_password", "correct horse 9")
        page.click("[data-test=sign-in]")
        page.wait_for_url("**/team/")
        page.click(".bonus summary >> nth=0")
        shoot(page, "team", language, width)
        for name, address in (
            ("team-bonuses", "/team/bonuses/"),
            ("team-not-received", "/team/bonuses/?show=nothing"),
            ("team-members", "/team/members/"),
            ("me", "/me/"),
        ):
            page.goto(address)
            shoot(page, name, language, width)
        page.goto("/checkout/gift-box/")
        page.select_option("#province", "33")
        page.wait_for_selector("#city option[value='3301']", state="attached")
        page.select_option("#city", "3301")
        page.wait_for_selector("#district option[value='330106']", state="attached")
        page.select_option("#district", "330106")
        shoot(page, "checkout-region", language, width)


@needs_chromium
@pytest.mark.browser
@pytest.mark.xdist_group("browser")
@pytest.mark.django_db(transaction=True)
def test_the_team_works_without_javascript(live_server, lin):
    with browser_page(live_server.url, "zh-hans", 390, script=False) as page:
        page.goto("/accounts/login/?next=/team/")
        page.fill("#id_login", "linxiao")
        page.fill("#id_password", "correct horse 9")
        page.click("[data-test=sign-in]")
        page.wait_for_url("**/team/")
        assert page.input_value("[data-test=link]").endswith(f"/i/{lin.invite_code}/")
        page.click(".bonus summary >> nth=0")
        assert page.is_visible(".because >> nth=0")
        shoot(page, "team-no-script", "zh-hans", 390)
