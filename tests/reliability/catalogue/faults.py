"""The same thing asked for twice, at once, or in the moment in which a process dies."""

from tests.reliability.catalogue.row import (
    APPROVALS,
    LEDGER,
    MEMBERS,
    PAYMENTS,
    SETTLEMENT,
    WALLET,
    Row,
    guard,
)

ROWS: tuple[Row, ...] = (
    Row(
        "P9",
        "The same request acts once and answers the same; under the same name with other content "
        "it is refused.",
        (
            guard(
                f"{SETTLEMENT}/many.py",
                "same = stored_content(stored[event_id]) == events.content(row)",
                "same = True",
                "records/test_settlement.py"
                "::test_an_id_with_other_content_is_refused_and_nothing_of_it_is_stored",
            ),
            guard(
                "mall/orders/placing.py",
                "if said != delivery or lines != [(product_pk, quantity)]:",
                "if False:",
                "findings/test_m11.py::test_other_content_is_refused",
            ),
            guard(
                f"{WALLET}/withdraw.py",
                "if (made.amount_fen, made.payee_id) != (amount_fen, payee_id):",
                "if False:",
                "findings/test_m11_wallet.py::test_another_amount_or_account_is_refused",
            ),
            guard(
                f"{PAYMENTS}/service.py",
                "same = said == (arrival.reference, arrival.subject, arrival.amount_fen)",
                "same = True",
                "findings/test_m04.py::test_a_provider_that_contradicts_itself_is_refused_and_kept",
            ),
        ),
    ),
    Row(
        "P10",
        "What was left half done is finished: a callback that could not be handled waits and is "
        "handled again, a payment to somebody without an answer is asked for again and made once.",
        (
            guard(
                f"{PAYMENTS}/service.py",
                'waiting = Callback.objects.filter(outcome="").order_by("pk")',
                "waiting = Callback.objects.none()",
                "findings/test_t05.py::test_a_callback_whose_handler_fails_waits_and_is_handled_again",
            ),
            guard(
                f"{WALLET}/payout.py",
                "if result.answer is Answer.ABSENT:",
                "if False:",
                "wallet/test_payouts.py::test_without_an_answer_it_stays_paying_and_is_paid_once",
            ),
        ),
    ),
    Row(
        "P11",
        "A payment to many that dies half way pays nobody, and everybody once when it is done "
        "again.",
        (
            guard(
                f"{APPROVALS}/service.py",
                "with transaction.atomic():\n        row = _locked(pk)\n"
                "        act = act_of(row.act)\n        session = must_be_present(by)",
                "if True:\n        row = _locked(pk)\n"
                "        act = act_of(row.act)\n        session = must_be_present(by)",
                "bonuses/test_dividends.py"
                "::test_a_payment_that_dies_pays_nobody_and_pays_all_when_done_again",
            ),
        ),
    ),
    Row(
        "P12",
        "Of many that ask for the same at once, as many succeed as may.",
        (
            guard(
                f"{SETTLEMENT}/lease.py",
                '"WHERE settlement_lease.holder = excluded.holder "',
                '"WHERE 1 = 1 "',
                "records/test_settler.py::test_of_twenty_settlers_one_takes_the_lease",
            ),
            guard(
                f"{MEMBERS}/guards.py",
                'Exclusive("members_regionagent", "region", "int4"),',
                "",
                "members/test_standing.py::test_one_agent_of_a_region_and_period",
            ),
            guard(
                f"{LEDGER}/holds.py",
                "rows = Place.objects.filter(kind=kind, cause__in=part, state__in=starts)",
                "rows = Place.objects.filter(kind=kind, cause__in=part)",
                "ledger/test_holds.py::test_only_what_stands_at_the_start_of_the_edge_moves",
            ),
        ),
    ),
    Row(
        "P13",
        "No two transactions wait for each other: rows are locked in one order.",
        (
            guard(
                f"{LEDGER}/purses.py",
                "wanted = sorted(set(members))\n    with connection.cursor() as cursor:",
                "wanted = list(members)\n    with connection.cursor() as cursor:",
                "reliability/test_locks.py::test_purses_are_locked_in_one_order",
            ),
        ),
    ),
    Row(
        "P14",
        "Under faults too, the history of answers is that of some order of the requests, one "
        "after the other.",
        open="races and crashes are tested by their outcome and the fold of every pool is "
        "verified, but no history of (asked, answered, unknown) is recorded and judged",
    ),
    Row(
        "P15",
        "What was acknowledged is there after the process or the machine has died.",
        (
            guard(
                "site/database.py",
                "PRAGMA synchronous=FULL;",
                "PRAGMA synchronous=OFF;",
                "reliability/test_durable.py"
                "::test_each_commit_is_on_the_disk_before_it_is_acknowledged",
            ),
            guard(
                "site/fit.py",
                'if said == "off"',
                'if said == "no"',
                "reliability/test_durable.py"
                "::test_a_postgresql_that_does_not_write_through_serves_nobody",
            ),
        ),
    ),
    Row(
        "P16",
        "A full disk, or a database that is gone, is a refusal and no damage; it ends by itself.",
        (
            guard(
                "doors/storefront/views/pages.py",
                "if is_away(sys.exception()):",
                "if False:",
                "reliability/test_loss.py::test_a_full_disk_is_a_refusal_and_no_damage",
            ),
            guard(
                "records/store/away.py",
                "if isinstance(error, (OperationalError, InterfaceError)) and not "
                "_is_a_defect(error):",
                "if isinstance(error, InterfaceError) and not _is_a_defect(error):",
                "web/test_away.py::test_a_form_is_refused_and_changes_nothing",
            ),
            guard(
                "site/database.py",
                '"CONN_HEALTH_CHECKS": True,',
                '"CONN_HEALTH_CHECKS": False,',
                "web/test_away.py::test_a_connection_is_checked_before_it_is_used_again",
            ),
        ),
    ),
    Row(
        "P17",
        "A clock that jumps does not reorder money: settlement goes by the sequence of the "
        "database, and what is locked, cooling or stale stays so.",
        (
            guard(
                f"{SETTLEMENT}/sealed.py",
                '"first": first,',
                '"first": recorded_us // 10**6,',
                "reliability/test_clock.py::test_the_sequence_goes_on_however_the_clock_jumps",
            ),
            guard(
                f"{SETTLEMENT}/holdings.py",
                "takewhile(lambda lot: unlocked_at(lot) <= at, lots)",
                "takewhile(lambda lot: True, lots)",
                "reliability/test_clock.py::test_points_stay_locked_while_the_clock_jumps_back",
            ),
            guard(
                "records/control/cooling.py",
                "return at < usable_from",
                "return usable_from - timedelta(hours=72) <= at < usable_from",
                "reliability/test_clock.py"
                "::test_an_account_goes_on_cooling_while_the_clock_jumps_back",
            ),
            guard(
                f"{PAYMENTS}/demo_gateway.py",
                "if abs(received_at.timestamp() - sent_at) > FRESH_SECONDS:",
                "if received_at.timestamp() - sent_at > FRESH_SECONDS:",
                "reliability/test_clock.py::test_a_callback_from_before_or_after_the_jump_is_stale",
            ),
        ),
    ),
)
