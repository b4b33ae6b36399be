"""Run in a process of its own after the kills: what the records say, as one JSON line."""

import json
import sys
import time

ROUNDS = 600


def settle_what_was_paid():
    """What was paid when a process died settles now, at the latest when the lease of a killed
    settler has run out; (paid, settled) orders."""
    from zengzhi.mall.models import Order
    from zengzhi.mall.settler import Settler
    from zengzhi.records.settlement.models import Event

    mine = Order.objects.exclude(payment="awaiting").filter(pool__code="main")
    for _round in range(ROUNDS):
        Settler().once()
        paid = list(mine.values_list("number", flat=True))
        settled = list(Event.objects.filter(pool__code="main").values_list("event_id", flat=True))
        if set(paid) == set(settled):
            break
        time.sleep(0.1)
    return paid, settled


def report(events):
    from tests.records.story import mixed_stream
    from zengzhi.core.economy.apply import apply
    from zengzhi.core.economy.digest import digest
    from zengzhi.core.economy.pool import Economy
    from zengzhi.core.errors import ZengzhiError
    from zengzhi.records.settlement.engine import rules_of
    from zengzhi.records.settlement.models import Event, Lot, Pool
    from zengzhi.verify.checks import RECORDS
    from zengzhi.verify.pools import fold_pool
    from zengzhi.verify.run import run

    paid, settled = settle_what_was_paid()
    pool = Pool.objects.select_related("rules").get(code="kill")
    ids = list(Event.objects.filter(pool=pool).order_by("id").values_list("event_id", flat=True))
    requests = mixed_stream(int(events), seed=1, members=60, prefix="k")
    economy = Economy(rules_of(pool))
    for request in requests[: len(ids)]:
        try:
            apply(economy, request.event)
        except ZengzhiError:
            continue
    lots = list(Lot.objects.filter(pool=pool).order_by("id").values_list("event_id", flat=True))
    checked = run(checks=RECORDS)  # the stream has no causes outside the pool
    return {
        "events": ids,
        "in_order": ids == [request.event.id for request in requests[: len(ids)]],
        "digest": fold_pool(pool).digest(lots),
        "replayed": digest(economy),
        "problems": [str(problem) for problem in checked.problems],
        "settled_orders": settled,
        "paid_orders": paid,
    }


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(report(sys.argv[1])))
