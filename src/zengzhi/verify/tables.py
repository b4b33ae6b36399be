"""What each column of each table is, where its model does not say so itself.

*Sealed* columns and *personal* ones (as keyed digests) are declared at their models and held
against control records. Here stand the tables that follow from sealed batches (*projection*: a
check derives them again), those that may change without a trace (*free*), each with its reason,
and other people's tables. A table or column that nobody declared fails a test.
"""

from django.apps import apps
from django.db import models

from zengzhi.records.control.sealing import Declared, declared

SEALED_BATCH = "the sealed batch itself: its chain, keyed digest and signed root are checked"
FOLD = "the fold of the sealed batches of its pool by the core"
IN_BATCH = "sealed in a batch, or in the tail with a keyed digest"
SUMS = "sums of sealed batches"
DISTRIBUTION = "derived again from the sealed entry that set the bonuses aside"
COUNTER = "hands out numbers; says nothing"


def _projection(reason: str, *names: str) -> Declared:
    return Declared(projection=dict.fromkeys(names, reason))


OURS: dict[str, Declared] = {
    "control.Record": _projection(
        IN_BATCH, "of_table", "row_key", "version", "at", "content", "mac"
    ),
    "control.Tail": Declared(),
    "members.TreeLock": Declared(),
    "ledger.Number": Declared(),
    "ledger.Transaction": _projection(
        IN_BATCH,
        "kind",
        "reference",
        "happened_at",
        "recorded_at",
        "version",
        "corrects",
        "leg_count",
        "step",
        "facts",
        "mac",
    ),
    "ledger.Leg": _projection(
        IN_BATCH, "transaction_id", "position", "kind", "owner", "unit", "amount"
    ),
    "ledger.Place": Declared(
        projection=dict.fromkeys(
            (
                "kind",
                "cause",
                "state",
                "amount_fen",
                "done_fen",
                "entry",
                "reason",
                "moved_at",
                "lines",
            ),
            "a hold: its amount, state and moment follow from its entries",
        ),
        free={"opened_at": "when the row was written; its entry says when it happened"},
    ),
    "wallet.TaxableIncome": _projection(
        "follows from the entries of commissions and the parts of withdrawals",
        "member",
        "month",
        "income_fen",
        "taxed_fen",
        "withheld_fen",
    ),
    "ledger.Purse": _projection(
        "the sum of the member's legs",
        "pending_fen",
        "available_fen",
        "reserved_fen",
        "owed_fen",
        "coins_fen",
    ),
    "ledger.Tail": Declared(),
    "ledger.Batch": _projection(
        SEALED_BATCH,
        "stream",
        "number",
        "kind",
        "first",
        "count",
        "payload",
        "previous",
        "head",
        "mac",
        "sealed_at",
    ),
    "ledger.Net": _projection(SUMS, "stream", "number", "day", "kind", "owner", "unit", "amount"),
    "ledger.Rolled": _projection(SUMS, "number"),
    "ledger.AccountDay": _projection(SUMS, "kind", "owner", "unit", "day", "amount"),
    "ledger.PurseMonth": _projection(
        SUMS,
        "member",
        "month",
        "pending_fen",
        "available_fen",
        "reserved_fen",
        "owed_fen",
        "coins_fen",
    ),
    "ledger.Root": _projection("signed", "signed_at", "body", "signature"),
    "settlement.Event": _projection(
        FOLD,
        "pool",
        "sequence",
        "event_id",
        "op",
        "member",
        "amount",
        "target",
        "split",
        "parties",
        "error",
        "message",
        "points_units",
        "contribution_fen",
        "payout_fen",
        "from_pool_fen",
        "exits",
        "happened_at",
        "pool_fen",
        "outstanding_units",
    ),
    "settlement.LotMovement": _projection(
        FOLD, "event_pk", "position", "lot_pk", "is_exit", "units", "payout_fen"
    ),
    "settlement.Lot": _projection(
        FOLD,
        "pool",
        "sequence",
        "event_id",
        "member",
        "is_grant",
        "spend_fen",
        "contribution_fen",
        "granted_units",
        "remaining_units",
        "paid_fen",
        "refunded_fen",
        "exited",
        "opened_at",
    ),
    "bonuses.DividendLock": Declared(),
    "bonuses.OrderBonus": _projection(
        DISTRIBUTION,
        "order",
        "pool_id",
        "member",
        "plan",
        "base_fen",
        "budget_fen",
        "distribution_ppm",
        "lines_fen",
        "dividend_fen",
        "region",
        "upline",
        "paid_at",
    ),
    "bonuses.BonusLine": _projection(
        DISTRIBUTION,
        "order",
        "beneficiary",
        "kind",
        "rate_ppm",
        "base_fen",
        "due_fen",
        "amount_fen",
        "reason",
        "trace",
        "paid_at",
    ),
    "intake.Waiting": Declared(
        projection={"pool": "its command's"},
        free={"failures": "how often its owner failed at it: only the order of trying"},
    ),
    "settlement.Lease": Declared(
        free=dict.fromkeys(
            ("holder", "expires_at"), "who settles a pool just now; a batch needs the pool's lock"
        )
    ),
}
"""Model → its columns beside the primary key."""

FREE_TABLES = {
    "intake_round": "when a settler last looked; a jump of the clock stops the next one",
    "control_budget": "how often somebody may try again, and when; it ends by itself",
    "members_treelock": "one row to lock; it has no column but its key",
    "bonuses_dividendlock": "one row to lock; it has no column but its key",
    "ledger_number": COUNTER,
    "settlement_lease": "who settles a pool just now; a batch needs the pool's lock",
    "django_session": "who is signed in; expires by itself, rights come from sealed rows",
    "django_admin_log": "Django's own list of recent actions; the audit log is sealed",
    "usersessions_usersession": "what a session looks like to its owner; it ends with the session",
    "django_migrations": "which migrations ran; a wrong one fails at the next migrate",
    "account_emailaddress": "addresses are for notices; nobody signs in by one",
    "account_emailconfirmation": "addresses are for notices; nobody signs in by one",
    "ledger_posting": "notes of a guard of PostgreSQL, read at commit only",
    "sqlite_sequence": COUNTER,
}
"""Tables in which a row may change, come or go without a finding, with the reason."""


def declaration(model: type[models.Model]) -> Declared | None:
    """What a model's columns are: declared at the model, or here."""
    return declared(model) or OURS.get(model._meta.label)


def undeclared() -> list[str]:
    """``table.column`` of every column that nobody declared, or somebody declared twice."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        table = model._meta.db_table
        if table in FREE_TABLES:
            continue
        what = declaration(model)
        names = [item.name for item in model._meta.concrete_fields if not item.primary_key]
        wrong = names if what is None else what.undeclared(model)
        found += [f"{table}.{name}" for name in wrong]
    return sorted(found)
