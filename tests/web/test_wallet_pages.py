"""The wallet in a real browser: an account, a withdrawal, its states; the desk that decides."""

import uuid

import pytest
from django.contrib.auth.models import Permission
from django.db.models import Q
from django.utils import timezone

from tests.approvals import approve, let_go
from tests.wallet.conftest import CARD, bank_card, give, take_back, terms
from tests.web.browser import needs_chromium
from tests.web.test_browser import amount, browser_page, shoot
from zengzhi.core.withholding_tax import PER_PAYMENT
from zengzhi.records.control.models import Approval
from zengzhi.records.members.models import User
from zengzhi.records.wallet import bank_file, review
from zengzhi.records.wallet.models import PayoutBatch, State, Withdrawal
from zengzhi.records.wallet.payees import PayeeForm, payees_of, save_payee
from zengzhi.records.wallet.withdraw import request_withdrawal

pytestmark = [
    needs_chromium,
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("browser"),
]
SIZES = [("zh-hans", 390), ("en", 390), ("zh-hans", 1280), ("en", 1280)]
PASSWORD = "correct horse"


def sign_in(page, name):
    page.goto("/accounts/login/")
    page.fill("#id_login", name)
    page.fill("#id_password", PASSWORD)
    page.click("[data-test=sign-in]")
    page.wait_for_url("**/")


def enter_password(page):
    page.fill("#id_password", PASSWORD)
    page.click("[data-test=reauthenticate]")


def fill_account(page, number=CARD):
    page.fill("#holder", "王磊")
    page.fill("#bank", "招商银行")
    page.fill("#number", number)
    page.click("[data-test=save-payee]")


@pytest.mark.parametrize(("language", "width"), SIZES)
def test_from_an_empty_wallet_to_a_withdrawal(live_server, pool, member, language, width):
    def shot(name):
        shoot(page, f"wallet-{name}", language, width)

    terms(tax_table=PER_PAYMENT)  # so that a small sum bears some
    with browser_page(live_server.url, language, width) as page:
        sign_in(page, "wang")
        page.goto("/wallet/")
        shot("empty")
        page.goto("/wallet/withdraw/")
        shot("withdraw-nothing")
        give(member, 640_00, at=timezone.now())
        give(member, 3_000_00, commission=True, at=timezone.now())
        page.goto("/wallet/")
        page.click("[data-test=withdraw]")
        shot("withdraw-no-account")
        page.click("[data-test=add-payee]")
        shot("password")
        enter_password(page)
        page.wait_for_url("**/payees/add/")
        shot("account-form")
        fill_account(page, CARD[:-1] + "1")
        page.wait_for_selector("[data-test=error]")
        shot("account-wrong")
        page.fill("#number", CARD)
        page.click("[data-test=save-payee]")
        page.wait_for_url("**/payees/")
        shot("accounts")
        page.goto("/wallet/withdraw/")
        page.fill("[data-test=withdraw-amount]", "1500")
        net = page.locator("[data-test=withdraw-net]")
        net.wait_for()
        assert amount(net.inner_text()) == "1,360.00"
        assert amount(page.inner_text("[data-test=withdraw-tax]")) == "140.00"
        shot("withdraw")
        page.fill("[data-test=withdraw-amount]", "9000")
        page.wait_for_selector("[data-test=error]")
        shot("withdraw-too-much")
        page.click("[data-test=all]")
        net.wait_for()
        assert amount(net.inner_text()) == "3,200.00"
        page.click("[data-test=withdraw-next]")
        page.wait_for_selector("[data-test=confirm-form]")
        assert amount(page.inner_text("[data-test=confirm-net]")) == "3,200.00"
        shot("confirm")
        page.dblclick("[data-test=confirm-withdrawal]")
        page.wait_for_url("**/done/")
        assert amount(page.inner_text("[data-test=done-net]")) == "3,200.00"
        shot("done")
        page.click("[data-test=to-withdrawal]")
        page.wait_for_url("**/withdrawals/W*/")
        shot("state-held")
        page.goto("/wallet/")
        assert amount(page.inner_text("[data-test=balance]")) == "0.00"
        assert amount(page.inner_text("[data-test=reserved]")) == "3,640.00"
    assert Withdrawal.objects.get().net_fen == 3_200_00


