"""Personal data lie encrypted in the database and its copies, under keys that can be changed."""

import stat
import threading
import uuid

import pytest
from django.core.exceptions import FieldError
from django.db import connection

from zengzhi.mall.models import Order
from zengzhi.mall.orders.placing import place_order
from zengzhi.payments.models import DemoPayout
from zengzhi.records.members.models import Contact, User
from zengzhi.records.store import encrypted, rotation
from zengzhi.records.store.encrypted import fields
from zengzhi.records.store.keys import KeyMissing
from zengzhi.records.wallet.models import PayeeAccount, Person
from zengzhi.records.wallet.payees import PayeeForm, save_payee
from zengzhi.verify.run import run

CARD, IDENTITY, MOBILE = "6214830012366620", "11010519491231002X", "13911112222"
MAIL, STREET, HOLDER = "wang.lei@example.com", "文一西路 588 号", "王小磊"
SECRETS = (CARD, IDENTITY, MOBILE, MAIL, STREET, HOLDER)


@pytest.fixture
def ring(settings, tmp_path):
    """Data keys of the test's own."""
    settings.DATA_KEY_FILE = tmp_path / "keys" / "data.key"
    return settings.DATA_KEY_FILE


@pytest.fixture
def told(ring, pool, product, member):
    """A member who gave everything that is personal."""
    User.objects.filter(pk=member.user_id).update(email=MAIL)
    Contact.objects.create(user=member.user, mobile=MOBILE)
    form = PayeeForm("bank", HOLDER, CARD, "招商银行", IDENTITY)
    save_payee(member, form, uuid.uuid4())
    place_order(member, product, 1, uuid.uuid4(), HOLDER, MOBILE, STREET)
    return member


