"""Copies, new versions, documents."""

from tests.reliability.catalogue.row import (
    ECONOMY,
    SETTLEMENT,
    Row,
    guard,
)

ROWS: tuple[Row, ...] = (
    Row(
        "P38",
        "A backup can be restored: the same heads, the same rows, verified.",
        (
            guard(
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
            guard(
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
            guard(
                f"{ECONOMY}/rules.py",
                "retention_ppm: Ppm = Ppm(200_000)",
                "retention_ppm: Ppm = Ppm(250_000)",
                "docs/test_numbers.py::test_the_produced_blocks_are_fresh",
            ),
            guard(
                f"{SETTLEMENT}/quotes.py",
                "economy.pool_fen = Fen(economy.pool_fen + parts.contribution_fen)",
                "pass",
                "findings/test_m10.py"
                "::test_the_first_order_into_an_empty_pool_is_quoted_240_and_not_168",
            ),
            guard(
                "core/disclosure/wording.py",
                "return [word for word in PROMISES if _letters(word) in letters]",
                "return []",
                "backoffice/test_office.py::test_texts_that_promise_are_refused",
            ),
        ),
    ),
)
