"""The sealer: what it takes, what it leaves, what its sums say (ADR 0060)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from zengzhi.records.ledger import batches, rolling, seal
from zengzhi.records.ledger.chart import Account, Kind
from zengzhi.records.ledger.journal import Entry, account_fen, balance, post, record
from zengzhi.records.ledger.models import (
    AccountDay,
    Batch,
    Leg,
    Net,
    Purse,
    PurseMonth,
    Rolled,
    Root,
    Tail,
    Transaction,
)
from zengzhi.records.store import clock, keys

pytestmark = pytest.mark.django_db

PLATFORM, FUND = Account(Kind.PLATFORM), Account(Kind.DIVIDEND_POOL)
JANUARY = datetime(2026, 1, 20, 4, tzinfo=UTC)
FEBRUARY = datetime(2026, 2, 10, 4, tzinfo=UTC)


def move(reference: str, fen: int, at: datetime = JANUARY, to: Account = FUND, **more) -> int:
    return record(Entry("test", reference, at, **more).money(PLATFORM, -fen).money(to, fen))


def test_an_act_waits_in_the_tail_until_it_is_sealed():
    move("a", 100)
    assert Tail.objects.count() == 1
    assert seal.tail()[0] >= 1
    assert seal.seal_tail().entries == 1
    assert Tail.objects.count() == 0
    assert seal.seal_tail() == seal.Sealed()


def test_a_sealed_batch_says_everything_of_its_entries():
    wallet = Account(Kind.MEMBER_AVAILABLE, 7)
    first = move("甲", 100, values={"order": "甲", "paid_fen": 100}, version="plan:3")
    second = move("b", 250, FEBRUARY, wallet, step=2, corrects=first)
    seal.seal_tail()
    [batch] = Batch.objects.filter(stream="acts")
    one, two = seal.sealed_entries(bytes(batch.payload))
    for said, pk in ((one, first), (two, second)):
        row = Transaction.objects.get(pk=pk)
        assert said.head == seal.head_said(row)
        legs = Leg.objects.filter(transaction_id=pk).order_by("position")
        assert said.legs == list(legs.values_list("kind", "owner", "unit", "amount"))
    assert one.head[8] == '{"order":"甲","paid_fen":100}'
    assert two.head[7] == first


def test_the_chain_links_and_carries_keyed_digests():
    for name in "abc":
        move(name, 1)
        seal.seal_tail()
    previous = batches.GENESIS
    for number, batch in enumerate(Batch.objects.filter(stream="acts").order_by("number"), 1):
        assert (batch.number, batch.previous) == (number, previous)
        assert batch.head == batches.seal_head(previous, bytes(batch.payload))
        mac = batches.batch_mac(
            "acts", number, "entries", batch.first, 1, batch.head, batch.sealed_at
        )
        assert batch.mac == mac
        previous = batch.head
    assert number == 3


def test_an_entry_that_this_program_did_not_write_stays_in_the_tail():
    good, forged = move("good", 100), move("forged", 100)
    with connection.cursor() as cursor:
        for pk in (good, forged):
            cursor.execute("SELECT mac FROM ledger_transaction WHERE id = %s", [pk])
        mac = cursor.fetchone()[0]
    now = clock.now()
    stored = connection.ops.adapt_datetimefield_value(now)
    legs = [(999_999, place, kind, 0, 1, fen) for place, kind, fen in ((0, 6, -5), (1, 8, 5))]
    head = (999_999, "test", "invented", stored, stored, "", None, 2, 0, "", mac)
    with connection.cursor() as cursor:
        orders = [
            ("INSERT INTO ledger_transaction VALUES " + "(" + ", ".join(["%s"] * 11) + ")", [head]),
            ("INSERT INTO ledger_leg VALUES (%s, %s, %s, %s, %s, %s)", legs),
        ]
        if connection.vendor == "sqlite":
            orders.reverse()
            for order, rows in orders:
                cursor.executemany(order, rows)
        else:
            cursor.execute(orders[0][0], head)
            every = ", ".join(["(%s, %s, %s, %s, %s, %s)"] * 2)
            cursor.execute(
                f"INSERT INTO ledger_leg VALUES {every}", [v for leg in legs for v in leg]
            )
        cursor.execute("INSERT INTO ledger_tail VALUES (999999)")
    assert seal.seal_tail().entries == 2
    assert list(Tail.objects.values_list("entry", flat=True)) == [999_999]


def test_one_entry_a_cause_and_step():
    move("a", 100)
    with pytest.raises(IntegrityError), transaction.atomic():
        move("a", 100)
    move("a", 100, step=1)
    assert account_fen(FUND) == 200


def test_the_sum_of_an_account_is_the_same_before_and_after_the_sealer():
    expected = 0
    for place, (fen, at) in enumerate([(100, JANUARY), (900, FEBRUARY), (7, FEBRUARY)]):
        move(f"m{place}", fen, at)
        expected += fen
        assert account_fen(FUND) == expected
        if place == 1:
            seal.seal_tail()
            assert account_fen(FUND) == expected
    assert account_fen(PLATFORM) == -expected
    for _again in range(2):
        assert account_fen(FUND, clock.midnight(date(2026, 2, 1))) == 100
        assert account_fen(FUND, clock.midnight(date(2026, 3, 1))) == 1_007
        assert account_fen(FUND, clock.midnight(date(2026, 1, 1))) == 0
        seal.seal_tail()
    days = AccountDay.objects.filter(kind=Kind.DIVIDEND_POOL).order_by("day")
    assert [row.amount for row in days] == [100, 907]


def test_a_day_is_the_malls_day():
    late = datetime(2026, 1, 31, 16, 30, tzinfo=UTC)  # 00:30 on 1 February in Shanghai
    move("late", 50, late)
    february = clock.midnight(date(2026, 2, 1))
    assert account_fen(FUND, february) == 0
    assert account_fen(FUND, february + timedelta(days=1)) == 50
    with pytest.raises(ValueError, match="end of a day"):
        account_fen(FUND, february + timedelta(hours=3))


def test_months_of_purses_add_up_to_the_purse():
    wallet = Account(Kind.MEMBER_AVAILABLE, 7)
    debt = Account(Kind.MEMBER_DEBT, 7)
    move("in", 500, JANUARY, wallet)
    move("more", 300, FEBRUARY, wallet)
    record(Entry("test", "owes", FEBRUARY).money(debt, -40).money(PLATFORM, 40))
    assert seal.seal_tail().rolled
    months = PurseMonth.objects.filter(member=7).order_by("month")
    assert [(row.month, row.available_fen, row.owed_fen) for row in months] == [
        (date(2026, 1, 1), 500, 0),
        (date(2026, 2, 1), 300, 40),
    ]
    row = Purse.objects.get(pk=7)
    assert (row.available_fen, row.owed_fen) == (800, 40)
    assert balance(debt) == -40


def test_nets_of_a_batch_sum_to_zero_or_the_batch_is_refused():
    move("a", 100)
    seal.seal_tail()
    for unit in {net.unit for net in Net.objects.all()}:
        assert sum(Net.objects.filter(unit=unit).values_list("amount", flat=True)) == 0
    key = (date(2026, 1, 1), int(Kind.PLATFORM), 0, 1)
    link = batches.last_link("acts")
    batches.write_nets("acts", link.number + 1, {key: 5})
    with pytest.raises(IntegrityError), transaction.atomic():
        batches.append(link, "acts", "entries", 1, 1, b"x", clock.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        batches.write_nets("acts", link.number, {key: 5})


def test_every_root_signs_all_heads_over_the_root_before():
    public = keys.public_key()
    for name in "ab":
        move(name, 1)
        assert seal.seal_tail().root
    first, second = Root.objects.order_by("number")
    for root in (first, second):
        assert keys.verify_signature(public, root.body.encode(), bytes.fromhex(root.signature))
    assert f'"previous":"{seal.root_digest(first)}"' in second.body
    assert batches.last_link("acts").head in second.body
    assert not keys.verify_signature(public, second.body.encode(), bytes.fromhex(first.signature))


def test_rolling_goes_on_after_a_crash(monkeypatch):
    move("a", 100)

    def broken(_batch):
        raise RuntimeError("the machine stops")

    with monkeypatch.context() as patched:
        patched.setattr(seal, "roll_batch", broken)
        with pytest.raises(RuntimeError):
            seal.seal_tail()
    assert account_fen(FUND) == 100
    assert not AccountDay.objects.exists()
    assert seal.seal_tail().rolled
    assert Rolled.objects.get(stream="acts").number == 1
    assert account_fen(FUND) == 100
    assert rolling.month_moves(Batch.objects.get(stream="acts")) == {}


def test_many_acts_in_many_batches():
    post([Entry("test", f"m{n}", JANUARY).money(PLATFORM, -n).money(FUND, n) for n in range(1, 60)])
    assert seal.seal_tail(at_once=7).entries == 59
    assert Batch.objects.filter(stream="acts").count() == 9
    assert account_fen(FUND) == 59 * 30