@pytest.mark.parametrize(("language", "width"), SIZES)
def test_every_state_and_every_obstacle(live_server, pool, member, staff, language, width):
    def shot(name):
        shoot(page, f"wallet-{name}", language, width)

    give(member, 9_000_00, commission=True, at=timezone.now())
    bank_card(member, at=timezone.now())
    card = payees_of(member)[0].pk
    roads = {"requested": 0, "approved": 1, "paying": 2}
    with browser_page(live_server.url, language, width) as page:
        sign_in(page, "wang")
        for state in ("rejected", "failed", "paid", "approved", "paying", "requested"):
            row = request_withdrawal(member, 1_000_00, card, uuid.uuid4())
            if state == "rejected":
                review.reject(row.pk, staff[0], "户名与实名信息不一致")
            elif roads.get(state, 2):
                let_go(row.pk, staff[0])
                if state != "approved":
                    Withdrawal.objects.filter(pk=row.pk).update(state=State.PAYING, provider=2)
            if state == "paid":
                review.book_paid(row.pk, None)
            if state == "failed":
                review.book_failed(row.pk, None, "收款账户已注销")
            Withdrawal.objects.filter(pk=row.pk).update(
                requested_at=row.requested_at - timezone.timedelta(days=2)
            )
            page.goto(f"/wallet/withdrawals/{row.number}/")
            shot(f"state-{state}")
        page.goto("/wallet/withdrawals/")
        shot("withdrawals")
        page.goto("/wallet/")
        shot("full")
        page.goto(f"/wallet/tax/{timezone.localdate().year}/")
        shot("tax")
        new = PayeeForm("alipay", "王磊", "13800138000")
        save_payee(member, new, uuid.uuid4(), replaces=payees_of(member)[0])
        page.goto("/wallet/payees/")
        shot("accounts-cooling")
        page.goto("/wallet/withdraw/")
        shot("withdraw-cooling")
        take_back(member, 2_000_00)
        page.goto("/wallet/")
        shot("debt")
        page.goto("/wallet/withdraw/")
        shot("withdraw-debt")


def test_withdrawing_works_without_javascript(live_server, pool, member):
    give(member, 640_00, at=timezone.now())
    with browser_page(live_server.url, "zh-hans", 390, script=False) as page:
        sign_in(page, "wang")
        page.goto("/wallet/payees/add/")
        enter_password(page)
        fill_account(page)
        page.goto("/wallet/withdraw/")
        page.click("noscript a, a:has-text('填入')")
        assert page.input_value("#amount") == "640.00"
        page.click("[data-test=withdraw-next]")
        assert amount(page.inner_text("[data-test=confirm-net]")) == "640.00"
        page.click("[data-test=confirm-withdrawal]")
        page.click("[data-test=to-withdrawal]")
        assert amount(page.inner_text("[data-test=withdrawal-net]")) == "640.00"


def office_person(name, *rights):
    user = User.objects.create_user(name, password=PASSWORD, is_staff=True)
    shown = Q(codename__startswith="view_", content_type__app_label__in=("wallet", "control"))
    user.user_permissions.add(*Permission.objects.filter(shown | Q(codename__in=rights)))
    return user


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_desk_decides(live_server, pool, member, language):
    def shot(name):
        shoot(page, f"office-wallet-{name}", language, 1280)

    give(member, 9_000_00, commission=True, at=timezone.now())
    bank_card(member, at=timezone.now())
    card = payees_of(member)[0].pk
    anna = office_person("anna", "pay_withdrawal", "export_tax")
    bo = office_person("bo", "review_withdrawal", "approve_money")
    large = request_withdrawal(member, 2_500_00, card, uuid.uuid4())
    small = request_withdrawal(member, 300_00, card, uuid.uuid4())
    with browser_page(live_server.url, language, 1280) as page:
        page.goto("/office/")
        page.fill("#id_username", "anna")
        page.fill("#id_password", PASSWORD)
        page.click("button[type=submit]")
        page.goto("/office/wallet/withdrawal/")
        shot("queue")
        page.goto(f"/office/wallet/withdrawal/{large.pk}/change/")
        shot("one")
        page.click("[data-test=do-ask_two]")
        page.wait_for_url("**/do/ask_two/")
        page.fill("#note", "已电话核实")
        shot("ask-two")
        page.click("[data-test=do-it]")
        page.wait_for_url("**/change/")
        shot("asked")
        approve(Approval.objects.get(), bo)
        let_go(small.pk, bo)
        page.goto("/office/wallet/payoutbatch/new/")
        shot("batch-new")
        page.click("[data-test=make]")
        page.wait_for_url("**/change/")
        shot("batch")
        page.click("[data-test=import]")
        lines = f"number,amount,result,reason\n{large.number},2125.00,paid,\nX,1.00,paid,\n"
        page.set_input_files(
            "#file", {"name": "r.csv", "mimeType": "text/csv", "buffer": lines.encode()}
        )
        page.click("[data-test=book]")
        page.wait_for_selector("[data-test=error]")
        shot("results-wrong")
        batch = PayoutBatch.objects.get()
        text = f"number,amount,result,reason\n{large.number},{large.net_fen // 100}.00,paid,\n"
        bank_file.import_results(batch, text.encode(), anna)
        page.goto("/office/wallet/taxableincome/")
        shot("tax")
        page.goto("/office/wallet/taxableincome/export/")
        shot("export")
        page.goto("/office/wallet/withdrawalterms/")
        shot("terms")
    large.refresh_from_db()
    assert (large.state, large.approved_by, large.booked_by) == (State.PAID, bo, anna)
