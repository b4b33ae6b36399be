"""What may be done, by whom, in which order and how much of it."""

from tests.reliability.catalogue.row import (
    APPROVALS,
    BONUSES,
    LEDGER,
    WALLET,
    Row,
    guard,
)

ROWS: tuple[Row, ...] = (
    Row(
        "P23",
        "Nobody reaches what belongs to somebody else by its address.",
        (
            guard(
                "doors/storefront/views/orders.py",
                "get_object_or_404(rows, member__user=request.user)",
                "get_object_or_404(rows)",
                "reliability/test_strangers.py::test_what_belongs_to_another_does_not_exist",
            ),
            guard(
                "doors/storefront/views/points.py",
                "event_id=event_id, member=member, error",
                "event_id=event_id, error",
                "reliability/test_strangers.py::test_what_belongs_to_another_does_not_exist",
            ),
            guard(
                f"{WALLET}/payees.py",
                "filter(member=member, retired_at=None)",
                "filter(retired_at=None)",
                "reliability/test_strangers.py::test_what_belongs_to_another_does_not_exist",
            ),
            guard(
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
            guard(
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
            guard(
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
            guard(
                f"{WALLET}/withdraw.py",
                "        with transaction.atomic():\n            lock_purses",
                "        if True:\n            lock_purses",
                "wallet/test_races_and_crashes.py"
                "::test_death_at_any_statement_leaves_everything_as_before[request]",
            ),
            guard(
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
            guard(
                "mall/orders/states.py",
                "PaymentAxis.CLOSED: (PaymentAxis.AWAITING,),",
                "PaymentAxis.CLOSED: (PaymentAxis.AWAITING, PaymentAxis.PAID),",
                "mall/test_states.py::test_every_act_from_every_state_goes_along_an_edge",
            ),
            guard(
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
            guard(
                f"{WALLET}/withdraw.py",
                "if used_fen + amount_fen > terms.daily_fen:",
                "if amount_fen > terms.daily_fen:",
                "wallet/test_withdraw.py::test_a_day_has_an_amount_and_a_number_of_times",
            ),
            guard(
                f"{WALLET}/withdraw.py",
                "if count >= terms.daily_count:",
                "if False:",
                "wallet/test_withdraw.py::test_a_day_has_an_amount_and_a_number_of_times",
            ),
            guard(
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
            guard(
                f"{WALLET}/review.py",
                "        if needs_two(row):\n",
                "        if False:\n",
                "wallet/test_states.py"
                "::test_above_the_threshold_two_people_decide_and_the_approver_books_nothing",
            ),
            guard(
                f"{WALLET}/review.py",
                "if by is not None and by.pk == row.approved_by_id:",
                "if False:",
                "wallet/test_states.py::test_who_approves_a_small_one_does_not_pay_it_either",
            ),
            guard(
                f"{WALLET}/review.py",
                "    must_be_present(by)\n    not_the_approver(row, by)\n",
                "    not_the_approver(row, by)\n",
                "wallet/test_states.py::test_a_name_that_is_passed_is_nobody",
            ),
            guard(
                f"{WALLET}/review.py",
                "    return is_paid_to(row, persons_behind(*user_pks))\n",
                "    return False\n",
                "wallet/test_states.py::test_nobody_decides_on_what_is_paid_to_their_own_account",
            ),
            guard(
                f"{WALLET}/migrations/0001_initial.py",
                "('sent_by', models.F('approved_by'))",
                "('sent_by', models.F('owner'))",
                "wallet/test_states.py::test_the_database_refuses_one_person_too",
            ),
            guard(
                f"{WALLET}/payout_act.py",
                "rows.filter(large | Q(waited=True) | Q(pk__in=asked))",
                "rows.filter(pk__in=asked)",
                "control/test_every_act.py"
                "::test_its_result_written_by_one_person_is_refused_or_named[True-pay_out]",
            ),
            guard(
                f"{BONUSES}/plans.py",
                "if plan.created_by_id == approval.decided_by_id:",
                "if False:",
                "bonuses/test_plans.py::test_the_maker_cannot_approve",
            ),
            guard(
                f"{BONUSES}/plans.py",
                "plan.acknowledged_by, plan.acknowledged_at, plan.acknowledged_why = "
                'None, None, ""',
                "pass",
                "bonuses/test_plans.py::test_an_edit_voids_what_was_found_and_signed",
            ),
            guard(
                "mall/after_sales/service.py",
                "if not _needs_two(after_sale, at):",
                "if True:",
                "findings/test_m12.py::test_above_the_cap_a_refund_waits_for_a_second_person",
            ),
            guard(
                f"{APPROVALS}/service.py",
                "if row.asked_by_id == by.pk or session == row.asked_in:",
                "if False:",
                "control/test_approvals.py::test_nobody_approves_what_they_asked_for",
            ),
            guard(
                f"{APPROVALS}/service.py",
                "if not session:\n        raise NotPresent",
                "if False:\n        raise NotPresent",
                "control/test_approvals.py::test_nobody_approves_what_they_asked_for",
            ),
            guard(
                f"{APPROVALS}/service.py",
                "        _still(row, act)\n        now = clock.now()\n",
                "        now = clock.now()\n",
                "control/test_approvals.py::test_what_changed_meanwhile_is_stale",
            ),
            guard(
                "records/control/guards.py",
                '("approval_steps", "UPDATE", _steps_badly())',
                '("approval_steps", "UPDATE", "1 = 0")',
                "control/test_approvals.py::test_the_database_refuses_one_person_and_other_steps",
            ),
            guard(
                "verify/approvals.py",
                "if not result.founding:",
                "if False:",
                "control/test_approvals.py::test_terms_that_nobody_approved_are_named",
            ),
            guard(
                "mall/prices.py",
                "return abs(fen - reference_fen) > bound_fen",
                "return False",
                "mall/test_prices.py::test_a_price_of_a_fen_needs_a_second_person",
            ),
        ),
        open="money put into a pool needs one person only",
    ),
)
