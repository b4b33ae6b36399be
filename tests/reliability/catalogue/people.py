"""People and their sessions, their rights and what is known of them."""

from tests.reliability.catalogue.row import (
    MEMBERS,
    SIGNIN,
    WALLET,
    Row,
    guard,
)

ROWS: tuple[Row, ...] = (
    Row(
        "P30",
        "Whoever takes money out or decides on it has just given the password; a changed account "
        "cools down.",
        (
            guard(
                "doors/backoffice/admin/withdrawals.py",
                "        @reauthentication_required\n",
                "",
                "backoffice/test_withdrawal_desk.py"
                "::test_a_stale_sign_in_must_give_the_password_again",
            ),
            guard(
                "doors/storefront/views/wallet.py",
                "@reauthentication_required\n",
                "",
                "web/test_wallet_input.py::test_a_stale_sign_in_must_give_the_password_again",
            ),
            guard(
                "records/control/cooling.py",
                "return at < usable_from",
                "return False",
                "wallet/test_states.py::test_a_change_of_account_cools_down_and_is_checked_once",
            ),
            guard(
                f"{WALLET}/review.py",
                "    if is_cooling(usable_from, clock.now()):\n",
                "    if False:\n",
                "wallet/test_states.py::test_the_first_payout_to_an_account_waits",
            ),
            guard(
                f"{WALLET}/review.py",
                "        until = cools_until(by.pk)\n",
                "        until = None\n",
                "wallet/test_states.py"
                "::test_nobody_pays_or_approves_after_a_new_password_or_new_rights",
            ),
            guard(
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
            guard(
                f"{SIGNIN}/backend.py",
                "        limiter.take(*tries)\n",
                "",
                "signin/test_doors.py"
                "::test_sixty_addresses_guess_at_most_ten_times_in_fifteen_minutes[/office/login/]",
            ),
            guard(
                f"{SIGNIN}/backend.py",
                "if device and account is not None:",
                "if False:",
                "signin/test_doors.py"
                "::test_the_owner_gets_in_from_a_known_device_while_others_guess[/office/login/]",
            ),
            guard(
                f"{SIGNIN}/second_factor.py",
                "    limiter.take(*tries)\n    with_codes",
                "    with_codes",
                "signin/test_second_factor.py::test_codes_are_guessed_at_most_as_fast_as_passwords",
            ),
            guard(
                f"{SIGNIN}/passkeys.py",
                "    limiter.take(*tries)\n",
                "",
                "signin/test_every_door.py"
                "::test_ten_wrong_ones_in_fifteen_minutes_at_every_door[passkey at the office]",
            ),
            guard(
                "site/settings.py",
                '    "reauthenticate": "zengzhi.doors.shared.signin.second_factor.AgainForm",\n',
                "",
                "signin/test_every_door.py"
                "::test_ten_wrong_ones_in_fifteen_minutes_at_every_door[code again]",
            ),
            guard(
                "doors/shared/requests.py",
                "            limiter.take(*tries)\n",
                "",
                "signin/test_doors.py::test_forms_that_write_are_slowed_by_address_and_by_account",
            ),
            guard(
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
            guard(
                "site/settings.py",
                '    "django.middleware.csrf.CsrfViewMiddleware",\n',
                "",
                "web/test_wallet_input.py::test_state_changes_need_post_and_the_csrf_token",
            ),
            guard(
                "site/settings.py",
                "SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True",
                "SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = False",
                "reliability/test_sessions.py::test_cookies_and_headers_of_a_page",
            ),
            guard(
                "site/settings.py",
                '    "django.middleware.clickjacking.XFrameOptionsMiddleware",\n',
                "",
                "reliability/test_sessions.py::test_cookies_and_headers_of_a_page",
            ),
            guard(
                "doors/shared/headers.py",
                '"script-src": "\'self\'"',
                "\"script-src\": \"'self' 'unsafe-inline'\"",
                "web/test_headers.py::test_the_policy_allows_no_inline_code_and_no_other_house",
            ),
            guard(
                "site/settings.py",
                '    "zengzhi.doors.shared.headers.HeadersMiddleware",\n',
                "",
                "web/test_headers.py::test_every_page_has_its_headers_and_nothing_inline[zh-hans-None]",
            ),
            guard(
                "doors/shared/headers.py",
                "if signed_in or own or",
                "if own or",
                "web/test_headers.py::test_every_page_has_its_headers_and_nothing_inline[zh-hans-member]",
            ),
            guard(
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
            guard(
                f"{SIGNIN}/backend.py",
                "backends import ModelBackend",
                "backends import AllowAllUsersModelBackend as ModelBackend",
                "reliability/test_sessions.py::test_a_user_switched_off_is_signed_out",
            ),
            guard(
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
            guard(
                f"{MEMBERS}/models.py",
                'return f"{self.nickname[:1]}**"',
                "return self.nickname",
                "web/test_team_pages.py::test_others_are_masked_and_no_address_is_shown",
            ),
            guard(
                f"{WALLET}/masking.py",
                "return number[-4:]",
                "return number",
                "wallet/test_states.py::test_cards_are_masked_in_text",
            ),
            guard(
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
            guard(
                "site/logs.py",
                '            line["message"] = "request"\n',
                "",
                "signin/test_logs.py::test_a_whole_walk_leaves_no_secret_in_the_log",
            ),
            guard(
                "site/logs.py",
                "clean(self.formatException(record.exc_info))",
                "self.formatException(record.exc_info)",
                "signin/test_logs.py::test_an_error_has_its_place_and_no_number_of_a_person",
            ),
            guard(
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
            guard(
                "records/store/safe_csv.py",
                "if looked_at.startswith(FORMULA_STARTS) or text != text.lstrip():",
                "if False:",
                "records/test_export.py::test_no_cell_is_a_formula",
            ),
            guard(
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
            guard(
                "doors/backoffice/admin/withdrawals.py",
                "if not request.user.has_perm(RIGHTS.get(verb, REVIEW)):",
                "if False:",
                "backoffice/test_withdrawal_desk.py::test_rights_by_role",
            ),
        ),
    ),
)
