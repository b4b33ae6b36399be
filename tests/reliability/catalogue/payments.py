"""Money that comes and goes through providers."""

from tests.reliability.catalogue.row import (
    CALLBACKS,
    LEDGER,
    PAYMENTS,
    Row,
    guard,
)

ROWS: tuple[Row, ...] = (
    Row(
        "P18",
        "A callback is authentic, fresh, fitting and counts once.",
        (
            guard(
                f"{PAYMENTS}/demo_gateway.py",
                "return hmac.compare_digest(sign(body).encode(), sent)",
                "return True",
                CALLBACKS,
            ),
            guard(
                f"{PAYMENTS}/demo_gateway.py",
                "if abs(received_at.timestamp() - sent_at) > FRESH_SECONDS:",
                "if False:",
                CALLBACKS,
            ),
            guard(f"{PAYMENTS}/demo_gateway.py", 'if currency != "CNY":', "if False:", CALLBACKS),
            guard(
                "mall/orders/money.py",
                "if amount_fen == order.total_fen:",
                "if True:",
                "findings/test_m04.py::test_money_that_pays_nothing_waits_in_suspense",
            ),
        ),
    ),
    Row(
        "P19",
        "In whatever order paid, paid again, refunded and closed are reported, the end is one "
        "state or a named refusal.",
        (
            guard(
                "mall/orders/states.py",
                "PaymentAxis.CLOSED: (PaymentAxis.AWAITING,),",
                "PaymentAxis.CLOSED: (PaymentAxis.AWAITING, PaymentAxis.PAID),",
                "mall/test_states.py::test_every_act_from_every_state_goes_along_an_edge",
            ),
        ),
    ),
    Row(
        "P20",
        "Pending money cannot be spent and is in no price; each hold ends once.",
        (
            guard(
                "mall/orders/money.py",
                "delivery=DeliveryAxis.RECEIVED, received_at__lte=closed",
                "delivery=DeliveryAxis.RECEIVED",
                "mall/test_order_life.py"
                "::test_it_settles_when_the_window_after_receipt_has_closed_and_not_before",
            ),
            guard(
                f"{LEDGER}/holds.py",
                "starts = [int(state) for state in EDGES[kind][to]]",
                "starts = [int(state) for state in HoldState]",
                "ledger/test_holds.py::test_only_what_stands_at_the_start_of_the_edge_moves",
            ),
        ),
    ),
    Row(
        "P21",
        "Reconciliation finds every difference between our records and a provider's.",
        open="a bank's result file is compared line by line, but no statement of a payment "
        "provider is read and compared",
    ),
    Row(
        "P22",
        "What the books call the pool's money is on the bank account set apart for it.",
        open="the ledger and the pools are held against each other; the balance of a bank account "
        "is not read, and withdrawals do not wait for it",
    ),
)
