"""A pool that is nearly full: its rules let no lot exit before that."""

import uuid

from zengzhi.core.economy.events import Order, Subsidise
from zengzhi.core.units import POOL_FEN_LIMIT
from zengzhi.records.settlement.models import Pool, RulesVersion
from zengzhi.records.settlement.settle import settle_one


def fill(pool: Pool, holder: str, left_fen: int) -> None:
    """Somebody holds all points; the pool takes ``left_fen`` more and no fen above."""
    text = pool.rules.text.replace('multiple = "3"', 'multiple = "1000000000000"')
    assert text != pool.rules.text
    Pool.objects.filter(pk=pool.pk).update(rules=RulesVersion.objects.create(name="x", text=text))
    assert settle_one(pool.pk, Order("first", holder, 100_000)).ok
    missing_fen = POOL_FEN_LIMIT - 1 - left_fen - Pool.objects.get(pk=pool.pk).pool_fen
    reply = settle_one(pool.pk, Subsidise(f"fill-{uuid.uuid4().hex}", missing_fen))
    assert reply.ok, reply.message
    pool.refresh_from_db()
