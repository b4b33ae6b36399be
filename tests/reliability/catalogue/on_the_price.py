"""Attacks on the price of a point."""

from tests.reliability.catalogue.row import (
    ECONOMY,
    INTAKE,
    SETTLEMENT,
    Row,
    guard,
)

ROWS: tuple[Row, ...] = (
    Row(
        "A1",
        "The very first order: nothing is in circulation, so the price is the opening price of the "
        "rules.",
        (
            guard(
                f"{ECONOMY}/opening_price.py",
                "UNITS_PER_POINT, opening_price_fen, Rounding.DOWN",
                "UNITS_PER_POINT, 100, Rounding.DOWN",
                "economy/test_edges_of_input.py::test_an_opening_price_is_any_decimal_and_exact",
            ),
        ),
    ),
    Row(
        "A2",
        "Everybody has sold and the retention is left: the next order would take it for one yuan.",
        (
            guard(
                f"{ECONOMY}/empty_pool.py",
                "if economy.outstanding_units or not economy.pool_fen:",
                "if True:",
                "economy/test_spec_numbers.py::test_an_empty_pool_gives_the_next_buyer_nothing",
            ),
        ),
    ),
    Row(
        "A3",
        "Inflation by dust: all but one unit is sold, so that later orders round to no points.",
        (
            guard(
                f"{ECONOMY}/forced_exit.py",
                "while economy.outstanding_units and not economy.nothing_due():",
                "while False:",
                "economy/test_vault_properties.py::test_property",
            ),
        ),
    ),
    Row(
        "A4",
        "Tiny orders: what is granted is rounded down, and the parts sum to what was paid.",
        (
            guard(
                "core/rounding.py",
                "mul_div(rate_ppm, base, PPM, Rounding.DOWN)",
                "mul_div(rate_ppm, base, PPM, Rounding.HALF_UP)",
                "economy/test_replay_against_oracle.py::test_random_streams_under_random_rules",
            ),
            guard(
                f"{ECONOMY}/settle_order.py",
                "mul_div(contribution_fen, reward_ppm, PPM, Rounding.DOWN)",
                "mul_div(contribution_fen, reward_ppm, PPM, Rounding.HALF_UP)",
                "economy/test_replay_against_oracle.py::test_random_streams_under_random_rules",
            ),
        ),
        open="there is no smallest order: of 3 fen all 3 go into the pool, as the parts that are "
        "rounded down leave the rest to it",
    ),
    Row(
        "A5",
        "An order split into many, each of a yuan at least, gets no more points than the whole.",
        (
            guard(
                f"{ECONOMY}/settle_order.py",
                "points_units = economy.points_for(reward_fen)",
                "points_units = economy.points_for(reward_fen) + 1",
                "reliability/test_splitting.py::test_an_order_in_parts_gets_no_more_points",
            ),
        ),
    ),
    Row(
        "A6",
        "A sale split into many escapes part of the retention: a member sells a share of the "
        "circulation a day.",
        (
            guard(
                f"{INTAKE}/conditions.py",
                "return max(0, limit_units - (sold or 0))",
                "return limit_units",
                "mall/test_brakes.py::test_a_member_sells_a_day_at_most_the_share_of_the_rules",
            ),
        ),
    ),
    Row(
        "A7",
        "A run on the pool: in any order of sales the pool never goes below nothing, and whoever "
        "waits is paid no less per point.",
        (
            guard(
                f"{ECONOMY}/sale.py",
                "PPM - retention_ppm, whole, Rounding.DOWN",
                "PPM + retention_ppm, whole, Rounding.DOWN",
                "reliability/test_splitting.py::test_in_a_run_each_seller_is_paid_no_less",
            ),
        ),
    ),
    Row(
        "A8",
        "Bought before money is put into the pool and sold after it.",
        (
            guard(
                f"{SETTLEMENT}/holdings.py",
                "takewhile(lambda lot: unlocked_at(lot) <= at, lots)",
                "takewhile(lambda lot: True, lots)",
                "mall/test_order_life.py::test_locked_points_are_held_but_not_sold",
            ),
        ),
        open="points can be locked for days after settlement; money put into the pool is not "
        "released little by little, and no cap on one release is enforced",
    ),
    Row(
        "A9",
        "A merchant buys from itself while a subsidy pays part of the price.",
        open="orders are not subsidised and there are no merchants yet",
    ),
    Row(
        "A10",
        "Buying from oneself through one's own downline: nobody is paid on an own order, and the "
        "check of the rules says from which resale price it pays.",
        (
            guard(
                "core/disclosure/triggers.py",
                "if case.self_purchase < 1:",
                "if True:",
                "distribution/test_check.py"
                "::test_buying_from_oneself_pays_above_a_resale_of_53_2_percent",
            ),
        ),
    ),
)
