"""Attacks on the tree, the agents, the dividend and the rules."""

from tests.reliability.catalogue.row import (
    BONUSES,
    ECONOMY,
    GUARANTEES,
    INTAKE,
    MEMBERS,
    Row,
    guard,
)

ROWS: tuple[Row, ...] = (
    Row(
        "A19",
        "A circle in the referral tree, or oneself as sponsor; no tree pays more than an order's "
        "budget.",
        (
            guard(
                f"{MEMBERS}/tree.py",
                "if not invited_nobody and _stands_below(sponsor.pk, member.pk):",
                "if False:",
                "members/test_tree.py::test_a_cycle_of_any_length_is_refused",
            ),
            guard(
                f"{MEMBERS}/tree.py",
                "if member.pk == sponsor.pk:",
                "if False:",
                "members/test_tree.py::test_nobody_invites_themselves",
            ),
            guard(
                f"{MEMBERS}/tree.py",
                "    TreeLock.objects.select_for_update().get(pk=1)\n",
                "",
                "members/test_tree.py::test_fifty_writers_at_once_never_close_a_cycle",
                postgres=True,
            ),
            guard(
                "core/distribution/budget.py",
                "paid.append(line._replace(amount_fen=left_fen))",
                "paid.append(line)",
                "distribution/test_properties.py::test_lines_dividend_and_rest_are_the_budget",
            ),
            guard(
                f"{BONUSES}/guards.py",
                '"(SELECT lines_fen FROM bonuses_orderbonus WHERE id = NEW.order_id) "',
                '"9000000000000000 "',
                "bonuses/test_order_life.py"
                "::test_the_database_refuses_lines_above_what_the_order_gives",
            ),
        ),
    ),
    Row(
        "A20",
        "Equal ranks on one path, and a promotion between order and refund: differences add up to "
        "the top rate, and a refund takes back from those who were paid.",
        (
            guard(
                "core/distribution/rank_difference.py",
                "taken = reached",
                "taken = 0",
                "distribution/test_properties.py"
                "::test_differences_telescope_to_the_highest_rate_of_the_upline",
            ),
            guard(
                f"{BONUSES}/guards.py",
                '"CREATE TRIGGER bonuses_line_facts BEFORE UPDATE ON bonuses_bonusline "\n'
                '    "BEGIN',
                '"CREATE TRIGGER bonuses_line_facts BEFORE UPDATE ON bonuses_bonusline "\n'
                '    "WHEN 1 = 0 BEGIN',
                "bonuses/test_order_life.py"
                "::test_the_database_refuses_lines_above_what_the_order_gives",
            ),
        ),
    ),
    Row(
        "A21",
        "Agents of one region at one time: there is one, also when two are approved at once.",
        (
            guard(
                f"{MEMBERS}/guards.py",
                'Exclusive("members_regionagent", "region", "int4"),',
                "",
                "members/test_standing.py::test_one_agent_of_a_region_and_period",
            ),
            guard(
                "core/distribution/area_agent.py",
                "agent == buyer or ",
                "",
                "distribution/test_properties.py"
                "::test_nobody_is_paid_on_the_own_order_or_twice_for_one_kind",
            ),
        ),
    ),
    Row(
        "A22",
        "Shares that move around the record date, and a dividend paid twice.",
        (
            guard(
                f"{BONUSES}/dividends.py",
                "if DividendRun.objects.filter(period=period).exists():",
                "if False:",
                "bonuses/test_dividends.py::test_one_run_per_period",
            ),
            guard(
                f"{BONUSES}/dividends.py",
                "holders = holders_at(record_at)",
                "holders = holders_at(clock.now())",
                "bonuses/test_dividends.py::test_the_list_is_frozen_at_the_end_of_the_period",
            ),
        ),
    ),
    Row(
        "A23",
        "Points for members of an earlier system without money behind them.",
        (
            guard(
                f"{ECONOMY}/funding.py",
                "return economy.take_in(event_id, member, amount_fen, amount_fen, ",
                "return economy.take_in(event_id, member, amount_fen, Fen(0), ",
                GUARANTEES,
            ),
            guard(
                f"{INTAKE}/conditions.py",
                "if held_fen < command.amount:",
                "if False:",
                "findings/test_m06.py::test_no_fund_pays_what_it_does_not_hold",
            ),
        ),
    ),
    Row(
        "A24",
        "Dust: what rounding leaves is bounded by one unit a step, stays in the pool, and parts "
        "sum to the whole.",
        (
            guard(
                "core/rounding.py",
                "return [*parts, total - sum(parts)]",
                "return [*parts, total * weights[-1] // whole]",
                "economy/test_broken_cores.py::test_the_unbroken_core_passes[model]",
            ),
            guard(
                "core/rounding.py",
                "for i in by_remainder[:left]:",
                "for i in by_remainder[:0]:",
                "distribution/test_properties.py::test_dividends_sum_exactly_and_are_within_a_fen",
            ),
        ),
    ),
    Row(
        "A25",
        "A rule changed in mid-flight, or points by a hand: an order keeps the split and the plan "
        "of its payment, and plans need two people.",
        (
            guard(
                "mall/orders/money.py",
                "split = pin_split(order)",
                "split = rules_of(order.pool).split",
                "mall/test_order_life.py::test_an_order_settles_by_the_split_of_its_payment",
            ),
            guard(
                f"{BONUSES}/plans.py",
                "if plan.created_by_id == approval.decided_by_id:",
                "if False:",
                "bonuses/test_plans.py::test_the_maker_cannot_approve",
            ),
        ),
    ),
)
