"""Every property of the two public ERC-4626 suites, by name, against the pool as a vault.

An order or a grant is a *deposit* (money in, points out), a sale a *redeem* (points in, money
out). Their inverses, *mint* (money for wanted points, rounded up) and *withdraw* (points for
wanted money, rounded up), are no verbs of ours: the tests compute them from the verbs and try
every amount against them. Where a property has no counterpart the table says why.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from fractions import Fraction

import pytest

from zengzhi.core.economy.apply import apply
from zengzhi.core.economy.events import Grant, Order, Sell, Subsidise
from zengzhi.core.economy.pool import Economy
from zengzhi.core.economy.rules import Rules, rules_from_mapping
from zengzhi.core.economy.sale import sale_payout
from zengzhi.core.economy.settle_order import reward_value, split_order
from zengzhi.core.errors import InsufficientPoints, LimitExceeded, UnknownMember, UnknownOrder
from zengzhi.core.units import ORDER_FEN_MAX, PPM, UNITS_PER_POINT, format_price

OFF = rules_from_mapping({"exit": {"multiple": "off"}})
FREE = rules_from_mapping(
    {
        "split": {"cost": "0%", "distribution": "0%", "platform": "0%"},
        "reward": {"rate": "100%"},
        "sale": {"retention": "0%"},
        "exit": {"multiple": "off"},
    }
)
MONEY = (1, 2, 3, 7, 99, 28_000, 30_000, 123_456_789, ORDER_FEN_MAX)
UNITS = (1, 2, 9_999, 10**8, 123_456_789, 210 * 10**8)


def _state(rules, *events):
    economy = Economy(rules)
    for event in events:
        apply(economy, event)
    return economy


def _orders(count, paid_fen=100_000):
    return [Order(f"o{i}", f"m{i % 3}", paid_fen) for i in range(count)]


def _states():
    """Pools of every kind: empty, fresh, grown, dear, cheap, swept, without any fee."""
    yield "empty", _state(OFF)
    yield "first order", _state(OFF, *_orders(1))
    yield "grown", _state(OFF, *_orders(300))
    yield "dear", _state(OFF, *_orders(5), Subsidise("f", 10**13))
    yield "one unit left", _state(OFF, *_orders(1), Sell("s", "m0", 210 * 10**8 - 1))
    yield "swept", _state(Rules(), *_orders(1), Sell("s", "m0", None))
    yield "no fees", _state(FREE, *_orders(40, 12_345), Subsidise("f", 777_777))
    yield "granted only", _state(OFF, Grant("g", "m0", 54_321), Subsidise("f", 1))
    yield "large orders", _state(OFF, *_orders(7, ORDER_FEN_MAX))


STATES = dict(_states())


def points_of_order(economy, paid_fen):
    """Quote of an order: points at the price now."""
    value = split_order(paid_fen, economy.rules.split).contribution_fen
    return economy.points_for(reward_value(value, economy.rules.reward_ppm))


def payout_of(economy, units):
    """Quote of a sale."""
    return sale_payout(economy, units) if economy.outstanding_units else 0


def money_for(economy, units):
    """Least money that is granted at least so many points: rounded up."""
    if economy.outstanding_units:
        return -(-units * economy.pool_fen // economy.outstanding_units)
    return -(-units * economy.rules.opening_price_fen // 10**8)


def units_for(economy, payout_fen):
    """Fewest points that are paid at least so much: rounded up."""
    keep_ppm = PPM - economy.rules.retention_ppm
    return -(-payout_fen * economy.outstanding_units * PPM // (economy.pool_fen * keep_ppm))


def buy(economy, paid_fen, member="buyer"):
    """deposit: an order."""
    return apply(economy, Order(f"x{len(economy.lots)}", member, paid_fen))


def put(economy, money_fen, member="buyer"):
    """deposit at rate 1: fund and grant."""
    return apply(economy, Grant(f"x{len(economy.lots)}", member, money_fen))


def sell(economy, units, member="buyer"):
    """redeem."""
    return apply(economy, Sell("x", member, units))


def held(economy, member):
    """Points a member could sell."""
    return sum(lot.remaining_units for lot in economy.lots if lot.member == member)


def holders(economy):
    return sorted({lot.member for lot in economy.lots if lot.remaining_units})


def balances(economy):
    """Every account and every member's points: who else moved is seen here."""
    accounts = {
        "pool": economy.pool_fen,
        "outstanding": economy.outstanding_units,
        "pool_reserve": economy.pool_reserve_fen,
        "refund_reserve": economy.refund_reserve_fen,
        "put_in": economy.put_in_fen,
        "paid_out": economy.paid_out_fen,
        "converted": economy.converted_fen,
        "refunded": economy.refunded_fen,
    }
    return accounts | {member: held(economy, member) for member in {x.member for x in economy.lots}}


