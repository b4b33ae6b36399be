"""A NUL byte anywhere in a request is answered 400 before any view, and changes nothing."""

import pytest

from tests.conftest import token
from tests.web.test_bad_input import DELIVERY, everything
from zengzhi.records.members.models import User


@pytest.fixture
def signed_in(client, pool, product, member):
    client.force_login(member.user)
    return client


@pytest.mark.parametrize(
    "address",
    [
        "/%00",
        "/goods/?q=%00",
        "/goods/?%00=1",
        "/goods/gift-box%00/",
        "/points/sell/?step=confirm&points=12%00",
        "/office/%00/",
        "/office/members/member/tree/?q=%00",
        "/i/%00/",
    ],
)
def test_in_an_address(signed_in, address):
    assert signed_in.get(address).status_code == 400


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("/checkout/gift-box/", {"quantity": "1\0", "token": "T", **DELIVERY}),
        ("/checkout/gift-box/", {"quantity": "1", "token": "T", **DELIVERY, "address": "a\0"}),
        ("/checkout/gift-box/", {"quantity": "1", "token": "T", **DELIVERY, "x\0": "1"}),
        ("/points/sell/", {"points": "1\0", "token": "T", "minimum_fen": "0"}),
        ("/wallet/withdraw/", {"amount": "5\0", "token": "T"}),
        ("/accounts/signup/", {"username": "guest\0", "password1": "x", "password2": "x"}),
        ("/accounts/login/", {"login": "wang\0", "password": "x"}),
        ("/office/login/", {"username": "wang\0", "password": "x\0"}),
        ("/accounts/signup/", {"invite": "\0", "username": "guest"}),
    ],
)
def test_in_a_form(signed_in, address, form):
    before = everything()
    sent = {name: token() if text == "T" else text for name, text in form.items()}
    assert signed_in.post(address, sent).status_code == 400
    assert everything() == before


def test_a_callback_is_no_form(client, pool, settings):
    """Its body is the provider's; it is kept as it came and answered by its own rules."""
    answer = client.post("/pay/demo/callback", b'{"a": "\0"}', "application/json")
    assert answer.status_code == 400
    assert answer.json() == {"error": "bad_callback"}


@pytest.mark.parametrize("number", ["x", " ", "-1", "１", "9" * 19, "1.0", "_5F"])
@pytest.mark.parametrize("act", ["change", "acknowledge", "history"])
def test_a_row_of_the_office_without_a_number_does_not_exist(client, pool, number, act):
    client.force_login(User.objects.create_superuser("boss", password="correct horse 9"))
    assert client.get(f"/office/bonuses/plan/{number}/{act}/").status_code == 404
