"""The desk of withdrawals: rights by role, two people, fresh sign-in, refusals in words."""

import csv
import io
import re
import uuid

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from tests.approvals import approve, bank_batch, let_go
from tests.conftest import token
from tests.wallet.conftest import CARD, bank_card, everything, give
from zengzhi.records.control.models import Approval
from zengzhi.records.members.models import User
from zengzhi.records.wallet import review
from zengzhi.records.wallet.models import (
    PayeeAccount,
    PayoutBatch,
    State,
    Withdrawal,
    WithdrawalTerms,
)
from zengzhi.records.wallet.payees import payees_of
from zengzhi.records.wallet.withdraw import request_withdrawal

ROLES = ("owner", "reviewer", "operations", "finance", "support", "auditor")
REVIEWS, PAYS = {"owner", "reviewer"}, {"finance"}
RIGHT = ("content_type__app_label", "codename")
VERBS = ("hold", "release", "approve", "reject", "ask_two", "submit", "ask")
PAYING_VERBS = ("ask_two", "submit", "ask")


def person(name, role=None):
    user = User.objects.create_user(name, password="correct horse", is_staff=True)
    if role:
        user.groups.add(Group.objects.get(name=role))
    return user


def sign_in(client, user):
    client.force_login(user)
    client.post("/accounts/reauthenticate/", {"password": "correct horse"})
    return client


def do(pk, verb):
    return reverse("admin:wallet_withdrawal_do", args=(pk, verb))


@pytest.fixture
def rich(pool, member):
    give(member, 9_000_00, at=timezone.now())
    bank_card(member, at=timezone.now())
    return member


def ask(member, fen=100_00):
    return request_withdrawal(member, fen, payees_of(member)[0].pk, uuid.uuid4())


@pytest.mark.parametrize("role", [*ROLES, None])
def test_rights_by_role(client, rich, role):
    row = ask(rich)
    batch_row = ask(rich)
    let_go(batch_row.pk, person("boss1", "owner"))
    batch = bank_batch(person("boss2", "finance"), uuid.uuid4())
    sign_in(client, person("somebody", role))
    before = everything()
    for verb in VERBS:
        answer = client.get(do(row.pk, verb))
        may = role in (PAYS if verb in PAYING_VERBS else REVIEWS)
        assert (answer.status_code == 200) == may, verb
        if not may:
            assert client.post(do(row.pk, verb), {"note": "x"}).status_code == 403
    pages = {
        "admin:wallet_payoutbatch_new": (),
        "admin:wallet_payoutbatch_file": (batch.pk,),
        "admin:wallet_payoutbatch_results": (batch.pk,),
    }
    for name, args in pages.items():
        answer = client.get(reverse(name, args=args))
        assert answer.status_code == (200 if role in PAYS else 403), name
    assert everything() == before
    listed = client.get(reverse("admin:wallet_withdrawal_changelist"))
    assert (listed.status_code == 200) == (role in {*REVIEWS, *PAYS, "auditor", "support"})
    taxes = client.get(reverse("admin:wallet_taxableincome_changelist"))
    assert (taxes.status_code == 200) == (role in {*REVIEWS, *PAYS, "auditor"})
    export = client.get("/office/wallet/taxableincome/export/")
    assert (export.status_code == 200) == (role in {"owner", "finance", "auditor"})
    new_terms = client.get(reverse("admin:wallet_withdrawalterms_add"))
    assert (new_terms.status_code == 200) == (role == "owner")


def test_two_people_and_their_refusals_in_words(client, rich):
    row = ask(rich, 3_000_00)
    anna, bo = person("anna", "finance"), person("bo", "owner")
    sign_in(client, bo)
    page = reverse("admin:wallet_withdrawal_change", args=(row.pk,))
    assert buttons(client, page) == {"hold", "reject"}
    refused = client.post(do(row.pk, "approve"), {})
    assert refused.status_code == 409
    assert "超过 ¥2,000.00" in refused.content.decode()
    sign_in(client, anna)
    assert buttons(client, page) == {"ask_two"}
    before = everything()
    assert client.post(do(row.pk, "ask_two"), {"note": " "}).status_code == 409
    assert client.post(do(row.pk, "ask_two"), {"note": "called the member"}).status_code == 302
    assert everything() == before
    approval = Approval.objects.get()
    sign_in(client, bo)
    inbox = reverse("admin:control_approval_change", args=(approval.pk,))
    shown = client.get(inbox).content.decode()
    assert row.number in shown
    assert "¥3,000.00" in shown
    assert "called the member" in shown
    assert CARD not in shown
    decide = reverse("admin:control_approval_approve", args=(approval.pk,))
    assert client.post(decide, {"digest": approval.digest}).status_code == 302
    assert client.post(do(row.pk, "submit"), {}).status_code == 403
    sign_in(client, anna)
    client.post(do(row.pk, "submit"), {})
    row.refresh_from_db()
    assert (row.state, row.approved_by, row.sent_by) == (State.PAID, bo, anna)
    shown = client.get(page).content.decode()
    assert "anna" in shown
    assert CARD not in shown


