"""Whether an error says that the database is away for now: to be tried again, and no defect.

The server is gone or going, the disk is full or read only, a lock was waited for too long. What a
statement says wrongly (no such table, no such column) is a defect and stays one.
"""

import sqlite3

from django.db import InterfaceError, OperationalError


def is_away(error: BaseException | None) -> bool:
    """Whether the error, or one that it came from, is of a database that is away.

    >>> is_away(OperationalError("the connection is lost"))
    True
    >>> is_away(KeyError("name"))
    False
    """
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, (OperationalError, InterfaceError)) and not _is_a_defect(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def _is_a_defect(error: BaseException) -> bool:
    code = getattr(error.__cause__, "sqlite_errorcode", None)
    return code == sqlite3.SQLITE_ERROR
