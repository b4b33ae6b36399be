"""Any events in any order: the guarantees G1–G7 hold after each of them."""

import json
import os
from copy import deepcopy

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.economy import test_broken_cores as broken
from tests.economy.guarantees import Watched, as_the_model_answers
from tests.kernel.engines import in_pieces
from zengzhi.core.economy import apply as applying
from zengzhi.core.economy import sale
from zengzhi.core.economy.apply import apply
from zengzhi.core.economy.events import Grant, Order, Sell
from zengzhi.core.economy.pool import Economy
from zengzhi.core.economy.replay import Replay
from zengzhi.core.economy.rules import rules_from_mapping
from zengzhi.core.economy.sale import sale_payout
from zengzhi.core.economy.settle_order import reward_value, split_order
from zengzhi.core.errors import ZengzhiError
from zengzhi.core.kernel.replay import KernelReplay

LONG = os.environ.get("ZENGZHI_LONG") == "1"
MEMBERS = st.sampled_from(["a", "b", "c"])
MONEY = st.one_of(
    st.integers(1, 10),
    st.integers(1, 10**6),
    st.sampled_from([100_000, 10**10, 10**10 + 1, 2**53 // 2]),
)
POINTS = st.one_of(
    st.just("all"),
    st.just("0.00000001"),
    st.integers(1, 10**12).map(lambda units: f"{units // 10**8}.{units % 10**8:08d}"),
)
RATE = st.sampled_from(["0%", "20%", "33.3333%", "100%"])
RULES = st.fixed_dictionaries(
    {
        "opening_price": st.sampled_from(["1.00", "0.01", "250.00"]),
        "split": st.sampled_from(
            [
                {},
                {"cost": "0%", "distribution": "0%", "platform": "0%"},
                {"cost": "99.9%", "distribution": "0%", "platform": "0.05%"},
                {"cost": "10%", "distribution": "3%", "platform": "0%", "legacy": "33.3333%"},
            ]
        ),
        "reward": st.fixed_dictionaries({"rate": st.sampled_from(["70%", "100%", "0.01%"])}),
        "sale": st.fixed_dictionaries({"retention": RATE}),
        "exit": st.fixed_dictionaries(
            {
                "multiple": st.sampled_from(["1", "5/2", "3", "off"]),
                "basis": st.sampled_from(["lot", "member"]),
                "retention": RATE,
            }
        ),
    }
)


def yuan(fen):
    return f"{fen // 100}.{fen % 100:02d}"


class Pool(RuleBasedStateMachine):
    """All verbs on one pool, watched."""

    @initialize(mapping=RULES)
    def found(self, mapping):
        self.mapping = mapping
        self.rules = rules_from_mapping(mapping)
        self.watched = Watched(self.rules)
        self.lines = []

    @property
    def economy(self):
        return self.watched.economy

    def put(self, op, **fields):
        number = len(self.lines)
        line = json.dumps({"op": op, "id": f"e{number}", **fields})
        self.lines.append(line)
        return self.watched.apply(line)

    def some_order(self, data):
        return data.draw(st.integers(0, max(0, len(self.lines) - 1)).map(lambda n: f"e{n}"))

    # -- verbs -----------------------------------------------------------------------------

    @rule(member=MEMBERS, paid=MONEY)
    def order(self, member, paid):
        economy = self.economy
        quoted = None
        if paid <= 10**10:
            value = split_order(paid, self.rules.split).contribution_fen
            quoted = economy.points_for(reward_value(value, self.rules.reward_ppm))
        answer = self.put("order", member=member, paid=yuan(paid))
        if answer["ok"]:
            assert economy.lots[-1].granted_units == quoted, "less than quoted was granted (G7)"

    @rule(member=MEMBERS, points=POINTS)
    def sell(self, member, points):
        economy = self.economy
        before = deepcopy(economy)
        answer = self.put("sell", member=member, points=points)
        if answer["ok"]:
            whole, decimals = answer["points"].split(".")
            quoted = sale_payout(before, int(whole + decimals))
            assert answer["payout"] == yuan(quoted), "less than quoted was paid (G7)"

    @rule(member=MEMBERS, points=POINTS, data=st.data())
    def sell_of_one_lot(self, member, points, data):
        self.put("sell", member=member, points=points, order=self.some_order(data))

    @rule(amount=MONEY)
    def subsidise(self, amount):
        self.put("subsidise", amount=yuan(amount))

    @rule(member=MEMBERS, amount=MONEY)
    def grant(self, member, amount):
        self.put("grant", member=member, amount=yuan(amount))

    @rule(member=MEMBERS, paid=MONEY, legacy=RATE)
    def order_with_a_split_of_its_own(self, member, paid, legacy):
        split = {"cost": "0%", "distribution": "0%", "platform": "0%", "legacy": legacy}
        self.put("order", member=f" {member}\u3000", paid=yuan(paid), split=split)

    @rule(chance=st.integers(0, 4))
    def wind_down(self, chance):
        if chance == 0:
            self.put("wind_down")

    @rule(member=MEMBERS, points=POINTS, op=st.sampled_from(["convert", "expire"]))
    def convert_or_expire(self, member, points, op):
        self.put(op, member=member, points=points)

    @rule(amount=st.none() | MONEY, data=st.data())
    def refund(self, amount, data):
        fields = {} if amount is None else {"amount": yuan(amount)}
        self.put("refund", order=self.some_order(data), **fields)

    @rule(data=st.data())
    def send_again(self, data):
        if self.lines:
            line = data.draw(st.sampled_from(self.lines))
            self.lines.append(line)
            self.watched.apply(line)

    # -- round trips, on a copy (G7) -------------------------------------------------------

    @rule(member=MEMBERS, paid=st.integers(1, 10**6))
    def buying_and_selling_pays_no_more_than_the_contribution(self, member, paid):
        economy = deepcopy(self.economy)
        try:
            bought = apply(economy, Order("there", member, paid))
            if bought.points_units == 0 or bought.exits:
                return
            sold = apply(economy, Sell("back", member, bought.points_units, "there"))
        except ZengzhiError:
            return
        assert sold.payout_fen <= bought.contribution_fen

    @rule(member=MEMBERS, points=st.integers(1, 10**12))
    def selling_and_buying_back_gives_fewer_points(self, member, points):
        economy = deepcopy(self.economy)
        try:
            sold = apply(economy, Sell("there", member, points))
            if sold.payout_fen == 0 or sold.exits or sold.swept_fen:
                return
            bought = apply(economy, Grant("back", member, sold.payout_fen))
        except ZengzhiError:
            return
        assert bought.points_units <= sold.points_units

    # -- always ----------------------------------------------------------------------------

    @invariant()
    def the_price_is_a_ratio_that_can_always_be_asked(self):
        if hasattr(self, "watched"):
            state = self.watched.replay._state()
            assert float(state["price"]) >= 0

    def teardown(self):
        """G5, G6: the model, the kernel in pieces and a second run say the same."""
        if not getattr(self, "lines", None):
            return
        lines = self.lines
        as_the_model_answers(lines, self.mapping, self.rules)
        reference = Replay(self.rules)
        wanted = [*reference.answers(lines), reference.summary()]
        for places in ([0, len(lines)], [0, len(lines) // 3, len(lines)]):
            assert in_pieces(KernelReplay(self.rules), lines, places) == wanted
        again = Replay(self.rules)
        assert [*again.answers(lines), again.summary()] == wanted


def settings_for(examples, **more):
    checks = list(HealthCheck)
    steps = 50 if LONG else 30
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=checks,
        **more,
    )


TestPool = Pool.TestCase
TestPool.settings = settings_for(2000 if LONG else 100)


@pytest.mark.parametrize(
    ("owner", "attribute", "variant"),
    [
        (sale, "sale_payout", broken.half_up_payout),
        (Economy, "points_for", broken.half_up_points),
        (applying, "sweep_if_empty", broken.no_sweep),
        (applying, "refund", broken.clawed_back_by_value),
    ],
)
def test_the_machine_finds_a_broken_core(owner, attribute, variant, monkeypatch):
    monkeypatch.setattr(owner, attribute, variant)
    quick = settings_for(300, derandomize=True, database=None, phases=[Phase.generate])
    with pytest.raises((AssertionError, ArithmeticError, ExceptionGroup)):
        run_state_machine_as_test(Pool, settings=quick)
