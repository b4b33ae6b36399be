"""Money, points and entries: where they come from, and that nobody changes them unseen."""

from tests.reliability.catalogue.row import (
    ECONOMY,
    GUARANTEES,
    LEDGER,
    NAMED,
    NEVER_CHANGED,
    WALLET,
    Row,
    guard,
)

ROWS: tuple[Row, ...] = (
    Row(
        "P1",
        "A run is decided by its seed and the commit: done again, it goes the same way, faults "
        "included.",
        open="the streams of the economy, the kernel and the bonuses come from named seeds, but "
        "there is no simulator that drives the services themselves (clock, provider, queue) from "
        "one seed",
    ),
    Row(
        "P2",
        "A second, independent model predicts every answer of the core, and the verifier derives "
        "every row of a settlement again.",
        (
            guard(
                f"{ECONOMY}/refund.py",
                "set_off_fen = Fen(part(lot.paid_fen))",
                "set_off_fen = Fen(0)",
                "economy/test_replay_against_oracle.py::test_random_streams_under_random_rules",
            ),
            guard(
                "core/distribution/rank_difference.py",
                "share(Ppm(rates_ppm[reached] - rates_ppm[taken]), base_fen)",
                "share(Ppm(rates_ppm[reached]), base_fen)",
                "distribution/test_against_oracle.py::test_random_trees_and_plans_line_by_line",
            ),
            guard(
                "verify/pools.py",
                'yield from _compare_batch(pool.pk, rows, int(packed.header["first"]), engine)',
                "pass",
                f"{NAMED}[event, number]",
            ),
        ),
    ),
    Row(
        "P3",
        "Money and points are neither created nor destroyed: every entry sums to zero per unit, "
        "the database refuses any other, and the verifier adds everything up again.",
        (
            guard(
                f"{LEDGER}/guards.py",
                "NEW.leg_count OR sum(amount) <> 0 ",
                "NEW.leg_count ",
                "records/test_guards.py::test_an_entry_that_does_not_sum_to_zero_is_refused",
            ),
            guard(
                f"{LEDGER}/guards.py",
                "OR total(CASE unit WHEN 1 THEN amount END) <> 0 ",
                "",
                "records/test_guards.py::test_an_entry_that_does_not_sum_to_zero_is_refused",
            ),
            guard(
                f"{LEDGER}/journal.py",
                "if any(sums.values()):",
                "if False:",
                "records/test_guards.py"
                "::test_an_unbalanced_entry_is_refused_before_it_reaches_the_database",
            ),
            guard(
                f"{LEDGER}/guards.py",
                "GROUP BY unit HAVING sum(amount) <> 0",
                "GROUP BY unit HAVING 1 = 0",
                "ledger/test_seal.py::test_nets_of_a_batch_sum_to_zero_or_the_batch_is_refused",
            ),
        ),
    ),
    Row(
        "P4",
        "What is refused changes nothing: no event, no balance, no row.",
        (
            guard(
                f"{WALLET}/withdraw.py",
                "if shown.net_fen < minimum_net_fen:",
                "if False:",
                "wallet/test_withdraw.py::test_when_less_would_arrive_than_was_shown_nothing_moves",
            ),
            guard(
                f"{ECONOMY}/refund.py",
                "if amount_fen is not None and amount_fen > left_fen:",
                "if False:",
                "economy/test_replay_against_oracle.py::test_random_streams_under_random_rules",
            ),
        ),
    ),
    Row(
        "P5",
        "The price of a point never falls, whatever happens in the pool.",
        (
            guard(
                f"{ECONOMY}/refund.py",
                "from_pool_fen = Fen(min(due_fen, economy.value_fen(burnt_units)))",
                "from_pool_fen = Fen(min(due_fen, economy.pool_fen))",
                GUARANTEES,
            ),
            guard(
                f"{ECONOMY}/sale.py",
                "PPM - retention_ppm, whole, Rounding.DOWN",
                "PPM + retention_ppm, whole, Rounding.DOWN",
                GUARANTEES,
            ),
        ),
    ),
    Row(
        "P6",
        "Open lots sum to the points in circulation, a pool's accounts to its money, members' "
        "purses to what their entries say; the verifier names what does not.",
        (
            guard(
                "verify/commands.py",
                "    Kind.UNALLOCATED_DISTRIBUTION,\n    Kind.DIVIDEND_POOL",
                "    Kind.DIVIDEND_POOL",
                "bonuses/test_moved_rest.py::test_a_rest_below_zero_is_named",
            ),
            guard(
                "verify/books.py",
                "GROUP BY member HAVING sum(lots) <> sum(legs) ORDER BY member",
                "GROUP BY member HAVING 1 = 0 ORDER BY member",
                "reliability/test_sums.py::test_a_lot_with_other_points_than_the_journal_is_found",
            ),
            guard(
                "verify/checks.py",
                'Check("purses", ("ledger_purse",), _plain(books.balances), fast=True),',
                "",
                f"{NAMED}[balance]",
            ),
            guard(
                f"{LEDGER}/purses.py",
                "+= sign * amount",
                "+= amount",
                "wallet/test_set_off_by_payouts.py::test_the_books_still_hold",
            ),
        ),
    ),
    Row(
        "P7",
        "Entries are never changed and never deleted; a mistake is corrected by a further entry "
        "that names the first.",
        (
            guard(
                "records/store/append_only.py",
                'for verb in ("UPDATE", "DELETE")',
                'for verb in ("DELETE",)',
                f"{NEVER_CHANGED}[ledger_leg]",
            ),
            guard(
                "records/store/append_only.py",
                'for verb in ("UPDATE", "DELETE")',
                'for verb in ("UPDATE",)',
                f"{NEVER_CHANGED}[ledger_transaction]",
            ),
            guard(
                f"{LEDGER}/guards.py",
                '"WHEN EXISTS (SELECT 1 FROM ledger_transaction WHERE id = NEW.transaction_id) "',
                '"WHEN 1 = 0 "',
                "records/test_guards.py::test_legs_cannot_be_added_to_an_entry_afterwards",
            ),
            guard(
                f"{LEDGER}/journal.py",
                "kept = entry.version, entry.corrects",
                "kept = entry.version, None",
                "records/test_guards.py::test_a_correction_names_the_entry_it_corrects",
            ),
        ),
    ),
    Row(
        "P8",
        "A change behind the database's back is visible: sealed batches are chained, their heads "
        "signed, and the verifier names the row.",
        (
            guard(
                "verify/checks.py",
                'Check("chains of sealed batches", (BATCH,), _plain(seals.chains), fast=True),',
                "",
                "records/test_verify.py::test_fast_finds_what_breaks_a_sum_or_the_chain",
            ),
        ),
    ),
)
