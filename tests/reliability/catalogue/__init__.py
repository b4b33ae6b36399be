"""What a trusted system of this kind promises, and what is tried against it: one list.

Each row names the guards that keep it, and for each guard a test that fails once it is removed;
``make guards`` removes them one by one. A row that is not wholly covered says what is missing.
``docs/reliability.md`` is produced from here.
"""

from tests.reliability.catalogue import (
    acts,
    books,
    faults,
    on_refunds,
    on_the_price,
    on_the_team,
    operations,
    payments,
    people,
)
from tests.reliability.catalogue.row import Guard, Row

__all__ = ("ATTACKS", "PROPERTIES", "Guard", "Row")

PROPERTIES = (
    *books.ROWS,
    *faults.ROWS,
    *payments.ROWS,
    *acts.ROWS,
    *people.ROWS,
    *operations.ROWS,
)
ATTACKS = (*on_the_price.ROWS, *on_refunds.ROWS, *on_the_team.ROWS)
