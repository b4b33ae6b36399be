"""Raise at the n-th database statement of a use-case, for every n: before or after, not between."""

import hashlib
from contextlib import contextmanager
from itertools import count

from django.apps import apps
from django.db import connection

from zengzhi.records.store import bulk

MONEY_APPS = ("ledger", "settlement", "wallet", "mall", "payments")
BESIDE_THE_MONEY = {"Callback", "Lease", "Number"}
"""Stored before or beside what counts: raw callbacks, leases, numbers handed out."""


class Crash(Exception):
    """The process dies here."""


@contextmanager
def crash_at(number):
    """Raise :class:`Crash` before the statement of this number; yields a counter of statements."""
    seen = {"statements": 0, "last": ""}

    def step(text):
        seen["statements"] += 1
        seen["last"] = text
        if seen["statements"] == number:
            raise Crash(text)

    def wrapper(execute, sql, params, many, context):
        step(sql)
        return execute(sql, params, many, context)

    bulk.before_statement = step
    try:
        with connection.execute_wrapper(wrapper):
            yield seen
    finally:
        bulk.before_statement = None


def state():
    """A hash over every row of the apps that deal with money."""
    hashed = hashlib.sha256()
    for label in MONEY_APPS:
        for model in apps.get_app_config(label).get_models():
            if model.__name__ in BESIDE_THE_MONEY:
                continue
            names = [field.column for field in model._meta.concrete_fields]
            with connection.cursor() as cursor:
                columns = ", ".join(f'"{name}"' for name in names)
                cursor.execute(f"SELECT {columns} FROM {model._meta.db_table}")
                rows = sorted(repr(tuple(map(plain, row))) for row in cursor.fetchall())
            hashed.update(f"{model.__name__} {rows}".encode())
    return hashed.hexdigest()


def plain(value):
    return bytes(value) if isinstance(value, memoryview) else value


def crash_everywhere(use_case):
    """Run the use-case again and again, each time with a crash one statement later, until it gets
    through. After a crash the state is that before the use-case, or already that after it; once it
    is, running it again changes nothing. Returns the number of statements and the last result."""
    before = state()
    after = None
    for number in count(1):
        crashed = False
        with crash_at(number) as seen:
            try:
                result = use_case()
            except Crash:
                crashed = True
        now = state()
        where = f"statement {number}: {seen['last']}"
        if not crashed:
            assert seen["statements"] < number, f"the crash was swallowed at {where}"
            assert after in (None, now), "not what was there after the last crash"
            return number - 1, result
        if after is not None:
            assert now == after, f"another state after a crash at {where}"
        elif now != before:
            after = now
