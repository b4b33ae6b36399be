"""M13: the refund window is judged by the database's clock, and a jump beyond a bound stops the
settler with a clear message; an order received just now never settles because a clock jumped.
"""

import time
import uuid
from datetime import timedelta

import pytest
from click.testing import CliRunner
from django.utils import timezone

from zengzhi.cli.settle import command
from zengzhi.mall.models import Order
from zengzhi.mall.orders.delivery import confirm_receipt, ship
from zengzhi.mall.orders.money import confirm_demo
from zengzhi.mall.orders.placing import place_order
from zengzhi.mall.settler import Settler
from zengzhi.records.intake.models import Round
from zengzhi.records.intake.watch import ClockJumped, Watch
from zengzhi.records.store import clock

pytestmark = pytest.mark.django_db(transaction=True)
EIGHT_DAYS = timedelta(days=8)


@pytest.fixture
def order(pool, product, member, settings):
    """Received just now: its window of 7 days is open."""
    settings.REFUND_WINDOW_DAYS = 7
    order = confirm_demo(place_order(member, product, 1, uuid.uuid4()))
    ship(order.pk, timezone.now())
    return confirm_receipt(member, order.number, timezone.now())


def settled():
    return Order.objects.exclude(settled_at=None).count()


def test_a_machine_whose_clock_is_ahead_of_the_database_settles_nothing(order, monkeypatch):
    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + EIGHT_DAYS)
    with pytest.raises(ClockJumped) as stopped:
        Settler().once()
    assert "191 hours" in stopped.value.message or "192 hours" in stopped.value.message
    assert settled() == 0


def test_a_database_whose_clock_jumps_between_two_rounds_settles_nothing(order, monkeypatch):
    settler = Settler()
    assert settler.round() == 0
    real, machine = clock.database_now, clock.machine_now
    monkeypatch.setattr(clock, "database_now", lambda: real() + EIGHT_DAYS)
    monkeypatch.setattr(clock, "machine_now", lambda: machine() + EIGHT_DAYS)
    with pytest.raises(ClockJumped):
        settler.round()
    assert settled() == 0


def test_a_settler_that_starts_after_a_jump_settles_nothing_until_somebody_has_looked(order):
    Settler().once()
    Round.objects.update(at=timezone.now() - EIGHT_DAYS)
    result = CliRunner().invoke(command, ["--once"])
    assert result.exit_code == 1
    assert "the clock jumped" in result.output
    assert "--accept-clock" in result.output
    result = CliRunner().invoke(command, ["--once", "--accept-clock", "--json"])
    assert result.exit_code == 0, result.output
    assert CliRunner().invoke(command, ["--once"]).exit_code == 0


def test_time_that_really_passes_stops_nobody(order, monkeypatch):
    settler = Settler()
    assert settler.round() == 0
    real, machine, steady = clock.database_now, clock.machine_now, time.monotonic
    monkeypatch.setattr(clock, "database_now", lambda: real() + EIGHT_DAYS)
    monkeypatch.setattr(clock, "machine_now", lambda: machine() + EIGHT_DAYS)
    monkeypatch.setattr(time, "monotonic", lambda: steady() + EIGHT_DAYS.total_seconds())
    assert settler.round() == 1
    assert settled() == 1


def test_the_moved_clock_of_the_demo_moves_the_window(order):
    watch = Watch()
    watch.now()
    with clock.at(timezone.now() + EIGHT_DAYS):
        assert watch.now() - timezone.now() > timedelta(days=7)
        assert Settler(watch=watch).round() == 1