def buttons(client, page):
    return set(re.findall(r'data-test="do-(\w+)"', client.get(page).content.decode()))


def test_no_role_both_approves_and_pays(db):
    """Whatever a role may approve or review, it may not pay, and the other way round."""
    for group in Group.objects.all():
        names = {".".join(row) for row in group.permissions.values_list(*RIGHT)}
        approves = {name for name in names if name.startswith("control.approve_")}
        approves |= names & {"wallet.review_withdrawal"}
        assert not (approves and "wallet.pay_withdrawal" in names), group


def test_one_cannot_decide_on_ones_own(client, rich):
    row = ask(rich)
    rich.user.is_staff = True
    rich.user.save()
    rich.user.groups.add(Group.objects.get(name="owner"))
    sign_in(client, rich.user)
    before = everything()
    for verb in ("approve", "hold", "reject"):
        answer = client.post(do(row.pk, verb), {"note": "x"})
        assert answer.status_code == 409
        assert "这是你自己的提现" in answer.content.decode()
    assert everything() == before


def test_a_stale_sign_in_must_give_the_password_again(client, rich):
    row = ask(rich)
    client.force_login(person("anna", "owner"))
    before = everything()
    addresses = {"anna": do(row.pk, "approve"), "bo": reverse("admin:wallet_payoutbatch_new")}
    person("bo", "finance")
    for name, address in addresses.items():
        client.force_login(User.objects.get(username=name))
        answer = client.post(address, {"token": token()})
        assert answer.url.startswith("/office/confirm/")
    assert everything() == before


def test_a_get_changes_nothing_and_an_unknown_verb_is_not_found(client, rich):
    row = ask(rich)
    sign_in(client, person("anna", "owner"))
    before = everything()
    for verb in VERBS:
        client.get(do(row.pk, verb))
    assert everything() == before
    for verb in ("delete", "move", "locked", "book_paid"):
        assert client.post(do(row.pk, verb), {}).status_code == 404
    assert client.post(do(999_999, "approve"), {}).status_code == 404
    assert everything() == before


def test_a_reason_is_asked_for_and_reaches_the_member(client, rich):
    row = ask(rich)
    sign_in(client, person("anna", "owner"))
    refused = client.post(do(row.pk, "reject"), {"note": " "})
    assert "请写明原因" in refused.content.decode()
    client.post(do(row.pk, "reject"), {"note": "户名不一致"})
    client.force_login(rich.user)
    assert "户名不一致" in client.get(f"/wallet/withdrawals/{row.number}/").content.decode()


def test_the_buttons_fit_the_state_and_the_role(client, rich):
    row = ask(rich)
    page = reverse("admin:wallet_withdrawal_change", args=(row.pk,))
    finance = person("bo", "finance")
    sign_in(client, finance)
    assert buttons(client, page) == set()
    sign_in(client, person("anna", "owner"))
    assert buttons(client, page) == {"hold", "approve", "reject"}
    client.post(do(row.pk, "approve"), {})
    assert buttons(client, page) == {"reject"}
    sign_in(client, finance)
    assert buttons(client, page) == {"submit"}


def test_a_bank_file_from_making_to_booking(client, rich):
    rows = [ask(rich, fen) for fen in (100_00, 200_00)]
    owner, other = person("anna", "owner"), person("bo", "finance")
    for row in rows:
        let_go(row.pk, owner)
    sign_in(client, other)
    page = client.get(reverse("admin:wallet_payoutbatch_new")).content.decode()
    assert "¥300.00" in page
    form_token = token()
    for _i in range(3):
        client.post(reverse("admin:wallet_payoutbatch_new"), {"token": form_token})
    batch = PayoutBatch.objects.get()
    files = [client.get(reverse("admin:wallet_payoutbatch_file", args=(batch.pk,))) for _i in "12"]
    assert files[0].content == files[1].content == bytes(batch.content)
    sent = list(csv.DictReader(io.StringIO(files[0].content.decode("utf-8-sig"))))
    assert [line["account"].replace(" ", "") for line in sent] == [CARD, CARD]
    results = reverse("admin:wallet_payoutbatch_results", args=(batch.pk,))

    def send(*lines):
        text = "\n".join(["number,amount,result,reason", *lines])
        return client.post(results, {"file": SimpleUploadedFile("r.csv", text.encode())})

    before = everything()
    bad = send(f"{rows[0].number},100.00,paid,", f"{rows[1].number},999.00,paid,")
    assert bad.status_code == 422
    assert "第 3 行" in bad.content.decode()
    assert "999.00" in bad.content.decode()
    assert client.post(results, {}).status_code == 422
    assert everything() == before
    assert send(f"{rows[0].number},100.00,paid,", f"{rows[1].number},200.00,failed,户名").url
    assert list(Withdrawal.objects.order_by("pk").values_list("state", flat=True)) == [
        "paid",
        "failed",
    ]


