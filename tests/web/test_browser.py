"""The whole thread in a real browser: buy three times, read the price, sell, read the wallet."""

import os
import re
import uuid
from contextlib import contextmanager
from fractions import Fraction

import pytest
from django.contrib import admin
from django.test import RequestFactory
from django.urls import reverse
from playwright.sync_api import Page, sync_playwright

from tests.web.browser import CHROMIUM, FLAGS, SCREENSHOTS, needs_chromium
from zengzhi.mall.orders.money import confirm_demo
from zengzhi.mall.orders.placing import place_order
from zengzhi.records.members.models import User
from zengzhi.records.settlement.models import Pool

pytestmark = [
    needs_chromium,
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("browser"),
]
LOCALES = {"zh-hans": "zh-CN", "en": "en-US"}
ANSWERED = "Failed to load resource: the server responded with a status of 4"
"""What the browser says of a refusal that the test asked for."""


@contextmanager
def browser_page(base_url: str, language: str, width: int, script: bool = True):
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop runs in this thread.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        context = browser.new_context(
            viewport={"width": width, "height": 844 if width < 900 else 900},
            locale=LOCALES[language],
            java_script_enabled=script,
            base_url=base_url,
        )
        page = context.new_page()
        page.route(lambda url: not url.startswith(base_url), lambda route: route.abort())
        outside: list[str] = []
        page.on("requestfailed", lambda request: outside.append(request.url))
        said: list[str] = []
        page.on("console", lambda line: said.append(f"{page.url}: {line.type}: {line.text}"))
        page.on("pageerror", lambda error: said.append(f"{page.url}: {error}"))
        yield page
        assert not [url for url in outside if not url.startswith(base_url)], "a page asked a CDN"
        assert not [line for line in said if ANSWERED not in line], "\n".join(said)
        browser.close()


def shoot(page: Page, name: str, language: str, width: int) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.wait_for_timeout(250)
    assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} overflows"
    size = page.viewport_size
    whole = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": max(size["height"], whole)})
    page.screenshot(path=SCREENSHOTS / f"{name}-{width}-{language}.png")
    page.set_viewport_size(size)


def sign_up(page: Page, name: str) -> None:
    page.goto("/accounts/signup/")
    page.fill("#id_username", name)
    page.fill("#id_password1", "correct horse 9")
    page.fill("#id_password2", "correct horse 9")
    page.click("[data-test=sign-up]")
    page.wait_for_url("**/")


def buy(page: Page, slug: str, hand: bool) -> str:
    """Buy one and return the price the points page then shows."""
    page.goto(f"/product/{slug}/")
    page.click("[data-test=buy-hand]" if hand else "[data-test=buy]")
    assert page.inner_text("[data-test=checkout-total]").replace("\n", "") == "¥1,000.00"
    page.fill("#recipient", "林晓")
    page.fill("#phone", "13800138000")
    page.fill("#address", "浙江省杭州市西湖区文一西路 588 号")
    page.click("[data-test=place-order]")
    assert page.inner_text("[data-test=pay-amount]").replace("\n", "") == "¥1,000.00"
    page.click("[data-test=pay]")
    page.wait_for_url("**/paid/")
    page.click("[data-test=to-points]")
    page.wait_for_url("**/points/")
    return page.inner_text("[data-test=price]")


def two_decimals(price: str) -> str:
    return f"{round(Fraction(price) * 100) / 100:.2f}"


def amount(text: str) -> str:
    found = re.search(r"¥\s*([\d,]+\.\d\d)", text.replace("\n", ""))
    assert found, text
    return found[1]


@pytest.mark.parametrize(
    ("language", "width"), [("zh-hans", 390), ("en", 390), ("zh-hans", 1280), ("en", 1280)]
)
def test_buy_three_times_then_sell(live_server, pool, product, language, width):
    hand = width < 900
    with browser_page(live_server.url, language, width) as page:
        page.goto("/")
        shoot(page, "home-empty-pool", language, width)
        sign_up(page, "linxiao")
        page.goto("/points/")
        shoot(page, "points-none-yet", language, width)
        prices = [buy(page, product.slug, hand) for _i in range(3)]
        assert prices == ["1.4286", "1.6807", "1.8674"]
        assert [two_decimals(price) for price in prices] == ["1.43", "1.68", "1.87"]
        shoot(page, "points", language, width)
        page.hover("#price-chart canvas")
        page.wait_for_timeout(300)
        if hand:
            page.click("[data-test=sell-hand]")
            page.wait_for_url("**/points/sell/")
            page.wait_for_load_state()
        page.fill("[data-test=sell-points]", "210")
        live = page.locator("[data-test=live-payout]")
        live.wait_for()
        quoted = amount(live.inner_text())
        shoot(page, "sell", language, width)
        page.click("[data-test=sell-next]")
        assert amount(page.inner_text("[data-test=sale-payout]")) == quoted == "313.72"
        shoot(page, "sell-confirm", language, width)
        page.click("[data-test=confirm-sale]")
        page.wait_for_url("**/sold/**")
        assert amount(page.inner_text("[data-test=sold-payout]")) == quoted
        shoot(page, "sold", language, width)
        page.click("[data-test=to-wallet]")
        assert amount(page.inner_text("[data-test=balance]")) == quoted
        shoot(page, "wallet", language, width)
        for name, address in (
            ("home", "/"),
            ("goods", "/goods/"),
            ("product", f"/product/{product.slug}/"),
            ("checkout", f"/checkout/{product.slug}/"),
            ("orders", "/orders/"),
            ("open-accounts", "/truth/"),
            ("rules", "/rules/"),
            ("me", "/me/"),
            ("sell-refused", "/points/sell/?step=confirm&points=1e400"),
        ):
            page.goto(address)
            shoot(page, name, language, width)
    pool.refresh_from_db()
    assert pool.pool_fen == 90_000 - 31_372


