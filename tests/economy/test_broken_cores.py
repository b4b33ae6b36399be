"""Cores broken on purpose: each must be caught by the very checks that the real core passes."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.economy.guarantees import as_the_model_answers, guarantees
from tests.oracle.streams import PROFILES, equal_grants, random_stream
from zengzhi.core.economy import apply as applying
from zengzhi.core.economy import forced_exit, funding, pool, refund, replay, sale, settle_order
from zengzhi.core.economy import wind_down as winding_down
from zengzhi.core.economy.pool import Economy, Lot, Outcome
from zengzhi.core.economy.rules import rules_from_mapping
from zengzhi.core.rounding import split_largest_remainder, split_pro_rata
from zengzhi.core.units import PPM

EVENTS = 320
RULES = (
    {},
    {"exit": {"basis": "member", "multiple": "2"}},
    {"sale": {"retention": "0%"}, "reward": {"rate": "100%"}, "exit": {"multiple": "3/2"}},
)


def streams():
    for number, mapping in enumerate(RULES):
        for profile in PROFILES:
            yield random_stream(f"broken {number}", EVENTS, profile), mapping
    yield equal_grants(7), {}


def by_guarantees(lines, mapping):
    guarantees(lines, rules_from_mapping(mapping))


def by_the_model(lines, mapping):
    as_the_model_answers(lines, mapping, rules_from_mapping(mapping))


CHECKS = {"guarantees": by_guarantees, "model": by_the_model}


def caught_by(name):
    """Whether a check finds something wrong with the core as it is now."""
    for lines, mapping in streams():
        try:
            CHECKS[name](lines, mapping)
        except (AssertionError, ArithmeticError, LookupError, RecursionError, ValueError):
            return True
    return False


def half_up(numerator, denominator):
    return (2 * numerator + denominator) // (2 * denominator)


def half_up_payout(economy, units):
    keep_ppm = PPM - economy.rules.retention_ppm
    return half_up(units * economy.pool_fen * keep_ppm, economy.outstanding_units * PPM)


def half_up_points(self, value_fen):
    if self.outstanding_units:
        return half_up(value_fen * self.outstanding_units, self.pool_fen)
    return half_up(value_fen * 10**8, self.rules.opening_price_fen)


def half_up_value(self, units):
    if not self.outstanding_units:
        return 0
    return half_up(units * self.pool_fen, self.outstanding_units)


def granted_above_the_contribution(contribution_fen, reward_ppm):
    return contribution_fen * (reward_ppm + 400_000) // PPM


def paid_at_the_price_after_the_burn(economy, units):
    keep_ppm = PPM - economy.rules.retention_ppm
    left_units = economy.outstanding_units - units
    if left_units == 0:
        return economy.pool_fen * keep_ppm // PPM
    return min(economy.pool_fen, units * economy.pool_fen * keep_ppm // (left_units * PPM))


def sold_with_the_payout_before_the_burn(economy, member, units, event_id=None):
    """The payout is taken from the pool, then the points are asked for."""
    held = sum(lot.remaining_units for lot in economy.lots_by_member.get(member, []))
    asked = held if units is None else units
    payout_fen = 0
    if economy.outstanding_units:
        payout_fen = min(economy.pool_fen, sale.sale_payout(economy, asked))
    economy.pool_fen -= payout_fen
    economy.paid_out_fen += payout_fen
    taken = economy.take_units(member, units, event_id)
    parts = sale.attribute(taken, payout_fen)
    economy.pool_fen += payout_fen
    sold, _paid = economy.take_out(parts)
    return Outcome(points_units=sold, payout_fen=payout_fen, parts=parts)


def clawed_back_by_value(economy, order, amount_fen=None):
    """c comes back in money for as many points as c is worth now."""
    lot = refund.refundable_lot(economy, order)
    if lot.refunded_fen:
        raise refund.AlreadyRefunded(order)
    due_fen = min(lot.contribution_fen, economy.value_fen(lot.remaining_units))
    worth_units = 0
    if economy.pool_fen:
        worth_units = due_fen * economy.outstanding_units // economy.pool_fen
    burnt_units = min(lot.remaining_units, worth_units)
    lot.refunded_fen = lot.spend_fen
    lot.remaining_units -= burnt_units
    economy.outstanding_units -= burnt_units
    economy.pool_fen -= due_fen
    economy.refunded_fen += due_fen
    return Outcome(points_units=burnt_units, from_pool_fen=due_fen)


def the_whole_contribution_back(economy, order, amount_fen=None):
    """The pool gives back c whatever the points are worth."""
    lot = refund.refundable_lot(economy, order)
    if lot.refunded_fen:
        raise refund.AlreadyRefunded(order)
    back_fen = min(lot.contribution_fen, economy.pool_fen)
    burnt_units = lot.remaining_units
    lot.refunded_fen = lot.spend_fen
    lot.remaining_units = 0
    economy.outstanding_units -= burnt_units
    economy.pool_fen -= back_fen
    economy.refunded_fen += back_fen
    return Outcome(points_units=burnt_units, from_pool_fen=back_fen)


def no_sweep(economy):
    return 0


def unsorted_key(spend_fen, granted_units):
    """Exits in the order of purchase."""
    return 0


def last_in_first_out(queue, entry):
    key, sequence, member = entry
    heapq.heappush(queue, (key, sequence, member))
    queue.sort(reverse=True)


def exits_once(economy):
    """One exit an event, no cascade."""
    exits = []
    if economy.rules.exit_multiple is None or economy.nothing_due():
        return exits
    cycle = forced_exit._head(economy)
    if cycle is None:
        return exits
    due = cycle.granted_units * economy.pool_fen >= (
        economy.rules.exit_multiple * cycle.spend_fen * economy.outstanding_units
    )
    if due:
        forced_exit.heappop(economy.exit_queue)
        exits = forced_exit._exit(economy, cycle)
        economy.cycles.pop(cycle.lots[0].member, None)
    return exits


def exit_without_a_cap(economy, cycle):
    """The full value at the price, more than the multiple."""
    keep_ppm = PPM - economy.rules.exit_retention_ppm
    taken = [(lot, lot.remaining_units) for lot in cycle.lots if lot.remaining_units]
    left = sum(units for _lot, units in taken)
    payout_fen = left * economy.pool_fen * keep_ppm // (economy.outstanding_units * PPM)
    parts = sale.attribute(taken, payout_fen)
    economy.take_out(parts)
    for lot in cycle.lots:
        lot.exited = True
    economy.paid_out_fen += payout_fen
    return parts


def no_id_check(self, text):
    """Every line is new."""
    self._seen = {}
    return READ(self, text)


def floors_that_lose_the_rest(total, weights):
    whole = sum(weights)
    return [total * weight // whole for weight in weights]


def granted_without_money(economy, event_id, member, amount_fen):
    """Points of a grant at the price, no money behind them."""
    points_units = economy.points_for(amount_fen)
    economy.outstanding_units += points_units
    given = amount_fen, amount_fen, points_units, points_units
    lot = Lot(len(economy.lots), event_id, member, True, *given)
    economy.open_lot(lot)
    return Outcome(points_units=points_units, opened=lot)


def granted_without_a_spend(economy, event_id, member, amount_fen):
    """As before step 5: such a lot never exits, and a kept unit swallows later orders."""
    economy.check_open()
    points_units = economy.points_for(amount_fen)
    economy.check_limits(economy.pool_fen + amount_fen, economy.outstanding_units + points_units)
    economy.pool_fen += amount_fen
    economy.outstanding_units += points_units
    economy.put_in_fen += amount_fen
    lot = Lot(len(economy.lots), event_id, member, True, 0, amount_fen, points_units, points_units)
    economy.open_lot(lot)
    return Outcome(points_units=points_units, contribution_fen=amount_fen, opened=lot)


def refundable_grant(economy, order):
    """A grant is taken for an order."""
    if order not in economy.lot_by_id:
        raise refund.UnknownOrder(order)
    return economy.lot_by_id[order]


def legacy_into_the_pool(paid_fen, split):
    """The fifth part stays in the contribution."""
    return SPLIT_ORDER(paid_fen, split._replace(legacy_ppm=0))


def legacy_takes_the_remainder(paid_fen, split):
    """The contribution is rounded down too, and legacy takes the rest."""
    parts = SPLIT_ORDER(paid_fen, split)
    exact_fen = paid_fen * split.contribution_ppm // PPM
    return parts._replace(contribution_fen=exact_fen)


def the_last_takes_the_rest(total, weights):
    return split_pro_rata(total, weights) if weights else []


def ties_to_the_later_lot(total, weights):
    return split_largest_remainder(total, weights[::-1])[::-1]


def wound_down_with_retention(economy):
    """A sale of everything by everybody; what is kept back is swept."""
    outcome = WIND_DOWN(economy)
    kept_fen = min(outcome.payout_fen, outcome.payout_fen * economy.rules.retention_ppm // PPM + 1)
    outcome.payout_fen -= kept_fen
    economy.paid_out_fen -= kept_fen
    economy.pool_fen += kept_fen
    return outcome


def wound_down_and_left_open(economy):
    outcome = WIND_DOWN(economy)
    economy.closed = False
    return outcome


def open_for_ever(self):
    """A closed pool takes money."""


def names_as_they_stand(fields):
    """``m1`` and ``m1 `` are two members."""


def no_limits(self, pool_fen, outstanding_units):
    """Nothing is too much."""


READ = replay.Reader.read
SPLIT_ORDER = settle_order.split_order
WIND_DOWN = applying.wind_down


@dataclass(frozen=True)
class Broken:
    name: str
    owner: object
    attribute: str
    variant: Callable


BROKEN = [
    Broken("half-up payout of a sale", sale, "sale_payout", half_up_payout),
    Broken("half-up points of an order", Economy, "points_for", half_up_points),
    Broken("half-up value of a conversion or refund", Economy, "value_fen", half_up_value),
    Broken("grant rate above 1", settle_order, "reward_value", granted_above_the_contribution),
    Broken("payout at the price after the burn", sale, "sale_payout",
           paid_at_the_price_after_the_burn),
    Broken("payout before the burn", applying, "sell", sold_with_the_payout_before_the_burn),
    Broken("claw-back by value", applying, "refund", clawed_back_by_value),
    Broken("the whole contribution back", applying, "refund", the_whole_contribution_back),
    Broken("opening price with money left in the pool", applying, "sweep_if_empty", no_sweep),
    Broken("unsorted exits", pool, "exit_key", unsorted_key),
    Broken("highest exit price first", pool, "heappush", last_in_first_out),
    Broken("exits without a cascade", applying, "run_exits", exits_once),
    Broken("exits above the multiple", forced_exit, "_exit", exit_without_a_cap),
    Broken("no id check", replay.Reader, "read", no_id_check),
    Broken("floors that lose the rest", sale, "split_pro_rata", floors_that_lose_the_rest),
    Broken("grants without money", applying, "grant", granted_without_money),
    Broken("grants without a spend", applying, "grant", granted_without_a_spend),
    Broken("grants that can be refunded", refund, "refundable_lot", refundable_grant),
    Broken("legacy into the pool", settle_order, "split_order", legacy_into_the_pool),
    Broken("legacy takes the remainder", settle_order, "split_order", legacy_takes_the_remainder),
    Broken("winding down: the last takes the rest", winding_down, "split_largest_remainder",
           the_last_takes_the_rest),
    Broken("winding down: ties to the later lot", winding_down, "split_largest_remainder",
           ties_to_the_later_lot),
    Broken("winding down with retention", applying, "wind_down", wound_down_with_retention),
    Broken("winding down leaves the pool open", applying, "wind_down", wound_down_and_left_open),
    Broken("a closed pool takes money", Economy, "check_open", open_for_ever),
    Broken("names as they stand", replay, "trim_names", names_as_they_stand),
    Broken("no limits", Economy, "check_limits", no_limits),
]  # fmt: skip
SEVEN = {
    "half-up payout of a sale",
    "grant rate above 1",
    "payout before the burn",
    "claw-back by value",
    "opening price with money left in the pool",
    "unsorted exits",
    "no id check",
}


@pytest.mark.parametrize("check", CHECKS)
def test_the_unbroken_core_passes(check):
    for lines, mapping in streams():
        CHECKS[check](lines, mapping)


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.name)
@pytest.mark.parametrize("check", CHECKS)
def test_a_broken_core_is_caught(broken, check, monkeypatch):
    monkeypatch.setattr(broken.owner, broken.attribute, broken.variant)
    assert caught_by(check)


def test_the_seven_named_faults_are_among_them():
    assert {broken.name for broken in BROKEN} >= SEVEN
    assert funding.grant is applying.grant  # what the variants replace is what runs
