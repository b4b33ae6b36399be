"""Which rule of the database an error names: an IntegrityError is only ever turned into the refusal
that its own constraint stands for; any other is a defect and keeps its cause (T4)."""

import re

from django.db import IntegrityError

_SQLITE = re.compile(r"^(?:UNIQUE|CHECK|NOT NULL|FOREIGN KEY) constraint failed(?:: (.*))?$")


def violated(error: IntegrityError) -> str:
    """The name of the violated constraint, or on SQLite the columns of the unique one
    (``mall_order.token``); "" when the database names none.

    >>> violated(IntegrityError("UNIQUE constraint failed: mall_order.token"))
    'mall_order.token'
    """
    diagnosis = getattr(error.__cause__, "diag", None)
    if diagnosis is not None:
        return str(diagnosis.constraint_name or "")
    found = _SQLITE.match(str(error))
    return (found[1] or "") if found else ""


def is_unique(error: IntegrityError, table: str, column: str) -> bool:
    """Whether the error says that this column's value is taken.

    >>> is_unique(IntegrityError("UNIQUE constraint failed: shop.token"), "shop", "token")
    True
    >>> is_unique(IntegrityError("CHECK constraint failed: purse"), "shop", "token")
    False
    """
    name = violated(error)
    return name == f"{table}.{column}" or name.startswith(f"{table}_{column}_")
