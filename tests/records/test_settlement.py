"""Settlement: any batch size and either engine write the same rows; every id counts once."""

import pytest
from django.db import IntegrityError

from tests.oracle.streams import random_rules
from tests.records.books import assert_books_hold, balances, rows_of
from tests.records.story import START, in_batches, mixed_stream
from zengzhi.core.economy.apply import apply
from zengzhi.core.economy.digest import digest
from zengzhi.core.economy.events import Order, Sell
from zengzhi.core.economy.pool import Economy
from zengzhi.core.economy.rules import rules_from_toml
from zengzhi.core.errors import Malformed, ZengzhiError
from zengzhi.core.kernel.fallback import FallbackEconomy
from zengzhi.records.ledger.models import Batch
from zengzhi.records.settlement import engine as engines
from zengzhi.records.settlement.models import Event, Lot, Pool, RulesVersion
from zengzhi.records.settlement.settle import Request, settle, settle_one
from zengzhi.site.demo import preset
from zengzhi.verify.pools import fold_pool

pytestmark = pytest.mark.django_db

MEMBER_BASIS = 'name = "m"\n[exit]\nmultiple = "2"\nbasis = "member"\n'
EASY_EXITS = 'name = "x"\n[split]\ncost = "10%"\ndistribution = "0%"\nplatform = "0%"\n' + (
    '[exit]\nmultiple = "1.25"\n'
)


def new_pool(code, text):
    return Pool.objects.create(code=code, rules=RulesVersion.objects.create(name=code, text=text))


def engine_of(pool):
    return next(engine for key, engine in engines._engines.items() if key[1] == pool.pk)


def reference_digest(text, requests):
    economy = Economy(rules_from_toml(text))
    for request in requests:
        try:
            apply(economy, request.event)
        except ZengzhiError:
            continue
    return digest(economy)


@pytest.mark.parametrize(
    "text", [preset("seed"), MEMBER_BASIS, EASY_EXITS], ids=["seed", "member basis", "easy exits"]
)
def test_one_by_one_in_small_and_in_large_batches_give_the_same_rows(text):
    requests = mixed_stream(500, seed=len(text))
    pools = []
    for size in (1, 60, 500):
        pools.append(new_pool(f"by-{size}", text))
        for part in in_batches(requests, size):
            settle(pools[-1].pk, part)
    small, large = engine_of(pools[1]), engine_of(pools[2])
    assert isinstance(small.economy, FallbackEconomy)
    assert not isinstance(large.economy, FallbackEconomy)
    one, *others = [rows_of(pool) for pool in pools]
    for other in others:
        for name in one:
            assert one[name] == other[name], name
    assert any(event["exits"] for event in one["events"])
    assert {event["error"] for event in one["events"]} >= {
        "",
        "unknown_order",
        "insufficient_points",
        "already_refunded",
    }
    ids = list(Lot.objects.filter(pool=pools[0]).order_by("id").values_list("event_id", flat=True))
    wanted = reference_digest(text, requests)
    assert [engine_of(pool).digest(ids) for pool in pools] == [wanted] * 3
    assert fold_pool(Pool.objects.get(pk=pools[1].pk)).digest(ids) == wanted
    assert_books_hold()


@pytest.mark.parametrize("seed", range(4))
def test_the_engines_agree_under_random_rules(seed):
    mapping = random_rules(seed)
    mapping["exit"]["multiple"] = mapping["exit"]["multiple"].replace("off", "3")
    lines = [f'name = "{mapping["name"]}"', f'opening_price = "{mapping["opening_price"]}"']
    for table in ("split", "reward", "sale", "exit"):
        lines.append(f"[{table}]")
        lines += [f'{key} = "{value}"' for key, value in mapping[table].items()]
    text = "\n".join(lines)
    requests = mixed_stream(300, seed=seed, members=9)
    few, many = new_pool("few", text), new_pool("many", text)
    for part in in_batches(requests, 50):
        settle(few.pk, part)
    settle(many.pk, requests)
    assert rows_of(few) == rows_of(many)
    assert_books_hold()


