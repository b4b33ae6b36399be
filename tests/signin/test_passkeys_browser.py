"""Passkeys in a real browser, with an authenticator that the browser itself plays."""

import re

import pytest

from tests.web.browser import needs_chromium
from tests.web.test_browser import browser_page, shoot
from zengzhi.records.members.models import User

pytestmark = [
    needs_chromium,
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("browser"),
]
RIGHT = "correct horse"
LONG = "钥匙 of the office's third computer, left"[:40]


def virtual_key(page, verified: bool = True) -> None:
    """From now on the browser has a device that keeps passkeys; it knows its owner, or does not."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": verified,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def by_password(page) -> None:
    page.goto("/office/")
    page.fill("#id_username", "boss")
    page.fill("#id_password", RIGHT)
    page.click("[data-test=sign-in]")


def sign_out(page) -> None:
    page.context.clear_cookies(name="sessionid")


@pytest.mark.parametrize(
    ("language", "width"), [("zh-hans", 390), ("en", 360), ("zh-hans", 1280), ("en", 1280)]
)
def test_a_passkey_from_its_making_to_its_end(live_server, pool, language, width):
    User.objects.create_superuser("boss", password=RIGHT)
    with browser_page(live_server.url, language, width) as page:

        def take(name: str) -> None:
            page.locator("h1").first.wait_for()  # visible
            chinese = re.search(r"[一-鿿]{4}", page.inner_text("main").replace(LONG, ""))
            assert bool(chinese) == (language == "zh-hans"), name
            shoot(page, f"passkey-{name}", language, width)

        virtual_key(page)
        by_password(page)
        page.wait_for_url("**/office/")
        page.goto("/accounts/2fa/passkeys/add/")
        assert not page.locator("[data-test=passkey-missing]").is_visible()
        page.fill("#id_name", LONG)
        take("add")
        page.click("[data-test=add-passkey]")
        page.wait_for_selector("[data-test=recovery-codes]")
        take("recovery-codes")
        page.goto("/accounts/2fa/passkeys/")
        assert LONG in page.inner_text("[data-test=passkey-row]")
        take("list")
        sign_out(page)
        page.goto("/office/login/")
        take("sign-in")
        page.click("[data-test=passkey]")
        page.wait_for_url("**/office/")
        page.goto("/office/confirm/?next=/accounts/security/")
        take("confirm")
        page.click("[data-test=passkey]")
        page.wait_for_url("**/accounts/security/")
        take("security")
        sign_out(page)
        by_password(page)
        page.wait_for_url("**/authenticate/")
        take("second-factor")
        page.click("[data-test=passkey]")
        page.wait_for_url("**/office/")
        page.goto("/accounts/2fa/passkeys/")
        page.click("[data-test=name-passkey]")
        page.fill("#id_name", "phone")
        take("name")
        page.click("[data-test=save-name]")
        page.click("[data-test=remove-passkey]")
        page.wait_for_url("**/remove/")
        take("remove")
        page.click("[data-test=remove]")
        page.wait_for_url("**/passkeys/")
        assert page.locator("[data-test=passkey-row]").count() == 0
        sign_out(page)
        page.goto("/office/login/")
        page.click("[data-test=passkey]")
        page.wait_for_selector(".notice.bad >> visible=true")
        take("refused")


def test_where_the_device_does_not_know_its_owner_the_page_says_so_and_password_and_code_remain(
    live_server, pool
):
    User.objects.create_superuser("boss", password=RIGHT)
    with browser_page(live_server.url, "en", 390) as page:
        virtual_key(page, verified=False)
        page.goto("/office/login/")
        failed = page.locator("[data-passkey-failed]")
        assert not failed.is_visible()
        page.click("[data-test=passkey]")
        failed.wait_for(state="visible")
        shoot(page, "passkey-no-answer", "en", 390)
        by_password(page)
        page.wait_for_url("**/office/")


@pytest.mark.parametrize(("language", "width"), [("zh-hans", 390), ("en", 1280)])
def test_without_javascript_nothing_offers_what_does_not_work(live_server, pool, language, width):
    User.objects.create_superuser("boss", password=RIGHT)
    with browser_page(live_server.url, language, width, script=False) as page:
        page.goto("/office/login/")
        assert not page.locator("[data-test=passkey]").is_visible()
        by_password(page)
        page.wait_for_url("**/office/")
        page.goto("/accounts/2fa/passkeys/add/")
        assert page.locator("[data-test=passkey-missing]").is_visible()
        assert not page.locator("[data-test=add-passkey]").is_visible()
        shoot(page, "passkey-no-script", language, width)
        page.click("a[href$='/totp/activate/']")
        assert page.locator("[data-test=totp-secret]").is_visible()
