"""What the tests of the records look at."""

from contextlib import contextmanager

from django.db import connection

from tests.purses import all_balances
from zengzhi.records.ledger import guards as journal_guards
from zengzhi.records.ledger.batches import row_id
from zengzhi.records.ledger.chart import Kind
from zengzhi.records.ledger.models import Leg, Transaction
from zengzhi.records.settlement import guards as settlement_guards
from zengzhi.records.settlement.models import Event, Lot, LotMovement, Pool
from zengzhi.verify.checks import RECORDS
from zengzhi.verify.run import run

OWN_POOL = {Kind.POOL, Kind.ORDERS_PENDING, Kind.ISSUED}


def rows_of(pool):
    """Every row of a pool, as if the pool had the number 0."""
    base = row_id(pool.pk, 0)
    span = {"gte": base, "lt": row_id(pool.pk + 1, 0)}

    def found(model, key, *columns):
        rows = model.objects.filter(**{f"{key}__{name}": value for name, value in span.items()})
        names = (key, *columns)
        shifted = (dict(zip(names, row, strict=True)) for row in rows.values_list(*names))
        return sorted(({**row, key: row[key] - base} for row in shifted), key=str)

    events = [field.column for field in Event._meta.fields if field.column not in ("id", "pool_id")]
    lots = [field.column for field in Lot._meta.fields if field.column not in ("id", "pool_id")]
    legs = found(Leg, "transaction_id", "position", "kind", "owner", "unit", "amount")
    for leg in legs:
        if leg["kind"] in OWN_POOL:
            leg["owner"] = 0
    moved = found(LotMovement, "event_pk", "position", "lot_pk", "is_exit", "units", "payout_fen")
    for movement in moved:
        movement["lot_pk"] -= base
    return {
        "events": found(Event, "id", *events),
        "lots": found(Lot, "id", *lots),
        "movements": moved,
        "heads": found(Transaction, "id", "kind", "reference", "happened_at", "leg_count"),
        "legs": legs,
        "state": Pool.objects.filter(pk=pool.pk).values_list(
            "sequence",
            "lots_opened",
            "pool_fen",
            "outstanding_units",
            "epoch",
            "pool_reserve_fen",
            "refund_reserve_fen",
            "put_in_fen",
            "paid_out_fen",
            "converted_fen",
            "refunded_fen",
            "closed",
        )[0],
    }


def balances():
    """Every running balance."""
    return all_balances()


def assert_books_hold():
    """Everything that ``zengzhi verify`` checks of the records alone."""
    report = run(checks=RECORDS)
    assert report.ok, "\n".join(map(str, report.problems))


class _Executor:
    connection = connection

    def execute(self, statement, params=None):
        with connection.cursor() as cursor:
            cursor.execute(statement)


@contextmanager
def no_guards():
    """As a superuser would: without the triggers. What they would look at at the commit, they look
    at now, so that they can go."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    for guards in (journal_guards, settlement_guards):
        guards.remove(_Executor())
    yield
    for guards in (journal_guards, settlement_guards):
        guards.install(_Executor())
