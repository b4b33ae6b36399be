"""Attacks by refunds, parts, caps and the queue."""

from tests.reliability.catalogue.row import (
    ECONOMY,
    GUARANTEES,
    INTAKE,
    Row,
    guard,
)

ROWS: tuple[Row, ...] = (
    Row(
        "A11",
        "Pump, sell, refund: a large order lifts the price, others sell, the order is refunded.",
        (
            guard(
                "mall/orders/money.py",
                "if settings.REFUND_WINDOW_DAYS == 0 and order.payment == PaymentAxis.PAID:",
                "if order.payment == PaymentAxis.PAID:",
                "mall/test_order_life.py::test_pump_sell_refund_moves_no_price",
            ),
        ),
    ),
    Row(
        "A12",
        "A refund of a settled order takes no more out of the pool than its points are worth; the "
        "refund reserve bears the rest.",
        (
            guard(
                f"{ECONOMY}/refund.py",
                "from_pool_fen = Fen(min(due_fen, economy.value_fen(burnt_units)))",
                "from_pool_fen = Fen(min(due_fen, economy.pool_fen))",
                GUARANTEES,
            ),
        ),
    ),
    Row(
        "A13",
        "Points are clawed back by the count of the lot, never by what they are worth now.",
        (
            guard(
                f"{ECONOMY}/refund.py",
                "burnt_units = PointUnits(min(burnt_units, part(lot.granted_units)))",
                "burnt_units = PointUnits(min(burnt_units, "
                "economy.points_for(Fen(part(lot.contribution_fen)))))",
                "economy/test_replay_against_oracle.py::test_random_streams_under_random_rules",
            ),
        ),
    ),
    Row(
        "A14",
        "Refunded after the points were sold: what the lot paid out does not go back to the buyer.",
        (
            guard(
                f"{ECONOMY}/refund.py",
                "set_off_fen = Fen(part(lot.paid_fen))",
                "set_off_fen = Fen(0)",
                "findings/test_m07.py::test_what_the_lot_had_paid_out_does_not_go_back_to_the_buyer",
            ),
            guard(
                f"{INTAKE}/owner.py",
                "bring_back(lot, amount, name, command.happened_at)",
                "pass",
                "bonuses/test_moved_rest.py::test_a_refund_after_the_rest_was_moved",
            ),
        ),
    ),
    Row(
        "A15",
        "Refunds of parts sum to the whole, to the fen and to the unit.",
        (
            guard(
                f"{ECONOMY}/refund.py",
                "return now - mul_div(amount, before_fen, spend_fen, Rounding.DOWN)",
                "return mul_div(amount, refunded_fen - before_fen, spend_fen, Rounding.DOWN)",
                "economy/test_replay_against_oracle.py::test_random_streams_under_random_rules",
            ),
        ),
    ),
    Row(
        "A16",
        "Lots that reach their multiple together leave by exit price, then by sequence, whatever "
        "the batches are.",
        (
            guard(
                f"{ECONOMY}/pool.py",
                "return mul_div(spend_fen, 1 << KEY_SHIFT, granted_units, Rounding.DOWN)",
                "return 0",
                "economy/test_broken_cores.py::test_the_unbroken_core_passes[model]",
            ),
        ),
    ),
    Row(
        "A17",
        "Dodging the cap of a lot: each lot is paid at most its multiple, whatever else its member "
        "buys or sells.",
        (
            guard(
                f"{ECONOMY}/forced_exit.py",
                "payout_fen = Fen(min(at_price_fen, at_multiple_fen))",
                "payout_fen = at_price_fen",
                "economy/test_spec_numbers.py::test_lot_1_exits_at_order_2965_and_is_paid_2400",
            ),
        ),
    ),
    Row(
        "A18",
        "Jumping the queue: orders settle in the order of the database, and a sale below its "
        "quoted payout does not happen.",
        (
            guard(
                f"{INTAKE}/conditions.py",
                "if quote.payout_fen < command.minimum_payout_fen:",
                "if False:",
                "web/test_bad_input.py::test_below_the_quoted_payout_nothing_is_sold",
            ),
            guard(
                "mall/orders/money.py",
                'filter(due).order_by("received_at", "id")',
                'filter(due).order_by("-received_at", "-id")',
                "records/test_settler.py::test_oldest_orders_settle_first",
            ),
        ),
    ),
)
