"""Run in a process of its own after the kills: what the records say, as one JSON line."""

import json
import sys


def report(events):
    from tests.records.story import mixed_stream
    from zengzhi.core.economy.apply import apply
    from zengzhi.core.economy.digest import digest
    from zengzhi.core.economy.pool import Economy
    from zengzhi.core.errors import ZengzhiError
    from zengzhi.mall.models import Order
    from zengzhi.mall.settler import Settler
    from zengzhi.records.settlement.engine import rules_of
    from zengzhi.records.settlement.models import Event, Lot, Pool
    from zengzhi.verify.checks import RECORDS
    from zengzhi.verify.pools import fold_pool
    from zengzhi.verify.run import run

    Settler().once()  # what was paid when a process died settles now
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
    orders = Order.objects.exclude(payment="awaiting").filter(pool__code="main")
    checked = run(checks=RECORDS)  # the stream has no causes outside the pool
    return {
        "events": ids,
        "in_order": ids == [request.event.id for request in requests[: len(ids)]],
        "digest": fold_pool(pool).digest(lots),
        "replayed": digest(economy),
        "problems": [str(problem) for problem in checked.problems],
        "settled_orders": list(
            Event.objects.filter(pool__code="main").values_list("event_id", flat=True)
        ),
        "paid_orders": list(orders.values_list("number", flat=True)),
    }


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(report(sys.argv[1])))
