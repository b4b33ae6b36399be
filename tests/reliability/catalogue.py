"""What a trusted system of this kind promises, and what is tried against it: one list.

Each row names the guards that keep it, and for each guard a test that fails once it is removed;
``make guards`` removes them one by one. A row that is not wholly covered says what is missing.
``docs/reliability.md`` is produced from here.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Guard:
    """A text of the package that keeps a promise, the text with which it is kept no longer, and a
    test that then fails."""

    file: str
    """Under ``src/zengzhi``."""
    old: str
    new: str
    test: str
    postgres: bool = False
    """The guard is PostgreSQL's: on SQLite there is one writer at a time."""


@dataclass(frozen=True, slots=True)
class Row:
    """A property or an attack."""

    name: str
    """P1… or A1…"""
    text: str
    guards: tuple[Guard, ...] = ()
    open: str = ""
    """What is missing; "": nothing."""


def _g(file: str, old: str, new: str, test: str, *, postgres: bool = False) -> Guard:
    return Guard(file, old, new, f"tests/{test}", postgres)


SETTLEMENT, LEDGER, INTAKE = "records/settlement", "records/ledger", "records/intake"
WALLET, BONUSES, MEMBERS = "records/wallet", "records/bonuses", "records/members"
PAYMENTS = "payments"
SIGNIN = "doors/shared/signin"
APPROVALS = "records/control/approvals"
ECONOMY = "core/economy"
NEVER_CHANGED = "records/test_guards.py::test_what_is_written_is_never_changed_and_never_deleted"
NAMED = "records/test_verify.py::test_a_change_of_one_old_row_is_named"
CALLBACKS = "web/test_bad_input.py::test_callbacks_are_authentic_fresh_fitting_and_single"
GUARANTEES = "economy/test_broken_cores.py::test_the_unbroken_core_passes[guarantees]"

