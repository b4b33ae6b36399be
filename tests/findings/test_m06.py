"""M6: the unallocated rest moved into a full pool: the pool's refusal is obeyed, the money does not
leave its account and nothing is reported as moved.
"""

import pytest
from django.utils import timezone

from tests.bonuses.story import account, activate, users
from tests.findings.full_pool import fill
from tests.records.books import assert_books_hold
from tests.records.threads import at_once
from zengzhi.core.economy.events import Subsidise
from zengzhi.core.errors import ZengzhiError
from zengzhi.core.units import POOL_FEN_LIMIT
from zengzhi.records.control.models import Act
from zengzhi.records.intake.commands import submit
from zengzhi.records.intake.models import Command
from zengzhi.records.intake.owner import ask
from zengzhi.records.intake.remainder import move_rest
from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.journal import Entry, record
from zengzhi.records.settlement.models import Event, Pool
from zengzhi.records.settlement.parties import Parties

pytestmark = pytest.mark.django_db(transaction=True)
ALL = 500 + 30_000
"""What waits, with the unallocated budget of the order that opens the pool."""
REST = Account(Kind.UNALLOCATED_DISTRIBUTION)
TO_POOL = 'name = "rest"\nremainder = "pool"\n[direct]\nrate = "10%"\n'


@pytest.fixture
def rest(pool):
    """5.00 yuan that nobody gets, and a plan that sends it to the pool."""
    activate(TO_POOL)
    entry = Entry("test", "rest", timezone.now())
    record(entry.money(REST, 500).money(Account(Kind.PLATFORM), -500))
    return pool


def test_a_full_pool_refuses_and_the_money_stays(rest):
    fill(rest, "7", ALL - 1)
    before = Pool.objects.get(pk=rest.pk).pool_fen
    with pytest.raises(ZengzhiError) as refused:
        move_rest(rest.pk, users()[0], "month's end")
    assert refused.value.code == "limit_exceeded"
    assert account(REST.kind) == ALL
    assert account(Kind.SUBSIDY_FUND) == 0
    assert Pool.objects.get(pk=rest.pk).pool_fen == before
    assert Act.objects.filter(what="move_rest_refused").exists()
    assert_books_hold()


def test_a_pool_with_room_takes_it_in_one_entry(rest):
    fill(rest, "7", ALL)
    assert move_rest(rest.pk, users()[0], "month's end") == ALL
    assert account(REST.kind) == 0
    assert Pool.objects.get(pk=rest.pk).pool_fen == POOL_FEN_LIMIT - 1
    event = Event.objects.get(event_id=Command.objects.get().event_id)
    assert event.parties == f"29:0/{int(REST.kind)}:0"
    assert_books_hold()


def test_two_desks_at_once_move_it_once(rest):
    by = users()[0]
    results = at_once(*[lambda: move_rest(rest.pk, by, "month's end")] * 8)
    moved = [result for result in results if result == 500]
    assert len(moved) == 1, results
    assert all(isinstance(each, ZengzhiError) for each in results if each != 500), results
    assert account(REST.kind) == 0
    assert_books_hold()


def test_no_fund_pays_what_it_does_not_hold(rest):
    parties = Parties(counterparty=REST)
    command = submit(rest.pk, Subsidise("more", 501), timezone.now(), parties)
    answer = ask(command)
    assert (answer.code, answer.held_fen) == ("insufficient_funds", 500)
    assert account(REST.kind) == 500