def moved(before, after):
    keys = before.keys() | after.keys()
    deltas = {key: after.get(key, 0) - before.get(key, 0) for key in keys}
    return {key: delta for key, delta in deltas.items() if delta}


# -- the properties, each for one state -------------------------------------------------------


def price_and_pool_can_always_be_asked(e):
    assert e.pool_fen >= 0
    assert e.outstanding_units >= 0
    assert format_price(e.pool_fen, e.outstanding_units, e.rules.opening_price_fen)


def conversions_never_fail(e):
    for money in (0, *MONEY):
        assert e.points_for(money) >= 0
    for units in (0, *UNITS):
        assert e.value_fen(units) >= 0


def a_quote_depends_on_the_state_only(e):
    quotes = [points_of_order(e, paid) for paid in MONEY], [e.value_fen(units) for units in UNITS]
    for member in ("m0", "stranger"):
        for paid, quoted in zip(MONEY, quotes[0], strict=True):
            copy = deepcopy(e)
            try:
                assert buy(copy, paid, member).points_units == quoted
            except LimitExceeded:
                assert e.pool_fen + paid > 2**52 or e.outstanding_units + quoted >= 2**60
    assert quotes == (
        [points_of_order(e, paid) for paid in MONEY],
        [e.value_fen(units) for units in UNITS],
    )


def the_largest_order_is_the_same_for_all(e):
    for member in ("m0", "stranger"):
        with pytest.raises(LimitExceeded):
            buy(deepcopy(e), ORDER_FEN_MAX + 1, member)
        buy(deepcopy(e), ORDER_FEN_MAX, member)


def the_largest_grant_is_the_same_for_all(e):
    most = 2**53 - 1 - e.pool_fen
    while e.outstanding_units + e.points_for(most) >= 2**60:
        most //= 2
    for member in ("m0", "stranger"):
        put(deepcopy(e), most, member)
        with pytest.raises(LimitExceeded):
            put(deepcopy(e), 2**53 - e.pool_fen, member)


def all_that_is_held_can_be_sold_and_no_more(e):
    for member in holders(e):
        units = held(e, member)
        assert sell(deepcopy(e), units, member).points_units == units
        with pytest.raises(InsufficientPoints):
            sell(deepcopy(e), units + 1, member)
    with pytest.raises(UnknownMember):
        sell(deepcopy(e), 1, "stranger")


def the_largest_payout_is_that_of_all_points(e):
    for member in holders(e):
        most = payout_of(e, held(e, member))
        assert sell(deepcopy(e), held(e, member), member).payout_fen == most
        if most:
            assert units_for(e, most) <= held(e, member)
        assert units_for(e, most + 1) > held(e, member)


def an_order_grants_what_was_quoted(e):
    for paid in MONEY:
        assert buy(deepcopy(e), paid).points_units >= points_of_order(e, paid)


def wanted_points_cost_no_more_than_quoted(e):
    for units in UNITS:
        money = money_for(e, units)
        copy = deepcopy(e)
        assert put(copy, money).points_units >= units
        if money > 1:
            assert put(deepcopy(e), money - 1).points_units < units


def wanted_money_burns_no_more_than_quoted(e):
    for member in holders(e):
        for payout in (1, 2, 100, payout_of(e, held(e, member))):
            if not 0 < payout <= payout_of(e, held(e, member)):
                continue
            units = units_for(e, payout)
            assert sell(deepcopy(e), units, member).payout_fen >= payout
            if units > 1:
                assert sell(deepcopy(e), units - 1, member).payout_fen < payout


