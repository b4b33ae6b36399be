"""M11: the same token with other content is refused as ``id_reused``; the old success is not shown
again. Here for sales; and what else a sale as a command promises.
"""

import uuid

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from tests.records.books import assert_books_hold
from tests.records.story import START
from tests.records.threads import at_once
from zengzhi.core.economy.events import Order, Sell, Subsidise
from zengzhi.core.errors import IdReused, InsufficientPoints
from zengzhi.records.intake.commands import answer_of, submit
from zengzhi.records.intake.models import Command, Refusal, Waiting
from zengzhi.records.intake.owner import answer_waiting, ask
from zengzhi.records.intake.refusals import DailySaleLimit, PriceMoved
from zengzhi.records.intake.sell import SaleResult, sell_points
from zengzhi.records.settlement.models import Event, Lot, Pool
from zengzhi.records.settlement.settle import Request, settle, settle_one

pytestmark = pytest.mark.django_db(transaction=True)
POINT = 10**8


@pytest.fixture
def holder(pool, member):
    """210 points of one order; somebody else holds the rest."""
    settle_one(pool.pk, Order("o1", str(member.pk), 100_000), START)
    settle_one(pool.pk, Order("o2", "999", 100_000), START)
    return member


def test_the_same_token_with_another_amount_is_refused(pool, holder):
    token = uuid.uuid4()
    first = sell_points(pool, holder, POINT, token)
    assert sell_points(pool, holder, POINT, token) == first
    for units, least_fen, lot in ((2 * POINT, 0, None), (POINT, 1, None), (POINT, 0, "o1")):
        with pytest.raises(IdReused):
            sell_points(pool, holder, units, token, least_fen, lot)
    assert Event.objects.filter(op=2).count() == 1
    assert_books_hold()


def test_somebody_elses_token_is_refused(pool, holder, other):
    token = uuid.uuid4()
    sell_points(pool, holder, POINT, token)
    with pytest.raises(IdReused):
        sell_points(pool, other, POINT, token)


def test_the_page_answers_409(client, pool, holder):
    client.force_login(holder.user)
    form = {"points": "1", "minimum_fen": "0", "token": str(uuid.uuid4())}
    address = reverse("storefront:sell")
    assert client.post(address, form).status_code == 302
    assert client.post(address, form).status_code == 302
    assert client.post(address, {**form, "points": "2"}).status_code == 409
    assert Event.objects.filter(op=2).count() == 1


def test_a_sale_below_the_confirmed_payout_is_refused_against_the_live_state(pool, holder):
    quoted = 10**6
    with pytest.raises(PriceMoved) as moved:
        sell_points(pool, holder, POINT, uuid.uuid4(), quoted)
    assert (moved.value.quoted_fen, moved.value.payout_fen) == (quoted, 134)
    assert not Event.objects.filter(op=2).exists()
    token = uuid.uuid4()
    for _again in range(2):
        with pytest.raises(PriceMoved) as moved:
            sell_points(pool, holder, POINT, token, 135)
    settle_one(pool.pk, Subsidise("s", 10_000), START)
    with pytest.raises(PriceMoved):  # the token keeps its answer
        sell_points(pool, holder, POINT, token, 135)
    assert sell_points(pool, holder, POINT, uuid.uuid4(), 135).payout_fen > 135


def test_a_failed_sale_says_its_real_reason(pool, holder):
    with pytest.raises(InsufficientPoints) as refused:
        sell_points(pool, holder, 10**12, uuid.uuid4())
    assert (refused.value.asked_units, refused.value.held_units) == (10**12, 210 * POINT)
    with pytest.raises(Exception) as unknown:
        sell_points(pool, holder, POINT, uuid.uuid4(), lot_event_id="o2")
    assert unknown.value.code == "unknown_order"


def test_fifty_sellers_at_once_never_pass_the_daily_limit(pool, member):
    requests = [Request(Order(f"o{n}", str(member.pk), 10_000_000), START) for n in range(300)]
    settle(pool.pk, requests)
    pool.refresh_from_db()
    assert pool.outstanding_units > 10_000 * POINT
    before, part = pool.outstanding_units, pool.outstanding_units // 40
    results = at_once(*[lambda: sell_points(pool, member, part, uuid.uuid4()) for _n in range(50)])
    sold = sum(result.units for result in results if isinstance(result, SaleResult))
    assert {type(result) for result in results} == {SaleResult, DailySaleLimit}, results
    assert 0 < sold <= before // 10
    assert_books_hold()


def test_a_committed_command_is_answered_by_whoever_owns_the_pool_next(pool, holder):
    event = Sell("sell-later", str(holder.pk), POINT, None)
    command = submit(pool.pk, event, timezone.now())
    assert answer_of(command) is None
    assert Waiting.objects.count() == 1
    assert answer_waiting(pool.pk) == 1
    assert answer_of(command).payout_fen == 134
    assert not Waiting.objects.exists()
    assert ask(command) == answer_of(command)


def test_no_transaction_of_others_contains_a_settlement(pool, holder):
    with pytest.raises(RuntimeError), transaction.atomic():
        settle_one(pool.pk, Order("o3", str(holder.pk), 100_000), START)
    with pytest.raises(RuntimeError), transaction.atomic():
        sell_points(pool, holder, POINT, uuid.uuid4())
    assert Lot.objects.count() == 2
    assert not Command.objects.exists()
    settle_one(pool.pk, Order("o4", str(holder.pk), 100_000), START)
    assert Pool.objects.get(pk=pool.pk).lots_opened == 3


def test_a_command_that_cannot_be_answered_is_in_nobodys_way(pool, holder, monkeypatch):
    from zengzhi.records.intake import owner

    real = owner.sale_units

    def broken(pool, command):
        if command.event_id == "sell-bad":
            raise ZeroDivisionError
        return real(pool, command)

    monkeypatch.setattr(owner, "sale_units", broken)
    bad, good = (
        submit(pool.pk, Sell(name, str(holder.pk), POINT, None), timezone.now())
        for name in ("sell-bad", "sell-good")
    )
    assert answer_waiting(pool.pk) == 1
    assert answer_of(good).ok
    assert answer_of(bad) is None
    assert Waiting.objects.get().failures == 1
    with pytest.raises(ZeroDivisionError):
        ask(bad)
    monkeypatch.undo()
    assert ask(bad).ok
    assert not Refusal.objects.exists()
    assert_books_hold()
