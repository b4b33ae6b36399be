"""What goes to the tax office: by person over all members; each quarter, identity and income."""

import csv
import io
import uuid
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group

from tests.approvals import let_go
from tests.backoffice.test_withdrawal_desk import sign_in
from tests.wallet.conftest import give, terms
from zengzhi.records.members.models import User
from zengzhi.records.wallet.certificates import certificate, export_csv, person_certificate
from zengzhi.records.wallet.models import Person, State
from zengzhi.records.wallet.payees import PayeeForm, save_payee
from zengzhi.records.wallet.review import book_paid, move
from zengzhi.records.wallet.tax_reports import Quarter, quarter_csv, quarters, year_csv
from zengzhi.records.wallet.withdraw import request_withdrawal

IDENTITY = "11010519491231002X"
CARD = "6214830012366620"


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def pay(member, payee, fen, at, staff):
    row = request_withdrawal(member, fen, payee.pk, uuid.uuid4(), at=at)
    let_go(row.pk, staff[0], at=at)
    row.refresh_from_db()
    move(row, "submit", State.PAYING, staff[0], "", at, provider=2)
    return book_paid(row.pk, None, at=at)


@pytest.fixture
def paid(member, other, staff):
    """One person with an identity number and two members, paid in June and on 1 July."""
    terms(maximum_fen=10**9, daily_fen=10**9, four_eyes_above_fen=10**9)
    start = datetime(2026, 6, 1, tzinfo=UTC)
    card = save_payee(
        member, PayeeForm("bank", "王磊", CARD, "招商银行", IDENTITY), uuid.uuid4(), at=start
    )
    phone = save_payee(
        other, PayeeForm("alipay", "王磊", "13800138000", "", IDENTITY), uuid.uuid4(), at=start
    )
    give(member, 10_000_00, commission=True, at=start)
    give(member, 500_00)
    give(other, 10_000_00, commission=True, at=start)
    pay(member, card, 10_500_00, datetime(2026, 6, 30, 15, 59, tzinfo=UTC), staff)
    pay(other, phone, 10_000_00, datetime(2026, 6, 30, 16, 0, tzinfo=UTC), staff)
    return card.person


def test_the_year_by_person(paid, member, other):
    found = rows(year_csv(2026))
    assert len(found) == 1
    line = found[0]
    assert (line["name"], line["document"]) == ("王磊", "居民身份证")
    assert line["identity number"].lstrip("'") == IDENTITY
    assert line["members"].split() == [str(member.pk), str(other.pk)]
    assert (line["payments"], line["income"], line["tax withheld"]) == ("2", "20000.00", "330.00")
    assert rows(year_csv(2025)) == []


def test_a_quarter_ends_at_the_malls_midnight(paid):
    assert quarters() == [Quarter(2026, 3), Quarter(2026, 2)]
    second, third = (rows(quarter_csv(Quarter(2026, n))) for n in (2, 3))
    assert [(line["income"], line["tax withheld"]) for line in second] == [("10000.00", "90.00")]
    assert [(line["income"], line["tax withheld"]) for line in third] == [("10000.00", "240.00")]
    line = second[0]
    assert (line["other payouts"], line["paid out"]) == ("500.00", "10410.00")
    assert line["account"].strip("'").replace(" ", "") == CARD
    assert line["account"] != CARD  # a spreadsheet would round it
    assert (line["quarter"], line["income months"]) == ("2026Q2", "2026-06")
    assert rows(quarter_csv(Quarter(2026, 1))) == []


def test_the_quarters_join():
    assert Quarter(2026, 4).after == Quarter(2027, 1)
    assert Quarter(2026, 1).end == Quarter(2026, 2).start


def test_a_persons_certificate_holds_all_members_a_members_only_their_own(paid, member, other):
    assert (person_certificate(paid, 2026).income_fen, person_certificate(paid, 2026).tax_fen) == (
        20_000_00,
        330_00,
    )
    assert [certificate(each, 2026).tax_fen for each in (member, other)] == [90_00, 240_00]
    assert {line["person"] for line in rows(export_csv(2026))} == {str(paid)}
    assert len(rows(export_csv(2026, member))) == 1
    assert len(rows(export_csv(2026, person=paid))) == 2


def test_the_desk_hands_the_files_out(client, paid, member):
    finance = User.objects.create_user("finance", password="correct horse", is_staff=True)
    finance.groups.add(Group.objects.get(name="finance"))
    sign_in(client, finance)
    office = "/office/wallet/taxableincome/"
    assert 'href="?quarter=2026Q2"' in client.get(f"{office}quarters/").content.decode()
    assert client.get(f"{office}quarters/?quarter=2026Q2").content == quarter_csv(Quarter(2026, 2))
    assert client.get(f"{office}export/?year=2026&by=person").content == year_csv(2026)
    address = f"/office/wallet/person/{paid.pk}/certificate/2026/"
    assert client.get(address).content == export_csv(2026, person=paid)
    assert client.get(f"/office/wallet/person/{paid.pk}/certificate/2020/").status_code == 404
    page = client.get(f"/office/wallet/person/{paid.pk}/change/").content.decode()
    assert address in page
    assert IDENTITY not in page
    assert Person.objects.count() == 3  # the identity number, and the two accounts that name it


@pytest.mark.parametrize("role", ["support", "shopkeeper"])
def test_who_may_not_export_gets_no_file(client, paid, role):
    user = User.objects.create_user("somebody", password="correct horse", is_staff=True)
    user.groups.add(*Group.objects.filter(name=role))
    sign_in(client, user)
    for address in (
        "/office/wallet/taxableincome/quarters/?quarter=2026Q2",
        "/office/wallet/taxableincome/export/?year=2026&by=person",
        f"/office/wallet/person/{paid.pk}/certificate/2026/",
    ):
        assert not client.get(address).content.startswith(b"\xef\xbb\xbf")
