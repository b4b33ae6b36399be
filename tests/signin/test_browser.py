"""The pages of signing in, in a real browser: both doors, both languages, narrow and wide."""

import re
import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from tests.web.browser import needs_chromium
from tests.web.test_browser import browser_page, shoot
from zengzhi.doors.shared import delivery
from zengzhi.records.members.models import User

pytestmark = [
    needs_chromium,
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("browser"),
]
RIGHT, NEW = "correct horse", "battery staple 7"


def member_walk(page, take):
    """Forgotten, recovered, signed in; what a member sees of their account."""
    page.goto("/accounts/recover/")
    take("recover")
    page.fill("#id_username", "wang")
    page.click("[data-test=recover]")
    take("recover-sent")
    page.goto(re.search(r"http\S+", delivery.SCREEN[0].text)[0])
    take("link")
    page.fill("#id_password1", NEW)
    page.fill("#id_password2", NEW)
    page.click("[data-test=set-password]")
    page.fill("#id_login", "wang")
    page.fill("#id_password", NEW)
    page.click("[data-test=sign-in]")
    page.wait_for_url("**/")
    for name in ("security", "profile", "password/change", "sessions", "demo-messages"):
        page.goto(f"/accounts/{name}/")
        take(name.replace("/", "-"))


def staff_walk(page, take):
    """Into the office, a second factor, its codes, a confirmation, the audit log."""
    page.goto("/office/")
    take("office-login")
    page.fill("#id_username", "boss")
    page.fill("#id_password", RIGHT)
    page.click("button[type=submit]")
    page.wait_for_url("**/office/")
    page.goto("/accounts/2fa/totp/activate/")
    take("second-factor")
    secret = page.inner_text("[data-test=totp-secret]")
    page.fill("#id_code", format_hotp_value(hotp_value(secret, int(time.time()) // 30)))
    page.click("[data-test=activate]")
    page.wait_for_selector("[data-test=recovery-codes]")
    take("recovery-codes")
    page.goto("/office/confirm/?next=/office/")
    take("confirm")
    page.fill("#id_password", RIGHT)
    page.click("[data-test=confirm]")
    page.wait_for_url("**/office/")
    page.goto("/office/control/act/?q=user:")
    take("audit-log")


@pytest.mark.parametrize(
    ("language", "width", "script"),
    [("zh-hans", 390, True), ("en", 360, False), ("zh-hans", 1280, False), ("en", 1280, True)],
)
@pytest.mark.parametrize("walk", [member_walk, staff_walk])
def test_pages_of_signing_in(live_server, pool, member, walk, language, width, script):
    User.objects.create_superuser("boss", password=RIGHT)
    delivery.SCREEN.clear()
    with browser_page(live_server.url, language, width, script=script) as page:
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))

        def take(name: str) -> None:
            assert page.locator("h1").count() >= 1, name
            if walk is member_walk or not name.startswith("audit"):
                shoot(page, f"signin-{name}", language, width)
            chinese = re.search(r"[一-鿿]{4}", page.inner_text("body"))
            assert bool(chinese) or language == "en", name

        walk(page, take)
        assert not errors