def test_buying_and_selling_work_without_javascript(live_server, pool, product):
    with browser_page(live_server.url, "zh-hans", 390, script=False) as page:
        sign_up(page, "noscript")
        assert buy(page, product.slug, hand=True) == "1.4286"
        page.goto("/points/sell/")
        page.fill("[data-test=sell-points]", "100")
        page.click("[data-test=sell-next]")
        quoted = amount(page.inner_text("[data-test=sale-payout]"))
        page.click("[data-test=confirm-sale]")
        page.goto("/wallet/")
        assert amount(page.inner_text("[data-test=balance]")) == quoted


def test_a_double_click_buys_and_sells_once(live_server, pool, product):
    with browser_page(live_server.url, "en", 1280) as page:
        sign_up(page, "double")
        page.goto(f"/checkout/{product.slug}/")
        for field in ("recipient", "phone", "address"):
            page.fill(f"#{field}", "x")
        page.dblclick("[data-test=place-order]")
        page.wait_for_url("**/pay/")
        page.dblclick("[data-test=pay]")
        page.wait_for_url("**/paid/")
        page.goto("/points/sell/?step=confirm&points=10")
        page.dblclick("[data-test=confirm-sale]")
        page.wait_for_url("**/sold/**")
    pool = Pool.objects.get()
    assert (pool.sequence, pool.outstanding_units) == (2, 200 * 10**8)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_back_office_shows_orders_pool_and_price(live_server, pool, product, member, language):
    for _i in range(3):
        confirm_demo(place_order(member, product, 1, uuid.uuid4()))
    User.objects.create_superuser("boss", password="correct horse 9")
    with browser_page(live_server.url, language, 1280) as page:
        page.goto("/office/")
        page.fill("#id_username", "boss")
        page.fill("#id_password", "correct horse 9")
        page.click("button[type=submit]")
        page.wait_for_selector("#office-price canvas")
        assert page.inner_text("[data-test=price]") == "1.8674"
        assert page.inner_text("[data-test=pool]") == "¥900.00"
        assert page.inner_text("[data-test=check]") == {"zh-hans": "相符", "en": "agree"}[language]
        shoot(page, "office", language, 1280)
        for name in ("mall/order", "settlement/event", "settlement/pool", "ledger/transaction"):
            page.goto(f"/office/{name}/")
            shoot(page, f"office-{name.replace('/', '-')}", language, 1280)


def test_every_desk_works_under_the_policy_with_an_empty_console(
    live_server, pool, product, member
):
    for _i in range(2):
        confirm_demo(place_order(member, product, 1, uuid.uuid4()))
    User.objects.create_superuser("boss", password="correct horse 9")
    with browser_page(live_server.url, "zh-hans", 1280) as page:
        page.goto("/office/")
        page.fill("#id_username", "boss")
        page.fill("#id_password", "correct horse 9")
        page.click("button[type=submit]")
        page.wait_for_selector("#office-price canvas")
        for chart in ("#office-price", "#office-flow"):
            page.hover(chart)
        for address in desks():
            page.goto(address)
            assert page.evaluate("document.body.hasAttribute('x-data')"), address
            assert page.evaluate("getComputedStyle(document.documentElement).display") == "block"
        page.goto(f"/office/members/member/tree/?member={member.pk}")
        page.wait_for_selector("#office-tree canvas")
        page.hover("#office-tree")
        page.goto("/office/members/user/add/")
        page.fill("#id_username", "somebody")
        menu = page.locator("[x-data*=openUserLinks]").first
        assert not menu.locator("[x-show=openUserLinks]").is_visible()
        menu.locator("[x-on\\:click*=openUserLinks]").click()
        menu.locator("[x-show=openUserLinks]").wait_for(state="visible")
        page.goto("/office/mall/order/")
        page.click("[x-on\\:click='filterOpen = true']")
        page.wait_for_selector("#filter-form", state="visible")


def desks():
    """The list, the first row and the form of every desk, where rows are added by hand."""
    boss = RequestFactory().get("/")
    boss.user = User.objects.get(username="boss")
    for model, desk in admin.site._registry.items():
        label = f"{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"admin:{label}_changelist")
        first = model._default_manager.order_by("pk").first()
        if first is not None:
            yield reverse(f"admin:{label}_change", args=(first.pk,))
        if desk.has_add_permission(boss):
            yield reverse(f"admin:{label}_add")
