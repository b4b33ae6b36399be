"""T5 and S7: a callback is stored before it is judged; what fails waits and is handled again."""

import json
import logging
import time
import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from zengzhi.mall.chores import do_chores
from zengzhi.mall.orders import money as order_money
from zengzhi.mall.orders.money import start_payment
from zengzhi.mall.orders.placing import place_order
from zengzhi.payments import service
from zengzhi.payments.demo_gateway import callback_for, sign
from zengzhi.payments.models import Arrival, Callback
from zengzhi.payments.service import BODY_MAX, handle
from zengzhi.records.ledger.models import Transaction
from zengzhi.records.members.models import User
from zengzhi.records.store import clock


@pytest.fixture
def order(pool, product, member, settings):
    settings.REFUND_WINDOW_DAYS = 7
    placed = place_order(member, product, 1, uuid.uuid4())
    start_payment(placed)
    return placed


def post(client, body, mark=None):
    headers = {"X-Demo-Signature": sign(body) if mark is None else mark}
    return client.post("/pay/demo/callback", body, "application/json", headers=headers)


def good(order) -> bytes:
    return callback_for(f"D{order.number}", order.number, order.total_fen)[0]


def with_(placed, /, **changed) -> bytes:
    return json.dumps({**json.loads(good(placed)), **changed}).encode()


GARBAGE = [
    lambda order: b"",
    lambda order: b"\x00",
    lambda order: b"null",
    lambda order: b"[" * 60_000,
    lambda order: b'{"a":' * 10_000,
    lambda order: b"\xff\xfe{",
    lambda order: good(order).replace(b'"timestamp":', b'"timestamp":1e400,"x":'),
    lambda order: good(order).replace(b'"amount_fen":100000', b'"amount_fen":1e400'),
    lambda order: good(order).replace(b'"amount_fen":100000', b'"amount_fen":-Infinity'),
    lambda order: good(order).replace(b'"amount_fen":100000', b'"amount_fen":' + b"9" * 5_000),
    lambda order: with_(order, timestamp=True),
    lambda order: with_(order, timestamp=float("inf")),
    lambda order: with_(order, timestamp=float("nan")),
    lambda order: with_(order, timestamp=2**80),
    lambda order: with_(order, timestamp=-1),
    lambda order: with_(order, timestamp=str(int(time.time()))),
    lambda order: with_(order, timestamp=None),
    lambda order: with_(order, amount_fen=True),
    lambda order: with_(order, amount_fen=0),
    lambda order: with_(order, amount_fen=-100_000),
    lambda order: with_(order, amount_fen="100000"),
    lambda order: with_(order, amount_fen=100_000.0),
    lambda order: with_(order, reference="\ud800"),
    lambda order: with_(order, reference="D\x00"),
    lambda order: with_(order, reference="D" * 41),
    lambda order: with_(order, reference=["D"]),
    lambda order: with_(order, order={"$ne": 1}),
    lambda order: with_(order, transaction=7),
    lambda order: with_(order, transaction=""),
    lambda order: with_(order, currency="cny"),
    lambda order: with_(order, timestamp=int(time.time()) - 301),
    lambda order: b" " * (BODY_MAX + 1),
]


@pytest.mark.parametrize("garbage", GARBAGE)
def test_signed_garbage_is_refused_logged_and_kept(client, order, garbage, caplog):
    body = garbage(order)
    with caplog.at_level(logging.WARNING, "zengzhi.payments"):
        answer = post(client, body)
    assert (answer.status_code, answer.json()) == (400, {"error": "bad_callback"})
    kept = Callback.objects.get()
    assert (kept.outcome, kept.answer, bytes(kept.body)) == ("bad_callback", 400, body[:BODY_MAX])
    assert "refused" in caplog.text
    assert not Arrival.objects.exists()
    assert not Transaction.objects.exists()


@pytest.mark.parametrize("mark", ["", "0" * 64, "\x7f" * 500, "签名", "a\x00b"])
def test_a_forged_callback_is_kept_too(client, order, mark):
    answer = post(client, good(order), mark.encode("utf-8").decode("latin-1"))
    assert answer.status_code == 400
    kept = Callback.objects.get()
    assert (kept.outcome, kept.detail, kept.answer) == ("bad_callback", "wrong signature", 400)
    assert not Arrival.objects.exists()


def broken(_arrived):
    raise ZeroDivisionError("a defect in the handler")


def test_a_callback_whose_handler_fails_waits_and_is_handled_again(client, order, monkeypatch):
    monkeypatch.setattr(service, "_claim", broken)
    assert post(client, good(order)).status_code == 503
    waiting = Callback.objects.get()
    assert (waiting.outcome, waiting.answer, waiting.tries) == ("", 503, 1)
    assert "ZeroDivisionError" in waiting.detail
    assert not Arrival.objects.exists()
    assert do_chores(clock.now())["callbacks"] == 0
    monkeypatch.setattr(service, "_claim", order_money.claim_arrival)
    assert do_chores(clock.now())["callbacks"] == 1
    waiting.refresh_from_db()
    assert waiting.outcome == "handled"
    order.refresh_from_db()
    assert order.payment == "paid"
    assert handle(waiting.pk).outcome == "handled"
    assert Transaction.objects.filter(kind="payment").count() == 1


def test_one_that_fails_for_ever_is_not_in_the_way_of_the_next(client, order, monkeypatch):
    def half_broken(arrived):
        return broken(arrived) if arrived.amount_fen == 1 else order_money.claim_arrival(arrived)

    monkeypatch.setattr(service, "_claim", half_broken)
    assert post(client, with_(order, amount_fen=1)).status_code == 503
    assert post(client, good(order)).status_code == 200
    assert do_chores(clock.now())["callbacks"] == 0
    assert Callback.objects.filter(outcome="").count() == 1


def test_a_late_retry_is_not_stale(client, order, monkeypatch):
    monkeypatch.setattr(service, "_claim", broken)
    post(client, good(order))
    monkeypatch.setattr(service, "_claim", order_money.claim_arrival)
    Callback.objects.update(tries=50)
    waiting = Callback.objects.get()
    with clock.at(clock.now() + timedelta(days=9)):
        assert handle(waiting.pk).outcome == "handled"


def test_the_desk_shows_what_waits_and_handles_it_again(client, order, monkeypatch):
    monkeypatch.setattr(service, "_claim", broken)
    post(client, good(order))
    staff = User.objects.create_user("staff", password="x", is_staff=True)
    staff.groups.add(Group.objects.get(name="finance"))
    client.force_login(staff)
    assert 'data-test="alert-callbacks"' in client.get("/office/").content.decode()
    waiting = Callback.objects.get()
    retry = reverse("admin:payments_callback_retry", args=(waiting.pk,))
    failed = client.post(retry)
    assert failed.status_code == 422
    monkeypatch.setattr(service, "_claim", order_money.claim_arrival)
    assert client.post(retry).status_code == 302
    assert Callback.objects.get().outcome == "handled"
    assert 'data-test="alert-callbacks"' not in client.get("/office/").content.decode()
    staff.groups.set([Group.objects.get(name="auditor")])
    assert client.post(retry).status_code == 403