PROPERTIES: tuple[Row, ...] = (
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
            _g(
                f"{ECONOMY}/refund.py",
                "set_off_fen = Fen(part(lot.paid_fen))",
                "set_off_fen = Fen(0)",
                "economy/test_replay_against_oracle.py::test_random_streams_under_random_rules",
            ),
            _g(
                "core/distribution/rank_difference.py",
                "share(Ppm(rates_ppm[reached] - rates_ppm[taken]), base_fen)",
                "share(Ppm(rates_ppm[reached]), base_fen)",
                "distribution/test_against_oracle.py::test_random_trees_and_plans_line_by_line",
            ),
            _g(
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
            _g(
                f"{LEDGER}/guards.py",
                "NEW.leg_count OR sum(amount) <> 0 ",
                "NEW.leg_count ",
                "records/test_guards.py::test_an_entry_that_does_not_sum_to_zero_is_refused",
            ),
            _g(
                f"{LEDGER}/guards.py",
                "OR total(CASE unit WHEN 1 THEN amount END) <> 0 ",
                "",
                "records/test_guards.py::test_an_entry_that_does_not_sum_to_zero_is_refused",
            ),
            _g(
                f"{LEDGER}/journal.py",
                "if any(sums.values()):",
                "if False:",
                "records/test_guards.py"
                "::test_an_unbalanced_entry_is_refused_before_it_reaches_the_database",
            ),
            _g(
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
            _g(
                f"{WALLET}/withdraw.py",
                "if shown.net_fen < minimum_net_fen:",
                "if False:",
                "wallet/test_withdraw.py::test_when_less_would_arrive_than_was_shown_nothing_moves",
            ),
            _g(
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
            _g(
                f"{ECONOMY}/refund.py",
                "from_pool_fen = Fen(min(due_fen, economy.value_fen(burnt_units)))",
                "from_pool_fen = Fen(min(due_fen, economy.pool_fen))",
                GUARANTEES,
            ),
            _g(
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
            _g(
                "verify/books.py",
                "GROUP BY member HAVING sum(lots) <> sum(legs) ORDER BY member",
                "GROUP BY member HAVING 1 = 0 ORDER BY member",
                "reliability/test_sums.py::test_a_lot_with_other_points_than_the_journal_is_found",
            ),
            _g(
                "verify/checks.py",
                'Check("purses", ("ledger_purse",), _plain(books.balances), fast=True),',
                "",
                f"{NAMED}[balance]",
            ),
            _g(
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
            _g(
                "records/store/append_only.py",
                'for verb in ("UPDATE", "DELETE")',
                'for verb in ("DELETE",)',
                f"{NEVER_CHANGED}[ledger_leg]",
            ),
            _g(
                "records/store/append_only.py",
                'for verb in ("UPDATE", "DELETE")',
                'for verb in ("UPDATE",)',
                f"{NEVER_CHANGED}[ledger_transaction]",
            ),
            _g(
                f"{LEDGER}/guards.py",
                '"WHEN EXISTS (SELECT 1 FROM ledger_transaction WHERE id = NEW.transaction_id) "',
                '"WHEN 1 = 0 "',
                "records/test_guards.py::test_legs_cannot_be_added_to_an_entry_afterwards",
            ),
            _g(
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
            _g(
                "verify/checks.py",
                'Check("chains of sealed batches", (BATCH,), _plain(seals.chains), fast=True),',
                "",
                "records/test_verify.py::test_fast_finds_what_breaks_a_sum_or_the_chain",
            ),
        ),
    ),
    Row(
        "P9",
        "The same request acts once and answers the same; under the same name with other content "
        "it is refused.",
        (
            _g(
                f"{SETTLEMENT}/settle.py",
                "same = stored_content(stored[event_id]) == events.content(row)",
                "same = True",
                "records/test_settlement.py"
                "::test_an_id_with_other_content_is_refused_and_nothing_of_it_is_stored",
            ),
            _g(
                "mall/orders/placing.py",
                "if said != delivery or lines != [(product_pk, quantity)]:",
                "if False:",
                "findings/test_m11.py::test_other_content_is_refused",
            ),
            _g(
                f"{WALLET}/withdraw.py",
                "if (made.amount_fen, made.payee_id) != (amount_fen, payee_id):",
                "if False:",
                "findings/test_m11_wallet.py::test_another_amount_or_account_is_refused",
            ),
            _g(
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
            _g(
                f"{PAYMENTS}/service.py",
                'waiting = Callback.objects.filter(outcome="").order_by("pk")',
                "waiting = Callback.objects.none()",
                "findings/test_t05.py::test_a_callback_whose_handler_fails_waits_and_is_handled_again",
            ),
            _g(
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
            _g(
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
            _g(
                f"{SETTLEMENT}/lease.py",
                '"WHERE settlement_lease.holder = excluded.holder "',
                '"WHERE 1 = 1 "',
                "records/test_settler.py::test_of_twenty_settlers_one_takes_the_lease",
            ),
            _g(
                f"{MEMBERS}/guards.py",
                'Exclusive("members_regionagent", "region", "int4"),',
                "",
                "members/test_standing.py::test_of_fifty_approvals_at_once_one_wins",
            ),
            _g(
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
            _g(
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
        open="killing processes under load is tested (tests/records/test_kill.py); what a power "
        "cut leaves of the disk is not, so no guard (the databases' own settings) can be seen "
        "to fail",
    ),
    Row(
        "P16",
        "A full disk is a refusal and no damage.",
        open="no test fills the disk of a database while it writes",
    ),
    Row(
        "P17",
        "A clock that jumps does not reorder money: settlement goes by the sequence of the "
        "database.",
        (
            _g(
                f"{SETTLEMENT}/settle.py",
                '"first": first,',
                '"first": recorded_us // 10**6,',
                "reliability/test_clock.py::test_the_sequence_goes_on_however_the_clock_jumps",
            ),
        ),
        open="that locks of points, cooling periods and callbacks hold while the clock jumps back "
        "is not tested",
    ),
    Row(
        "P18",
        "A callback is authentic, fresh, fitting and counts once.",
        (
            _g(
                f"{PAYMENTS}/demo_gateway.py",
                "return hmac.compare_digest(sign(body).encode(), sent)",
                "return True",
                CALLBACKS,
            ),
            _g(
                f"{PAYMENTS}/demo_gateway.py",
                "if abs(received_at.timestamp() - sent_at) > FRESH_SECONDS:",
                "if False:",
                CALLBACKS,
            ),
            _g(f"{PAYMENTS}/demo_gateway.py", 'if currency != "CNY":', "if False:", CALLBACKS),
            _g(
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
            _g(
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
            _g(
                "mall/orders/settlement.py",
                "delivery=DeliveryAxis.RECEIVED, received_at__lte=closed",
                "delivery=DeliveryAxis.RECEIVED",
                "mall/test_order_life.py"
                "::test_it_settles_when_the_window_after_receipt_has_closed_and_not_before",
            ),
            _g(
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
    Row(
        "P23",
        "Nobody reaches what belongs to somebody else by its address.",
        (
            _g(
                "doors/storefront/views/orders.py",
                "get_object_or_404(rows, member__user=request.user)",
                "get_object_or_404(rows)",
                "reliability/test_strangers.py::test_what_belongs_to_another_does_not_exist",
            ),
            _g(
                "doors/storefront/views/points.py",
                "event_id=event_id, member=member, error",
                "event_id=event_id, error",
                "reliability/test_strangers.py::test_what_belongs_to_another_does_not_exist",
            ),
            _g(
                f"{WALLET}/payees.py",
                "filter(member=member, retired_at=None)",
                "filter(retired_at=None)",
                "reliability/test_strangers.py::test_what_belongs_to_another_does_not_exist",
            ),
            _g(
                "doors/backoffice/admin/agents.py",
                "if not self.has_view_permission(request):",
                "if False:",
                "reliability/test_strangers.py::test_staff_without_a_right_open_no_desk",
            ),
        ),
    ),
    Row(
        "P24",
        "A form changes the fields it shows and no other.",
        (
            _g(
                "doors/backoffice/desk.py",
                '        """Records are corrected by new records."""\n        return False',
                '        """Records are corrected by new records."""\n        return True',
                "backoffice/test_office.py::test_records_cannot_be_added_changed_or_deleted",
            ),
        ),
        open="no test sends every field of every model to every address that writes",
    ),
    Row(
        "P25",
        "Between a check and its act nobody else comes in.",
        (
            _g(
                f"{LEDGER}/migrations/0001_initial.py",
                "('available_fen__gte', 0), ",
                "",
                "records/test_guards.py::test_a_balance_is_never_taken_below_zero",
            ),
        ),
    ),
    Row(
        "P26",
        "An act is done wholly or not at all, at whichever statement the process dies.",
        (
            _g(
                f"{WALLET}/withdraw.py",
                "        with transaction.atomic():\n            lock_purses",
                "        if True:\n            lock_purses",
                "wallet/test_races_and_crashes.py"
                "::test_death_at_any_statement_leaves_everything_as_before[request]",
            ),
            _g(
                "mall/orders/placing.py",
                "        with transaction.atomic():\n            return _place(",
                "        if True:\n            return _place(",
                "records/test_crash.py::test_placing_an_order",
            ),
        ),
    ),
    Row(
        "P27",
        "Steps come in their order and none is left out: every edge of every state is taken or "
        "refused.",
        (
            _g(
                "mall/orders/states.py",
                "PaymentAxis.CLOSED: (PaymentAxis.AWAITING,),",
                "PaymentAxis.CLOSED: (PaymentAxis.AWAITING, PaymentAxis.PAID),",
                "mall/test_states.py::test_every_act_from_every_state_goes_along_an_edge",
            ),
            _g(
                f"{WALLET}/review.py",
                '"approve": (State.REQUESTED,),',
                '"approve": (State.REQUESTED, State.HELD),',
                "wallet/test_states.py::test_every_edge_is_taken_or_refused",
            ),
        ),
    ),
    Row(
        "P28",
        "Limits hold at the limit, one above it, in many small parts and at once.",
        (
            _g(
                f"{WALLET}/withdraw.py",
                "if used_fen + amount_fen > terms.daily_fen:",
                "if amount_fen > terms.daily_fen:",
                "wallet/test_withdraw.py::test_a_day_has_an_amount_and_a_number_of_times",
            ),
            _g(
                f"{WALLET}/withdraw.py",
                "if count >= terms.daily_count:",
                "if False:",
                "wallet/test_withdraw.py::test_a_day_has_an_amount_and_a_number_of_times",
            ),
            _g(
                f"{WALLET}/withdraw.py",
                "if amount_fen > terms.maximum_fen:",
                "if False:",
                "wallet/test_withdraw.py::test_the_maximum",
            ),
        ),
        open="a limit for everybody together (what all members withdraw a day) does not exist",
    ),
    Row(
        "P29",
        "What is worth much needs two people: terms, plans, ranks, shares, agents, dividends, "
        "prices, splits, refunds above a bound, large withdrawals.",
        (
            _g(
                f"{WALLET}/review.py",
                "if row.four_eyes and row.released_by_id == by.pk:",
                "if False:",
                "wallet/test_states.py"
                "::test_above_the_threshold_two_people_decide_and_the_approver_books_nothing",
            ),
            _g(
                f"{WALLET}/migrations/0001_initial.py",
                "models.Q(('four_eyes', False), ('approved_by', None), models.Q(",
                "models.Q(('four_eyes__in', [False, True]), ('approved_by', None), models.Q(",
                "wallet/test_states.py::test_the_database_refuses_one_person_too",
            ),
            _g(
                f"{BONUSES}/plans.py",
                "if plan.created_by_id == approval.decided_by_id:",
                "if False:",
                "bonuses/test_plans.py::test_the_maker_cannot_approve",
            ),
            _g(
                f"{BONUSES}/plans.py",
                "plan.acknowledged_by, plan.acknowledged_at, plan.acknowledged_why = "
                'None, None, ""',
                "pass",
                "bonuses/test_plans.py::test_an_edit_voids_what_was_found_and_signed",
            ),
            _g(
                "mall/after_sales/service.py",
                "if not _needs_two(after_sale, at):",
                "if True:",
                "findings/test_m12.py::test_above_the_cap_a_refund_waits_for_a_second_person",
            ),
            _g(
                f"{APPROVALS}/service.py",
                "if row.asked_by_id == by.pk or session == row.asked_in:",
                "if False:",
                "control/test_approvals.py::test_nobody_approves_what_they_asked_for",
            ),
            _g(
                f"{APPROVALS}/service.py",
                "if not session:\n        raise NotPresent",
                "if False:\n        raise NotPresent",
                "control/test_approvals.py::test_nobody_approves_what_they_asked_for",
            ),
            _g(
                f"{APPROVALS}/service.py",
                "        _still(row, act)\n        now = clock.now()\n",
                "        now = clock.now()\n",
                "control/test_approvals.py::test_what_changed_meanwhile_is_stale",
            ),
            _g(
                "records/control/guards.py",
                '("approval_steps", "UPDATE", _steps_badly())',
                '("approval_steps", "UPDATE", "1 = 0")',
                "control/test_approvals.py::test_the_database_refuses_one_person_and_other_steps",
            ),
            _g(
                "verify/approvals.py",
                "if not result.founding:",
                "if False:",
                "control/test_approvals.py::test_terms_that_nobody_approved_are_named",
            ),
            _g(
                "mall/prices.py",
                "return abs(fen - reference_fen) > bound_fen",
                "return False",
                "mall/test_prices.py::test_a_price_of_a_fen_needs_a_second_person",
            ),
        ),
        open="money put into a pool needs one person only; withdrawals have two people of their "
        "own table of edges, not of the one inbox",
    ),
    Row(
        "P30",
        "Whoever takes money out or decides on it has just given the password; a changed account "
        "cools down.",
        (
            _g(
                "doors/backoffice/admin/withdrawals.py",
                "        @reauthentication_required\n",
                "",
                "backoffice/test_withdrawal_desk.py"
                "::test_a_stale_sign_in_must_give_the_password_again",
            ),
            _g(
                "doors/storefront/views/wallet.py",
                "@reauthentication_required\n",
                "",
                "web/test_wallet_input.py::test_a_stale_sign_in_must_give_the_password_again",
            ),
            _g(
                "records/control/cooling.py",
                "return at < usable_from",
                "return False",
                "wallet/test_states.py::test_a_change_of_account_cools_down_and_is_checked_once",
            ),
            _g(
                f"{MEMBERS}/links.py",
                "until is not None and until > (at or clock.now())",
                "False",
                "signin/test_links.py::test_after_a_reset_nothing_is_approved_or_paid_out",
            ),
        ),
    ),
    Row(
        "P31",
        "Robots are slowed, and nobody is locked out by them.",
        (
            _g(
                f"{SIGNIN}/backend.py",
                "        limiter.take(*tries)\n",
                "",
                "signin/test_doors.py"
                "::test_sixty_addresses_guess_at_most_ten_times_in_fifteen_minutes[/office/login/]",
            ),
            _g(
                f"{SIGNIN}/backend.py",
                "if device and account is not None:",
                "if False:",
                "signin/test_doors.py"
                "::test_the_owner_gets_in_from_a_known_device_while_others_guess[/office/login/]",
            ),
            _g(
                f"{SIGNIN}/second_factor.py",
                "    limiter.take(*tries)\n    for factor",
                "    for factor",
                "signin/test_second_factor.py::test_codes_are_guessed_at_most_as_fast_as_passwords",
            ),
            _g(
                "doors/shared/requests.py",
                "            limiter.take(*tries)\n",
                "",
                "signin/test_doors.py::test_forms_that_write_are_slowed_by_address_and_by_account",
            ),
            _g(
                "doors/shared/requests.py",
                "limiter.refuse_if_spent(limiter.BAD_CALLBACK, here)",
                "pass",
                "signin/test_doors.py"
                "::test_refused_callbacks_slow_their_sender_and_right_ones_nobody",
            ),
        ),
    ),
    Row(
        "P32",
        "Forms carry a token against foreign pages, cookies are kept from scripts, no page is "
        "framed, runs inline code or is kept by the browser, and the office can have a host of its "
        "own.",
        (
            _g(
                "site/settings.py",
                '    "django.middleware.csrf.CsrfViewMiddleware",\n',
                "",
                "web/test_wallet_input.py::test_state_changes_need_post_and_the_csrf_token",
            ),
            _g(
                "site/settings.py",
                "SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True",
                "SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = False",
                "reliability/test_sessions.py::test_cookies_and_headers_of_a_page",
            ),
            _g(
                "site/settings.py",
                '    "django.middleware.clickjacking.XFrameOptionsMiddleware",\n',
                "",
                "reliability/test_sessions.py::test_cookies_and_headers_of_a_page",
            ),
            _g(
                "doors/shared/headers.py",
                '"script-src": "\'self\'"',
                "\"script-src\": \"'self' 'unsafe-inline'\"",
                "web/test_headers.py::test_the_policy_allows_no_inline_code_and_no_other_house",
            ),
            _g(
                "site/settings.py",
                '    "zengzhi.doors.shared.headers.HeadersMiddleware",\n',
                "",
                "web/test_headers.py::test_every_page_has_its_headers_and_nothing_inline[zh-hans-None]",
            ),
            _g(
                "doors/shared/headers.py",
                "if signed_in or own or",
                "if own or",
                "web/test_headers.py::test_every_page_has_its_headers_and_nothing_inline[zh-hans-member]",
            ),
            _g(
                "doors/backoffice/host.py",
                'if request.path.startswith("/office/"):',
                "if False:",
                "web/test_headers.py::test_the_office_is_only_on_its_own_host",
            ),
        ),
    ),
    Row(
        "P33",
        "Whoever is switched off, or loses a role, is out with the next request.",
        (
            _g(
                f"{SIGNIN}/backend.py",
                "backends import ModelBackend",
                "backends import AllowAllUsersModelBackend as ModelBackend",
                "reliability/test_sessions.py::test_a_user_switched_off_is_signed_out",
            ),
            _g(
                "doors/backoffice/admin/withdrawals.py",
                "if not request.user.has_perm(RIGHTS.get(verb, REVIEW)):",
                "if False:",
                "reliability/test_sessions.py::test_a_role_that_is_taken_away_ends_at_once",
            ),
        ),
    ),
    Row(
        "P34",
        "Personal data is shown masked, is sealed as keyed digests only, and is no part of the "
        "journal.",
        (
            _g(
                f"{MEMBERS}/models.py",
                'return f"{self.nickname[:1]}**"',
                "return self.nickname",
                "web/test_team_pages.py::test_others_are_masked_and_no_address_is_shown",
            ),
            _g(
                f"{WALLET}/masking.py",
                "return number[-4:]",
                "return number",
                "wallet/test_states.py::test_cards_are_masked_in_text",
            ),
            _g(
                "records/control/sealing.py",
                "return f\"hmac:{_digest(f'{table}.{column}:{said}')}\"",
                "return said",
                "control/test_records.py::test_personal_columns_are_kept_as_keyed_digests",
            ),
        ),
        open="nothing deletes personal data after a time",
    ),
    Row(
        "P35",
        "Logs are of use and hold no secret: refusals are in them, with the number of the row and "
        "without what was sent.",
        (
            _g(
                "site/logs.py",
                '            line["message"] = "request"\n',
                "",
                "signin/test_logs.py::test_a_whole_walk_leaves_no_secret_in_the_log",
            ),
            _g(
                "site/logs.py",
                "clean(self.formatException(record.exc_info))",
                "self.formatException(record.exc_info)",
                "signin/test_logs.py::test_an_error_has_its_place_and_no_number_of_a_person",
            ),
            _g(
                "site/logs.py",
                "return json.dumps(line, ensure_ascii=False)",
                'return str(line["message"])',
                "signin/test_logs.py::test_line_breaks_and_escapes_make_no_line_of_their_own",
            ),
        ),
    ),
    Row(
        "P36",
        "No cell of an exported file becomes a formula, or a number that loses digits.",
        (
            _g(
                "records/store/safe_csv.py",
                "if looked_at.startswith(FORMULA_STARTS) or text != text.lstrip():",
                "if False:",
                "records/test_export.py::test_no_cell_is_a_formula",
            ),
            _g(
                "records/store/safe_csv.py",
                'return "\'" + text if long else text',
                "return text",
                "records/test_export.py::test_no_cell_is_a_number_that_a_spreadsheet_rounds",
            ),
        ),
    ),
    Row(
        "P37",
        "Rights of staff are apart: each role opens and does what is its own.",
        (
            _g(
                "doors/backoffice/admin/withdrawals.py",
                "if not request.user.has_perm(RIGHTS.get(verb, REVIEW)):",
                "if False:",
                "backoffice/test_withdrawal_desk.py::test_rights_by_role",
            ),
        ),
    ),
    Row(
        "P38",
        "A backup can be restored: the same heads, the same rows, verified.",
        (
            _g(
                "site/backup.py",
                "connection.connection.backup(copy)",
                "pass",
                "findings/test_t06.py"
                "::test_a_backup_restores_to_the_same_head_and_an_older_one_is_found",
            ),
        ),
    ),
    Row(
        "P39",
        "A new version never harms an old database.",
        (
            _g(
                "site/form.py",
                "if applied and MARKER not in applied:",
                "if False:",
                "findings/test_t03.py"
                "::test_a_database_of_an_older_form_is_refused_before_anything_is_touched",
            ),
        ),
        open="until 0.2.0 a database of an older form is refused untouched; upgrading one, and "
        "doing it while others write, comes with 0.2.0",
    ),
    Row(
        "P40",
        "Documents and pages say what the code does: numbers are produced by it, quotes are what "
        "is then paid, and no text promises.",
        (
            _g(
                f"{ECONOMY}/rules.py",
                "retention_ppm: Ppm = Ppm(200_000)",
                "retention_ppm: Ppm = Ppm(250_000)",
                "docs/test_numbers.py::test_the_produced_blocks_are_fresh",
            ),
            _g(
                f"{SETTLEMENT}/quotes.py",
                "economy.pool_fen = Fen(economy.pool_fen + parts.contribution_fen)",
                "pass",
                "findings/test_m10.py"
                "::test_the_first_order_into_an_empty_pool_is_quoted_240_and_not_168",
            ),
            _g(
                "core/disclosure/wording.py",
                "return [word for word in PROMISES if _letters(word) in letters]",
                "return []",
                "backoffice/test_office.py::test_texts_that_promise_are_refused",
            ),
        ),
    ),
)

ATTACKS: tuple[Row, ...] = (
    Row(
        "A1",
        "The very first order: nothing is in circulation, so the price is the opening price of the "
        "rules.",
        (
            _g(
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
            _g(
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
            _g(
                f"{ECONOMY}/forced_exit.py",
                "while economy.outstanding_units and not nothing_due(economy):",
                "while False:",
                "economy/test_vault_properties.py::test_property",
            ),
        ),
    ),
    Row(
        "A4",
        "Tiny orders: what is granted is rounded down, and the parts sum to what was paid.",
        (
            _g(
                "core/rounding.py",
                "mul_div(rate_ppm, base, PPM, Rounding.DOWN)",
                "mul_div(rate_ppm, base, PPM, Rounding.HALF_UP)",
                "economy/test_replay_against_oracle.py::test_random_streams_under_random_rules",
            ),
            _g(
                f"{ECONOMY}/order_split.py",
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
            _g(
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
            _g(
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
            _g(
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
            _g(
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
            _g(
                "core/disclosure/triggers.py",
                "if case.self_purchase < 1:",
                "if True:",
                "distribution/test_check.py"
                "::test_buying_from_oneself_pays_above_a_resale_of_53_2_percent",
            ),
        ),
    ),
    Row(
        "A11",
        "Pump, sell, refund: a large order lifts the price, others sell, the order is refunded.",
        (
            _g(
                "mall/orders/settlement.py",
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
            _g(
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
            _g(
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
            _g(
                f"{ECONOMY}/refund.py",
                "set_off_fen = Fen(part(lot.paid_fen))",
                "set_off_fen = Fen(0)",
                "findings/test_m07.py::test_what_the_lot_had_paid_out_does_not_go_back_to_the_buyer",
            ),
        ),
    ),
    Row(
        "A15",
        "Refunds of parts sum to the whole, to the fen and to the unit.",
        (
            _g(
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
            _g(
                f"{ECONOMY}/forced_exit.py",
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
            _g(
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
            _g(
                f"{INTAKE}/conditions.py",
                "if quote.payout_fen < command.minimum_payout_fen:",
                "if False:",
                "web/test_bad_input.py::test_below_the_quoted_payout_nothing_is_sold",
            ),
            _g(
                "mall/orders/settlement.py",
                'filter(due).order_by("received_at", "id")',
                'filter(due).order_by("-received_at", "-id")',
                "records/test_settler.py::test_oldest_orders_settle_first",
            ),
        ),
    ),
    Row(
        "A19",
        "A circle in the referral tree, or oneself as sponsor; no tree pays more than an order's "
        "budget.",
        (
            _g(
                f"{MEMBERS}/tree.py",
                "if not invited_nobody and _stands_below(sponsor.pk, member.pk):",
                "if False:",
                "members/test_tree.py::test_a_cycle_of_any_length_is_refused",
            ),
            _g(
                f"{MEMBERS}/tree.py",
                "if member.pk == sponsor.pk:",
                "if False:",
                "members/test_tree.py::test_nobody_invites_themselves",
            ),
            _g(
                f"{MEMBERS}/tree.py",
                "    TreeLock.objects.select_for_update().get(pk=1)\n",
                "",
                "members/test_tree.py::test_fifty_writers_at_once_never_close_a_cycle",
                postgres=True,
            ),
            _g(
                "core/distribution/budget.py",
                "paid.append(line._replace(amount_fen=left_fen))",
                "paid.append(line)",
                "distribution/test_properties.py::test_lines_dividend_and_rest_are_the_budget",
            ),
            _g(
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
            _g(
                "core/distribution/rank_difference.py",
                "taken = reached",
                "taken = 0",
                "distribution/test_properties.py"
                "::test_differences_telescope_to_the_highest_rate_of_the_upline",
            ),
            _g(
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
            _g(
                f"{MEMBERS}/guards.py",
                'Exclusive("members_regionagent", "region", "int4"),',
                "",
                "members/test_standing.py::test_one_agent_of_a_region_and_period",
            ),
            _g(
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
            _g(
                f"{BONUSES}/dividends.py",
                "if DividendRun.objects.filter(period=period).exists():",
                "if False:",
                "bonuses/test_dividends.py::test_one_run_per_period",
            ),
            _g(
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
            _g(
                f"{ECONOMY}/funding.py",
                "return take_in(economy, event_id, member, amount_fen, amount_fen, ",
                "return take_in(economy, event_id, member, amount_fen, Fen(0), ",
                GUARANTEES,
            ),
            _g(
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
            _g(
                "core/rounding.py",
                "return [*parts, total - sum(parts)]",
                "return [*parts, total * weights[-1] // whole]",
                "economy/test_broken_cores.py::test_the_unbroken_core_passes[model]",
            ),
            _g(
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
            _g(
                "mall/orders/money.py",
                "split = pin_split(order)",
                "split = rules_of(order.pool).split",
                "mall/test_order_life.py::test_an_order_settles_by_the_split_of_its_payment",
            ),
            _g(
                f"{BONUSES}/plans.py",
                "if plan.created_by_id == approval.decided_by_id:",
                "if False:",
                "bonuses/test_plans.py::test_the_maker_cannot_approve",
            ),
        ),
    ),
)
