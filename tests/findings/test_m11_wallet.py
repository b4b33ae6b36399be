"""M11 in the wallet: the same token with another amount or account is refused as ``id_reused``
(409), nothing changes; with the same content it answers what it answered."""

import uuid

import pytest

from tests.wallet.conftest import JUNE, bank_card, everything, give
from zengzhi.core.errors import IdReused
from zengzhi.records.wallet.payees import PayeeForm, payees_of, save_payee
from zengzhi.records.wallet.withdraw import request_withdrawal


@pytest.fixture
def rich(member):
    give(member, 1_000_00)
    bank_card(member)
    bank_card(member, "6214830012840004")
    return member


def test_another_amount_or_account_is_refused(rich):
    first, second = payees_of(rich)
    token = uuid.uuid4()
    row = request_withdrawal(rich, 100_00, first.pk, token, at=JUNE)
    before = everything()
    for fen, payee in ((200_00, first.pk), (100_00, second.pk), (100_00, None), (1, 10**9)):
        with pytest.raises(IdReused) as refused:
            request_withdrawal(rich, fen, payee, token, at=JUNE)
        assert refused.value.code == "id_reused"
        assert everything() == before
    assert request_withdrawal(rich, 100_00, first.pk, token, at=JUNE) == row
    assert everything() == before


@pytest.mark.parametrize(
    "change",
    [
        {"holder": "李娜"},
        {"number": "13900139000"},
        {"kind": "wechat"},
        {"identity": "11010519491231002X"},
    ],
)
def test_another_account_with_the_same_token_is_refused(member, change):
    typed = {"kind": "alipay", "holder": "王磊", "number": "13800138000"}
    token = uuid.uuid4()
    made = save_payee(member, PayeeForm(**typed), token)
    before = everything()
    with pytest.raises(IdReused):
        save_payee(member, PayeeForm(**{**typed, **change}), token)
    with pytest.raises(IdReused):
        save_payee(member, PayeeForm(**typed), token, replaces=made)
    assert save_payee(member, PayeeForm(**typed), token) == made
    assert everything() == before


@pytest.mark.parametrize(
    ("language", "text"),
    [("zh-hans", "已用其他内容"), ("en", "This form was sent before with other content")],
)
def test_the_page_says_so(client, rich, language, text):
    client.force_login(rich.user)
    client.post("/accounts/reauthenticate/", {"password": "correct horse"})
    client.cookies["django_language"] = language
    form = {
        "token": uuid.uuid4().hex,
        "amount": "100.00",
        "payee": payees_of(rich)[0].pk,
        "net_fen": 0,
    }
    assert client.post("/wallet/withdraw/", form).status_code == 302
    before = everything()
    again = client.post("/wallet/withdraw/", {**form, "amount": "200.00"})
    assert again.status_code == 409
    assert text in again.content.decode()
    assert everything() == before
