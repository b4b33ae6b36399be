"""The wallet's forms: clear messages in the page's language, nothing changes; password again."""

import uuid

import pytest
from django.utils import timezone

from tests.approvals import let_go
from tests.conftest import token
from tests.wallet.conftest import CARD, bank_card, everything, give, take_back, terms
from zengzhi.records.wallet.models import PayeeAccount, State, Withdrawal
from zengzhi.records.wallet.payees import PayeeForm, payees_of, save_payee
from zengzhi.records.wallet.review import book_failed, book_paid, reject
from zengzhi.records.wallet.withdraw import request_withdrawal

BAD_AMOUNTS = [
    "-1",
    "0",
    "0.00",
    "NaN",
    "nan",
    "Infinity",
    "1e400",
    "1E2",
    "12.345",
    "１００",
    "١٢",
    "",
    " ",
    "1,000",
    "1 000",
    "+50",
    "0x10",
    ".5",
    "50.",
    "all",
    "¥50",
]
LANGUAGES = ["zh-hans", "en"]


@pytest.fixture
def fresh(client, member):
    """wang with ¥1,000.00 and a card, the password just entered."""
    give(member, 1_000_00, at=timezone.now())
    bank_card(member, at=timezone.now())
    client.force_login(member.user)
    again(client)
    return client


def again(client):
    return client.post("/accounts/reauthenticate/", {"password": "correct horse"})


def form(member, **changes):
    payee = payees_of(member)[0].pk
    return {"amount": "100", "payee": str(payee), "net_fen": "10000", "token": token(), **changes}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("amount", BAD_AMOUNTS)
def test_what_is_no_amount(fresh, member, amount, language):
    fresh.cookies["django_language"] = language
    before = everything()
    asked = {**form(member, amount=amount), "step": "confirm"}
    for answer in (
        fresh.get("/wallet/withdraw/", asked),
        fresh.post("/wallet/withdraw/", form(member, amount=amount)),
    ):
        page = answer.content.decode()
        assert answer.status_code == 422
        assert {"zh-hans": "请用普通数字", "en": "plain digits"}[language] in page
        assert 'data-test="error"' in page
    assert everything() == before


LIMITS = [
    ("9.99", "单笔提现至少 ¥10.00", "at least ¥10.00"),
    ("1000.01", "多了 ¥0.01，最多可提 ¥1,000.00", "¥0.01 too much"),
    ("9" * 400, "最多可提 ¥1,000.00", "at most ¥1,000.00"),
    ("5000.01", "多了 ¥4,000.01", "¥4,000.01 too much"),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("amount", "zh", "en"), LIMITS)
def test_limits_say_by_how_much(fresh, member, amount, zh, en, language):
    fresh.cookies["django_language"] = language
    before = everything()
    answer = fresh.post("/wallet/withdraw/", form(member, amount=amount))
    assert answer.status_code == 422
    assert {"zh-hans": zh, "en": en}[language] in answer.content.decode()
    assert everything() == before


def test_maximum_and_limits_of_the_day(fresh, member):
    fresh.cookies["django_language"] = "en"
    give(member, 30_000_00)
    answer = fresh.post("/wallet/withdraw/", form(member, amount="5000.01"))
    assert "One withdrawal is at most ¥5,000.00." in answer.content.decode()
    terms(daily_fen=150_00, daily_count=2)
    assert fresh.post("/wallet/withdraw/", form(member)).status_code == 302
    before = everything()
    answer = fresh.post("/wallet/withdraw/", form(member))
    assert "Today you can still withdraw ¥50.00." in answer.content.decode()
    assert everything() == before
    sent = form(member, amount="50", net_fen="5000")
    assert fresh.post("/wallet/withdraw/", sent).status_code == 302
    answer = fresh.post("/wallet/withdraw/", form(member))
    assert "2 times a day" in answer.content.decode()


@pytest.mark.parametrize("payee", ["", "0", "-1", "x", "１", "9" * 30, "999999"])
def test_what_is_no_account(fresh, member, payee):
    before = everything()
    answer = fresh.post("/wallet/withdraw/", form(member, payee=payee))
    assert answer.status_code == 422
    assert "请选择你的一个收款账户" in answer.content.decode()
    assert everything() == before


@pytest.mark.parametrize("net", ["", "-1", "1e9", "１", "10001", "9" * 30])
def test_a_forged_net_withdraws_nothing(fresh, member, net):
    before = everything()
    answer = fresh.post("/wallet/withdraw/", form(member, net_fen=net))
    assert answer.status_code == 409
    assert "没有提现" in answer.content.decode()
    assert everything() == before


@pytest.mark.parametrize("bad", ["", "x", "１", "00000000-0000-0000-0000-00000000000g"])
def test_a_forged_token_is_no_form(fresh, member, bad):
    before = everything()
    assert fresh.post("/wallet/withdraw/", form(member, token=bad)).status_code == 404
    payee = {"kind": "wechat", "holder": "王磊", "number": "wanglei_88", "token": bad}
    assert fresh.post("/wallet/payees/add/", payee).status_code == 404
    assert everything() == before