def test_the_yearly_export(client, rich):
    PayeeAccount.objects.update(holder="=1+1")
    give(rich, 3_000_00, commission=True, at=timezone.now())
    row = ask(rich, 2_000_00)
    anna = person("anna", "finance")
    let_go(row.pk, anna)
    Withdrawal.objects.update(state=State.PAYING, provider=1)
    review.book_paid(row.pk, None)
    sign_in(client, anna)
    address = "/office/wallet/taxableincome/export/"
    year = timezone.localdate().year
    assert f"year={year}" in client.get(address).content.decode()
    answer = client.get(address, {"year": year})
    assert answer["Content-Type"].startswith("text/csv")
    assert "'=1+1" in answer.content.decode("utf-8-sig")
    for wrong in ("1", "x", "２０２６", "9" * 30, "1999"):
        assert "text/html" in client.get(address, {"year": wrong})["Content-Type"]


def test_terms_are_added_and_never_changed(client, rich):
    ask(rich)
    owner = person("own", "owner")
    sign_in(client, owner)
    add = reverse("admin:wallet_withdrawalterms_add")
    assert 'value="5000.00"' in client.get(add).content.decode()
    form = {
        "minimum_fen": "20",
        "maximum_fen": "8000",
        "daily_fen": "8000",
        "daily_count": "2",
        "fee_fen": "0",
        "fee_ppm": "0.6%",
        "four_eyes_above_fen": "0",
        "cooling_hours": "24",
        "arrival_days": "1",
        "tax_table": "per_payment",
        "why": "the bank asks for it",
    }
    for wrong in (
        {"maximum_fen": "19.99"},
        {"daily_count": "0"},
        {"fee_ppm": "100%"},
        {"minimum_fen": "0"},
        {"fee_fen": "1e3"},
        {"tax_table": "mine"},
    ):
        assert client.post(add, {**form, **wrong}).status_code == 422
    assert client.post(add, form).status_code == 302
    assert WithdrawalTerms.objects.count() == 1
    approve(Approval.objects.get())
    newest = WithdrawalTerms.objects.order_by("-pk")[0]
    assert (newest.minimum_fen, newest.fee_ppm, newest.created_by) == (20_00, 6_000, owner)
    change = reverse("admin:wallet_withdrawalterms_change", args=(newest.pk,))
    assert client.get(change).status_code == 200
    assert client.post(change, form).status_code == 403


def test_the_members_panel_shows_the_wallet_and_no_card(client, rich):
    row = ask(rich)
    client.force_login(User.objects.create_superuser("boss", password="x"))
    page = client.get(reverse("admin:members_member_change", args=(rich.pk,))).content.decode()
    assert row.number in page
    assert "6620" in page
    assert CARD not in page


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_of_the_desk_answers(client, rich, language):
    row = ask(rich)
    let_go(row.pk, person("anna", "finance"))
    sign_in(client, User.objects.create_superuser("boss", password="correct horse"))
    client.cookies["django_language"] = language
    client.post(reverse("admin:wallet_payoutbatch_new"), {"token": token()})
    batch = PayoutBatch.objects.get()
    for address in (
        reverse("admin:wallet_withdrawal_change", args=(row.pk,)),
        reverse("admin:wallet_payoutbatch_change", args=(batch.pk,)),
        reverse("admin:wallet_payoutbatch_new"),
        reverse("admin:wallet_payoutbatch_results", args=(batch.pk,)),
        reverse("admin:wallet_payeeaccount_changelist"),
        reverse("admin:wallet_withdrawalterms_changelist"),
        "/office/wallet/taxableincome/export/",
        "/office/",
    ):
        answer = client.get(address)
        assert answer.status_code == 200, address
        text = re.sub(r"<script.*?</script>", "", answer.content.decode(), flags=re.S)
        assert CARD not in text, address
