"""A small mall with rows of every kind: the demo, with fewer orders and smaller withdrawals."""

from datetime import timedelta
from unittest.mock import patch

from tests.approvals import approved
from zengzhi.records.ledger.seal import seal_tail
from zengzhi.records.members.models import User
from zengzhi.records.store import clock
from zengzhi.records.wallet.terms import DEFAULTS
from zengzhi.records.wallet.terms_store import SET_TERMS
from zengzhi.site import demo, demo_team, demo_wallet

ORDERS = 48
SMALLER = 48
"""Withdrawals and their threshold are so many times smaller than the demo's."""


def small_mall():
    """Build it; everything but the last acts is sealed."""
    smaller = {"minimum_fen": 1_00, "four_eyes_above_fen": DEFAULTS.four_eyes_above_fen // SMALLER}
    prepare = demo_team.prepare

    def prepared(*arguments):
        prepare(*arguments)
        people = [User.objects.get(username=name) for name in ("operator", "director")]
        with clock.at(clock.now() - timedelta(days=demo_team.DAYS_BEFORE - 1)):
            approved(SET_TERMS, "terms", smaller, *people)

    ask = demo_wallet._ask
    with (
        patch.object(demo, "ORDERS", ORDERS),
        patch.object(demo_team, "prepare", prepared),
        patch.object(demo_wallet, "_ask", lambda m, fen, at: ask(m, fen // SMALLER, at)),
    ):
        pool = demo.build()
    seal_tail()
    return pool