def test_what_was_typed_stays_in_the_field(fresh, member):
    page = fresh.get("/wallet/withdraw/", {"amount": "1e400", "step": "confirm"}).content.decode()
    assert 'value="1e400"' in page


def test_a_form_sent_twice_acts_once(fresh, member):
    sent = form(member)
    urls = {fresh.post("/wallet/withdraw/", sent).url for _i in range(3)}
    assert len(urls) == 1
    assert Withdrawal.objects.count() == 1
    payee = {"kind": "wechat", "holder": "王磊", "number": "wanglei_88", "token": token()}
    for _i in range(3):
        assert fresh.post("/wallet/payees/add/", payee).status_code == 302
    assert PayeeAccount.objects.count() == 2


def test_somebody_elses_withdrawal_account_and_token_do_not_exist(fresh, member, other):
    give(other, 1_000_00)
    theirs_card = bank_card(other, at=timezone.now())
    shared = uuid.uuid4()
    theirs = request_withdrawal(other, 100_00, theirs_card.pk, shared)
    before = everything()
    for address in (
        f"/wallet/withdrawals/{theirs.number}/",
        f"/wallet/withdrawals/{theirs.number}/done/",
        f"/wallet/payees/{theirs_card.pk}/change/",
        "/wallet/tax/2026/",
        "/wallet/payees/99999999999999999999999/change/",
    ):
        assert fresh.get(address).status_code == 404, address
    payee = {"kind": "wechat", "holder": "王磊", "number": "wanglei_88", "token": token()}
    address = f"/wallet/payees/{theirs_card.pk}/change/"
    assert fresh.post(address, payee).status_code == 404
    assert fresh.post(f"/wallet/payees/{theirs_card.pk}/remove/").status_code == 302
    assert (
        fresh.post("/wallet/withdraw/", form(member, payee=str(theirs_card.pk))).status_code == 422
    )
    assert fresh.post("/wallet/withdraw/", form(member, token=str(shared))).status_code == 422
    assert everything() == before


SENSITIVE = [
    ("get", "/wallet/payees/add/"),
    ("post", "/wallet/payees/add/"),
    ("get", "/wallet/payees/{payee}/change/"),
    ("post", "/wallet/payees/{payee}/change/"),
    ("post", "/wallet/payees/{payee}/remove/"),
    ("post", "/wallet/withdraw/"),
    ("get", "/wallet/withdraw/?step=confirm&amount=100&payee={payee}"),
]


@pytest.mark.parametrize(("method", "address"), SENSITIVE)
@pytest.mark.parametrize("signed", ["an hour ago", "just now"])
def test_a_stale_sign_in_must_give_the_password_again(fresh, member, method, address, signed):
    session = fresh.session
    records = session["account_authentication_methods"]
    assert records
    if signed == "an hour ago":
        session["account_authentication_methods"] = [
            {**entry, "at": entry["at"] - 3600} for entry in records
        ]
        session.save()
    else:
        fresh.logout()
        fresh.force_login(member.user)
    before = everything()
    data = {**form(member), "kind": "wechat", "holder": "王磊", "number": "wanglei_88"}
    sent = data if method == "post" else {}
    answer = getattr(fresh, method)(address.format(payee=payees_of(member)[0].pk), sent)
    assert answer.status_code == 302
    assert answer.url.startswith("/accounts/reauthenticate/")
    assert everything() == before


def test_after_the_password_the_request_goes_on(client, member):
    give(member, 1_000_00, at=timezone.now())
    bank_card(member, at=timezone.now())
    client.force_login(member.user)
    asked = client.post("/wallet/withdraw/", form(member))
    assert not Withdrawal.objects.exists()
    wrong = client.post(asked.url, {"password": "wrong", "next": "/wallet/withdraw/"})
    assert wrong.status_code == 200
    assert 'data-test="error"' in wrong.content.decode()
    assert not Withdrawal.objects.exists()
    done = client.post(asked.url, {"password": "correct horse", "next": "/wallet/withdraw/"})
    assert Withdrawal.objects.count() == 1
    assert done.url == f"/wallet/withdrawals/{Withdrawal.objects.get().number}/done/"


def test_nobody_signed_out_sees_a_wallet(client, db):
    for address in ("", "withdraw/", "withdrawals/", "payees/", "payees/add/", "tax/2026/"):
        assert client.get(f"/wallet/{address}").url.startswith("/accounts/login/")


BAD_PAYEES = [
    ({"number": "6214830012366621"}, "卡号有误"),
    ({"number": "１２３４５６７８９０１２３４５６"}, "12 到 19 位"),
    ({"number": "1" * 400}, "12 到 19 位"),
    ({"number": ""}, "12 到 19 位"),
    ({"holder": ""}, "户名全称"),
    ({"holder": "=1+1"}, "户名全称"),
    ({"holder": "<script>"}, "户名全称"),
    ({"bank": "@x"}, "银行名称"),
    ({"kind": "paypal"}, "请选择银行卡"),
    ({"kind": "alipay", "number": "x"}, "手机号或邮箱"),
    ({"kind": "wechat", "number": "1"}, "手机号或微信号"),
    ({"number": CARD}, "已经添加过"),
]