def everything_stored() -> str:
    """Every value of every row, as the database has it."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            found += [
                bytes(value).decode("utf-8", "replace")
                if isinstance(value, bytes | memoryview)
                else str(value)
                for row in cursor.fetchall()
                for value in row
            ]
    return "\n".join(found)


@pytest.mark.django_db
def test_nothing_personal_can_be_read_in_the_database(told):
    stored = everything_stored()
    assert encrypted.ring().current in stored
    for secret in SECRETS:
        assert secret not in stored, secret
    order, payee = Order.objects.get(), PayeeAccount.objects.get()
    assert (order.recipient, order.phone, order.address) == (HOLDER, MOBILE, STREET)
    assert (payee.holder, payee.number) == (HOLDER, CARD)
    assert Person.objects.exclude(same_as=None).get().same_as.identity == IDENTITY
    assert User.objects.get(pk=told.user_id).email == MAIL
    assert run().ok


def test_equal_values_do_not_look_equal_and_stay_in_their_column(ring):
    keys = encrypted.ring()
    one, two = (keys.encrypt(b"138", "a.b") for _i in range(2))
    assert one != two
    assert keys.decrypt(one, "a.b") == keys.decrypt(two, "a.b") == b"138"
    with pytest.raises(encrypted.NotDecrypted):
        keys.decrypt(one, "a.c")
    for wrong in ("138", "z1.x", f"{one[:-6]}AAAAAA", one[:20]):
        with pytest.raises(ValueError, match="stored"):
            keys.decrypt(wrong, "a.b")


@pytest.mark.django_db
def test_nothing_is_looked_up_in_an_encrypted_column(told):
    assert PayeeAccount.objects.filter(number="").count() == 0
    with pytest.raises(FieldError):
        PayeeAccount.objects.filter(number=CARD)
    with pytest.raises(FieldError):
        User.objects.filter(email__iexact=MAIL)


@pytest.mark.django_db
def test_a_changed_value_is_named(told):
    payee = PayeeAccount.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE wallet_payeeaccount SET number = 'x' WHERE id = %s", [payee.pk])
    problems = run().problems
    assert ("wallet_payeeaccount", str(payee.pk), "number") in {
        (one.table, one.id, one.field) for one in problems
    }


@pytest.mark.django_db
def test_a_session_says_nothing_in_the_database(ring):
    kept = encrypted.SessionStore()
    kept["form"] = {"number": CARD}
    kept.save()
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_data FROM django_session")
        stored = cursor.fetchone()[0]
        assert encrypted.key_of(stored) == encrypted.ring().current
        assert encrypted.SessionStore(kept.session_key)["form"] == {"number": CARD}
        cursor.execute("UPDATE django_session SET session_data = %s", [stored[:-4] + "AAAA"])
    assert encrypted.SessionStore(kept.session_key).get("form") is None


@pytest.mark.django_db
def test_a_value_that_was_never_encrypted_counts_for_no_key(told):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE wallet_payeeaccount SET number = 'hello world, who reads this'")
    assert rotation.in_use()[""] == 1
    assert stored_keys() == {encrypted.ring().current}


def test_two_keys_made_at_once_are_both_kept(ring):
    encrypted.ring()
    threads = [threading.Thread(target=encrypted.add_key, args=(ring,)) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(encrypted.ring().ids) == 9


def stored_keys() -> set[str]:
    return set(rotation.in_use()) - {""}


@pytest.mark.django_db
def test_keys_rotate_in_batches_and_what_was_interrupted_goes_on(told, ring, monkeypatch):
    old = encrypted.ring().current
    values = sum(rotation.in_use().values())
    assert values >= 8

    def stop(_count):
        assert run().ok
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotation.rotate(stop, batch=1)
    new = encrypted.ring().current
    assert stored_keys() == {old, new}
    assert run().ok
    with pytest.raises(rotation.KeyInUse):
        rotation.forget(old)

    assert rotation.rotate(batch=3) == (new, values - 1)
    assert stored_keys() == {new}
    assert len(ring.read_text().splitlines()) == 2
    assert run().ok
    rotation.forget(old)
    assert PayeeAccount.objects.get().number == CARD
    assert rotation.rotate()[0] != new
    assert run().ok


@pytest.mark.django_db
def test_a_rotation_names_the_row_that_does_not_decrypt(told):
    encrypted.add_key(encrypted.ring().path)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, number FROM wallet_payeeaccount")
        pk, stored = cursor.fetchone()
        other = stored[:-4] + ("AAAA" if stored[-4:] != "AAAA" else "BBBB")
        cursor.execute("UPDATE wallet_payeeaccount SET number = %s WHERE id = %s", [other, pk])
    with pytest.raises(rotation.NotOurs, match=rf'"wallet_payeeaccount" {pk}: '):
        rotation.rotate()
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM wallet_payeeaccount WHERE id = %s", [pk])
        assert cursor.fetchone()[0] == other


@pytest.mark.django_db
def test_the_key_file_is_its_owners_from_the_first_moment(ring):
    encrypted.ring()
    assert stat.S_IMODE(ring.stat().st_mode) == 0o600
    encrypted.add_key(ring)
    assert stat.S_IMODE(ring.stat().st_mode) == 0o600
    assert [path.name for path in ring.parent.iterdir()] == ["data.key"]


@pytest.mark.django_db
def test_without_its_key_a_database_says_one_line_and_no_key_is_made(told, ring):
    lost = encrypted.ring().current
    rotation.check_keys()
    ring.unlink()
    with pytest.raises(KeyMissing, match=lost) as refused:
        rotation.check_keys()
    assert "\n" not in refused.value.message
    assert not ring.exists()
    encrypted.create_keys(ring)
    for use in (rotation.check_keys, rotation.rotate, PayeeAccount.objects.get):
        with pytest.raises(KeyMissing, match=lost):
            use()


@pytest.mark.parametrize("text", ["", "00", f"{'0' * 8} {'0' * 128}\nx", f"{'0' * 8} 00\n"])
def test_what_is_no_file_of_keys_is_refused(ring, text):
    ring.parent.mkdir()
    ring.write_text(text)
    with pytest.raises(KeyMissing):
        encrypted.ring()


def test_every_column_with_a_name_or_a_number_of_a_person_is_encrypted():
    """By hand; what is not here and personal is short, shown to others, or what one signs in by."""
    assert {field.place for field in fields()} == {
        "mall_order.address",
        "mall_order.phone",
        "mall_order.recipient",
        "members_contact.mobile",
        "members_user.email",
        "payments_callback.body",
        "payments_demopayout.account",
        "wallet_payeeaccount.holder",
        "wallet_payeeaccount.number",
        "wallet_payoutbatch.content",
        "wallet_person.identity",
        "wallet_person.name",
    }


@pytest.mark.django_db
def test_an_empty_value_is_stored_as_such(ring):
    DemoPayout.objects.create(number="W1", amount_fen=1, account="")
    assert rotation.in_use() == {}
    assert DemoPayout.objects.get(account="").account == ""