def test_a_repeated_event_answers_what_it_answered_and_changes_nothing(pool):
    requests = mixed_stream(200)
    first = list(settle(pool.pk, requests))
    before = rows_of(pool), balances(), Batch.objects.count()
    assert list(settle(pool.pk, requests[50:150])) == first[50:150]
    assert [settle(pool.pk, [request])[0] for request in requests[:20]] == first[:20]
    assert (rows_of(pool), balances(), Batch.objects.count()) == before


def test_old_and_new_events_in_one_batch_each_get_their_own_answer(pool):
    requests = mixed_stream(120)
    old = list(settle(pool.pk, requests[:60]))
    replies = settle(pool.pk, [*requests[100:], *requests[30:60], *requests[60:100], requests[110]])
    assert list(replies[20:50]) == old[30:]
    assert [reply.event_id for reply in replies[:20]] == [f"e{n}" for n in range(100, 120)]
    assert replies[-1] == replies[10]
    assert Event.objects.count() == 120
    assert_books_hold()


def test_an_id_with_other_content_is_refused_and_nothing_of_it_is_stored(pool):
    settle_one(pool.pk, Order("o1", "7", 100_000), START)
    before = rows_of(pool)
    reply = settle_one(pool.pk, Order("o1", "7", 100_001), START)
    assert (reply.ok, reply.error) == (False, "id_reused")
    replies = settle(
        pool.pk,
        [Request(Order("o2", "7", 5_000), START), Request(Order("o2", "8", 5_000), START)],
    )
    assert [reply.error for reply in replies] == ["", "id_reused"]
    settle_one(pool.pk, Sell("o1", "7", 5), START)
    assert rows_of(pool)["events"][:1] == before["events"]
    assert Event.objects.count() == 2


def test_an_id_that_is_too_long_is_refused_before_anything_happens(pool):
    with pytest.raises(Malformed):
        settle_one(pool.pk, Order("x" * 65, "7", 100), START)
    assert settle_one(pool.pk, Order("x" * 64, "7", 100), START).ok
    assert settle_one(pool.pk, Order("增" * 64, "7", 100), START).ok
    assert_books_hold()


def test_amounts_of_any_length_are_refused_and_not_cut(pool):
    settle_one(pool.pk, Order("o1", "7", 100_000), START)
    replies = settle(
        pool.pk,
        [
            Request(Order("big", "7", 10**40), START),
            Request(Sell("all", "7", 10**40), START),
            Request(Order("zero", "7", 0), START),
        ],
    )
    assert [reply.error for reply in replies] == [
        "limit_exceeded",
        "insufficient_points",
        "invalid_amount",
    ]
    assert_books_hold()


def test_a_process_that_is_behind_catches_up_from_the_sealed_batches(pool):
    requests = mixed_stream(300)
    settle(pool.pk, requests[:100])
    ((key, behind),) = [
        (key, engine) for key, engine in engines._engines.items() if key[1] == pool.pk
    ]
    engines._engines.pop(key)
    settle(pool.pk, requests[100:200])
    engines._engines[key] = behind
    behind.sequence, saved = behind.sequence, behind.sequence
    assert saved == 100
    settle(pool.pk, requests[200:])
    assert engines._engines[key] is behind
    assert behind.sequence == 300
    assert_books_hold()


def test_an_engine_whose_head_is_not_the_pools_is_loaded_again(pool):
    requests = mixed_stream(120)
    settle(pool.pk, requests[:60])
    stale = engine_of(pool)
    stale.head = "f" * 64
    settle(pool.pk, requests[60:])
    assert engine_of(pool) is not stale
    assert_books_hold()


def test_new_rules_take_effect_with_the_next_batch_and_the_chain_still_folds(pool):
    requests = mixed_stream(200)
    settle(pool.pk, requests[:100])
    rules = RulesVersion.objects.create(name="new", text=EASY_EXITS)
    Pool.objects.filter(pk=pool.pk).update(rules=rules)
    settle(pool.pk, requests[100:])
    assert engine_of(pool).rules.name == "x"
    assert_books_hold()


def test_a_pool_never_takes_more_than_one_event_of_an_id(pool):
    settle_one(pool.pk, Order("o1", "7", 100_000), START)
    with pytest.raises(IntegrityError):
        Event.objects.create(
            id=99,
            pool=pool,
            sequence=99,
            event_id="o1",
            op=1,
            amount=1,
            happened_at=START,
            pool_fen=1,
            outstanding_units=1,
        )
