"""What a row of the catalogue is, and the names that its rows share."""

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


def guard(file: str, old: str, new: str, test: str, *, postgres: bool = False) -> Guard:
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