@pytest.mark.parametrize(("wrong", "message"), BAD_PAYEES)
def test_an_account_that_cannot_be_right(fresh, member, wrong, message):
    before = everything()
    good = {"kind": "bank", "holder": "王磊", "bank": "招商银行", "number": "6214830012840004"}
    answer = fresh.post("/wallet/payees/add/", {**good, **wrong, "token": token()})
    assert answer.status_code == 422
    assert message in answer.content.decode()
    assert everything() == before


@pytest.mark.parametrize("language", LANGUAGES)
def test_cooling_is_said_in_words(fresh, member, language):
    fresh.cookies["django_language"] = language
    changed = {"kind": "wechat", "holder": "王磊", "number": "wanglei_88", "token": token()}
    old = payees_of(member)[0]
    fresh.post(f"/wallet/payees/{old.pk}/change/", changed)
    words = {"zh-hans": "刚换过收款账户", "en": "Changed recently"}[language]
    assert words in fresh.get("/wallet/payees/").content.decode()
    assert words in fresh.get("/wallet/withdraw/").content.decode()
    before = everything()
    refused = fresh.post("/wallet/withdraw/", form(member))
    assert refused.status_code == 422
    text = {"zh-hans": "刚换过收款账户，", "en": "This account was changed recently."}[language]
    assert text in refused.content.decode()
    assert everything() == before


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_has_its_page(fresh, member, staff, language):
    fresh.cookies["django_language"] = language
    terms(daily_count=99)
    give(member, 9_000_00, commission=True, at=timezone.now())
    card = payees_of(member)[0].pk
    for state in State:
        fen = 2_500_00 if state == State.HELD else 20_00
        row = request_withdrawal(member, fen, card, uuid.uuid4())
        if state == State.REJECTED:
            reject(row.pk, staff[0], "户名不一致")
        elif state not in (State.REQUESTED, State.HELD):
            let_go(row.pk, staff[0])
            if state != State.APPROVED:
                Withdrawal.objects.filter(pk=row.pk).update(state=State.PAYING, provider=1)
            if state == State.PAID:
                book_paid(row.pk, None)
            elif state == State.FAILED:
                book_failed(row.pk, None, "账户已注销")
        page = fresh.get(f"/wallet/withdrawals/{row.number}/").content.decode()
        assert page.count('aria-current="step"') == 1
        assert CARD not in page
        assert "6620" in page
    assert fresh.get("/wallet/withdrawals/").content.decode().count('data-test="withdrawal"') == 7
    for kind in ("", "points", "bonus", "withdrawal", "x"):
        assert fresh.get("/wallet/", {"kind": kind}).status_code == 200
    year = timezone.localdate().year
    assert fresh.get(f"/wallet/tax/{year}/").status_code == 200
    assert fresh.get(f"/wallet/tax/{year}/?format=csv").content.startswith(b"\xef\xbb\xbf")


def test_a_debt_is_shown_and_paid_by_the_next_income(fresh, member):
    take_back(member, 1_300_00)
    page = fresh.get("/wallet/").content.decode()
    assert 'data-test="debt-card"' in page
    assert 'data-test="withdraw"' not in page
    before = everything()
    refused = fresh.post("/wallet/withdraw/", form(member))
    assert "还有 ¥300.00 待抵扣" in refused.content.decode()
    assert everything() == before
    give(member, 1_000_00)
    page = fresh.get("/wallet/").content.decode()
    assert 'data-test="debt-card"' not in page
    assert "700.00" in page


def test_state_changes_need_post_and_the_csrf_token(member):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(member.user)
    bank_card(member)
    pk = payees_of(member)[0].pk
    for address in ("/wallet/withdraw/", f"/wallet/payees/{pk}/remove/"):
        assert strict.post(address, {}).status_code == 403
    assert strict.get(f"/wallet/payees/{pk}/remove/").status_code == 405


def test_the_wallet_needs_no_query_per_movement(fresh, member, django_assert_max_num_queries):
    for _i in range(12):
        give(member, 10_00)
    for _i in range(3):
        request_withdrawal(member, 10_00, payees_of(member)[0].pk, uuid.uuid4())
    with django_assert_max_num_queries(16):
        assert fresh.get("/wallet/").status_code == 200


def test_a_removed_account_can_be_added_again_but_cools_down(fresh, member):
    pk = payees_of(member)[0].pk
    fresh.post(f"/wallet/payees/{pk}/remove/")
    assert payees_of(member) == []
    saved = save_payee(member, PayeeForm("bank", "王磊", CARD, "招商银行"), uuid.uuid4())
    assert saved.usable_from > timezone.now()
