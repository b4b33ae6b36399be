"""Sign-ins end with their rights; cookies and headers of every page."""

import pytest

from tests.backoffice.test_withdrawal_desk import ask, do, person, sign_in
from tests.backoffice.test_withdrawal_desk import rich as rich
from zengzhi.records.members.models import User

pytestmark = pytest.mark.django_db


def test_a_user_switched_off_is_signed_out(client, member):
    client.force_login(member.user)
    assert client.get("/wallet/").status_code == 200
    User.objects.filter(pk=member.user_id).update(is_active=False)
    answer = client.get("/wallet/")
    assert (answer.status_code, answer.url) == (302, "/accounts/login/?next=/wallet/")


def test_a_role_that_is_taken_away_ends_at_once(client, rich):
    row = ask(rich)
    user = person("anna", "owner")
    sign_in(client, user)
    assert client.get(do(row.pk, "approve")).status_code == 200
    user.groups.clear()
    assert client.get(do(row.pk, "approve")).status_code == 403
    user.is_staff = False
    user.save()
    assert client.get(do(row.pk, "approve")).status_code == 302


def test_cookies_and_headers_of_a_page(client, pool, member):
    client.get("/accounts/login/")
    answer = client.post("/accounts/login/", {"login": "wang", "password": "correct horse"})
    cookie = answer.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    page = client.get("/rules/")
    assert page.headers["X-Frame-Options"] == "DENY"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