def a_sale_pays_what_was_quoted(e):
    for member in holders(e):
        for units in {1, held(e, member) // 2 or 1, held(e, member)}:
            assert sell(deepcopy(e), units, member).payout_fen >= payout_of(e, units)


def an_order_moves_pool_points_and_nothing_else(e):
    for paid in MONEY:
        copy = deepcopy(e)
        done = buy(copy, paid)
        wanted = {"pool": done.contribution_fen, "put_in": done.contribution_fen}
        wanted |= {"outstanding": done.points_units, "buyer": done.points_units}
        if copy.outstanding_units == 0:
            wanted = {"put_in": done.contribution_fen, "pool_reserve": done.contribution_fen}
        wanted = {key: delta for key, delta in wanted.items() if delta}
        assert moved(balances(e), balances(copy)) == wanted


def a_grant_moves_pool_points_and_nothing_else(e):
    for units in UNITS:
        copy, money = deepcopy(e), money_for(e, units)
        points = put(copy, money).points_units
        wanted = {"pool": money, "put_in": money, "outstanding": points, "buyer": points}
        assert moved(balances(e), balances(copy)) == wanted


def a_sale_moves_pool_points_and_nothing_else(e):
    for member in holders(e):
        for units in {1, held(e, member) // 2 or 1, held(e, member)}:
            copy = deepcopy(e)
            paid = sell(copy, units, member).payout_fen
            wanted = {"pool": -paid, "paid_out": paid, "outstanding": -units, member: -units}
            if not copy.outstanding_units:
                wanted |= {"pool": -e.pool_fen, "pool_reserve": e.pool_fen - paid}
            wanted = {key: delta for key, delta in wanted.items() if delta}
            assert moved(balances(e), balances(copy)) == wanted


def buying_then_selling_pays_no_more_than_was_put_in(e):
    for paid in MONEY:
        copy = deepcopy(e)
        bought = buy(copy, paid)
        if bought.points_units:
            assert sell(copy, bought.points_units).payout_fen <= bought.contribution_fen
    for money in MONEY:
        copy = deepcopy(e)
        points = put(copy, money).points_units
        if points:
            assert sell(copy, points).payout_fen <= money


def taking_out_what_was_put_in_costs_at_least_the_points_granted(e):
    for money in MONEY:
        copy = deepcopy(e)
        points = put(copy, money).points_units
        if points:
            assert units_for(copy, money) >= points


def selling_then_putting_back_gives_fewer_points(e):
    for member in holders(e):
        for units in {1, held(e, member) // 2 or 1}:
            copy = deepcopy(e)
            paid = sell(copy, units, member).payout_fen
            if paid and copy.outstanding_units:
                assert put(copy, paid).points_units <= units


def buying_back_what_was_sold_costs_at_least_the_payout(e):
    for member in holders(e):
        for units in {1, held(e, member) // 2 or 1}:
            copy = deepcopy(e)
            paid = sell(copy, units, member).payout_fen
            if copy.outstanding_units:
                assert money_for(copy, units) >= paid


def taking_out_the_price_of_points_costs_at_least_these_points(e):
    for units in UNITS:
        copy, money = deepcopy(e), money_for(e, units)
        put(copy, money)
        assert units_for(copy, money) >= units


def selling_wanted_points_pays_no_more_than_they_cost(e):
    for units in UNITS:
        copy, money = deepcopy(e), money_for(e, units)
        put(copy, money)
        assert sell(copy, units).payout_fen <= money


def points_burnt_for_money_cost_at_least_that_money(e):
    for member in holders(e):
        for payout in (1, 100, 10_000):
            if payout > payout_of(e, held(e, member)):
                continue
            copy, units = deepcopy(e), units_for(e, payout)
            sell(copy, units, member)
            if copy.outstanding_units:
                assert money_for(copy, units) >= payout


def money_taken_out_buys_back_no_more_points(e):
    for member in holders(e):
        for payout in (1, 100, 10_000):
            if payout > payout_of(e, held(e, member)):
                continue
            copy, units = deepcopy(e), units_for(e, payout)
            sell(copy, units, member)
            if copy.outstanding_units:
                assert put(copy, payout).points_units <= units


def no_round_trip_makes_a_member_richer(e):
    """Sold and bought back for the payout: all points together are paid no more than before."""
    for member in holders(e):
        for units in {1, held(e, member) // 3 or 1}:
            copy = deepcopy(e)
            rich = payout_of(copy, held(copy, member))
            paid = sell(copy, units, member).payout_fen
            if not paid or not copy.outstanding_units:
                continue
            put(copy, paid, member)
            assert payout_of(copy, held(copy, member)) <= rich


def nothing_for_no_money(e):
    assert e.points_for(0) == 0
    assert points_of_order(e, 0) == 0


def nothing_for_no_points(e):
    assert e.value_fen(0) == 0
    assert payout_of(e, 0) == 0


def points_always_cost_money(e):
    for units in UNITS:
        assert money_for(e, units) > 0


def money_always_costs_points(e):
    if e.outstanding_units:
        for payout in (1, 100, e.pool_fen):
            assert units_for(e, payout) > 0


def converting_there_and_back_wins_nothing(e):
    for money in MONEY:
        if e.outstanding_units:
            assert e.value_fen(e.points_for(money)) <= money
    for units in UNITS:
        if e.outstanding_units:
            assert e.points_for(e.value_fen(units)) <= units


def nobody_sells_the_points_of_another(e):
    for member in holders(e):
        lot = next(x for x in e.lots if x.member == member and x.remaining_units)
        for thief in [other for other in holders(e) if other != member][:1]:
            with pytest.raises(UnknownOrder):
                apply(deepcopy(e), Sell("x", thief, 1, lot.event_id))
            copy = deepcopy(e)
            sell(copy, held(copy, thief), thief)
            assert held(copy, member) == held(e, member)
        with pytest.raises(UnknownMember):
            apply(deepcopy(e), Sell("x", "stranger", 1, lot.event_id))


def points_are_finer_than_money(e):
    """The floor takes less than one unit; while a unit costs at most a fen, less than a fen."""
    a_unit = Fraction(e.rules.opening_price_fen, UNITS_PER_POINT)
    if e.outstanding_units:
        a_unit = Fraction(e.pool_fen, e.outstanding_units)
    for money in MONEY:
        lost = money - e.points_for(money) * a_unit
        assert 0 <= lost < a_unit


def the_first_member_cannot_inflate_the_price(_e):
    """Dust held by order lots exits at once, so that no victim loses more than 0.1 %."""
    for kept in (1, 2, 1000):
        for gift in (1, 10**6, 10**11):
            e = _state(Rules(), *_orders(1), Sell("s", "m0", 210 * 10**8 - kept))
            assert e.outstanding_units == 0  # worth more than three times the spend: gone
            apply(e, Subsidise("gift", gift))
            bought = buy(e, 100_000, "victim")
            paid = sell(e, bought.points_units, "victim").payout_fen
            assert paid * 1000 >= 24_000 * 999


@dataclass(frozen=True)
class Property:
    """Names in the public suites; our test, or why there is none."""

    names: str
    test: Callable | None
    reason: str = ""
    least_units: int = 0
    """Points in circulation without which it says nothing."""


def ids(*numbers):
    return " ".join(f"ERC4626-{number:03}" for number in numbers)


NO_ALLOWANCE = "there are no allowances: a member's points are moved by that member's events only"

PROPERTIES = [
    # a16z/erc4626-tests
    Property("prop_asset prop_totalAssets", price_and_pool_can_always_be_asked),
    Property("prop_convertToShares prop_convertToAssets", a_quote_depends_on_the_state_only),
    Property("prop_maxDeposit", the_largest_order_is_the_same_for_all),
    Property("prop_maxMint", the_largest_grant_is_the_same_for_all),
    Property("prop_maxWithdraw", the_largest_payout_is_that_of_all_points, least_units=1),
    Property("prop_maxRedeem", all_that_is_held_can_be_sold_and_no_more),
    Property("prop_previewDeposit", an_order_grants_what_was_quoted),
    Property("prop_previewMint", wanted_points_cost_no_more_than_quoted),
    Property("prop_previewWithdraw", wanted_money_burns_no_more_than_quoted, least_units=1),
    Property("prop_previewRedeem", a_sale_pays_what_was_quoted, least_units=1),
    Property("prop_deposit", an_order_moves_pool_points_and_nothing_else),
    Property("prop_mint", a_grant_moves_pool_points_and_nothing_else),
    Property("prop_withdraw prop_redeem", a_sale_moves_pool_points_and_nothing_else, least_units=1),
    Property("prop_RT_deposit_redeem", buying_then_selling_pays_no_more_than_was_put_in),
    Property(
        "prop_RT_deposit_withdraw", taking_out_what_was_put_in_costs_at_least_the_points_granted
    ),
    Property("prop_RT_redeem_deposit", selling_then_putting_back_gives_fewer_points, least_units=2),
    Property(
        "prop_RT_redeem_mint", buying_back_what_was_sold_costs_at_least_the_payout, least_units=2
    ),
    Property("prop_RT_mint_withdraw", taking_out_the_price_of_points_costs_at_least_these_points),
    Property("prop_RT_mint_redeem", selling_wanted_points_pays_no_more_than_they_cost),
    Property(
        "prop_RT_withdraw_mint", points_burnt_for_money_cost_at_least_that_money, least_units=2
    ),
    Property("prop_RT_withdraw_deposit", money_taken_out_buys_back_no_more_points, least_units=2),
    Property("checkNoFreeProfit", no_round_trip_makes_a_member_richer, least_units=2),
    # crytic/properties
    Property(ids(1, 2), price_and_pool_can_always_be_asked),
    Property(ids(3, 4, 37), conversions_never_fail),
    Property(ids(5), the_largest_order_is_the_same_for_all),
    Property(ids(6), the_largest_grant_is_the_same_for_all),
    Property(ids(7), all_that_is_held_can_be_sold_and_no_more),
    Property(ids(8), the_largest_payout_is_that_of_all_points, least_units=1),
    Property(ids(9, 10), None, NO_ALLOWANCE),
    Property(ids(11, 35, 12, 36), nobody_sells_the_points_of_another, least_units=1),
    Property(ids(13, 15, 19), nothing_for_no_money),
    Property(ids(14, 20), points_always_cost_money),
    Property(ids(16, 18, 22), nothing_for_no_points),
    Property(ids(17, 21), money_always_costs_points, least_units=1),
    Property(
        "convertRoundTrip convertRoundTrip2", converting_there_and_back_wins_nothing, least_units=1
    ),
    Property(ids(23), the_largest_order_is_the_same_for_all),
    Property(ids(24), the_largest_grant_is_the_same_for_all),
    Property(ids(25, 26, 27, 28), a_quote_depends_on_the_state_only),
    Property(ids(29), an_order_moves_pool_points_and_nothing_else),
    Property(ids(30), a_grant_moves_pool_points_and_nothing_else),
    Property(ids(31, 32), a_sale_moves_pool_points_and_nothing_else, least_units=1),
    Property(ids(33), the_first_member_cannot_inflate_the_price),
    Property(ids(34), points_are_finer_than_money),
]
TESTED = [
    pytest.param(x.test, state, id=f"{name}-{state}")
    for x in PROPERTIES
    for name in x.names.split()
    for state, economy in STATES.items()
    if x.test and economy.outstanding_units >= x.least_units
]


@pytest.mark.parametrize(("test", "state"), TESTED)
def test_property(test, state):
    test(deepcopy(STATES[state]))


def test_the_table_names_every_property_of_both_suites_once():
    names = [name for entry in PROPERTIES for name in entry.names.split()]
    assert len(names) == len(set(names))
    assert sum(name.startswith("prop_") for name in names) == 24
    assert {name for name in names if name.startswith("ERC4626-")} == {
        f"ERC4626-{number:03}" for number in range(1, 38)
    }
    assert all(entry.reason for entry in PROPERTIES if entry.test is None)
