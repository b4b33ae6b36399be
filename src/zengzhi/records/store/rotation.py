"""Personal data under a new key, batch by batch, while the mall goes on.

Nothing but the stored form of a value changes: what it says stays, and with it the digests in the
control records, so that ``zengzhi verify`` passes before, while and after. A row that somebody
changes meanwhile is left to them: it is stored under the new key by their own write. What was
interrupted goes on where it stopped, since a value names its key.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from zengzhi.core.errors import ZengzhiError
from zengzhi.records.store import encrypted
from zengzhi.records.store.encrypted import Encrypted, fields
from zengzhi.records.store.keys import KeyMissing

BATCH = 200
Progress = Callable[[int], None]


class NotOurs(ZengzhiError):
    """A stored value names a key and does not decrypt under it: somebody changed it."""

    code = "not_ours"


class KeyInUse(ZengzhiError):
    """Data are still encrypted with the key: it cannot be forgotten."""

    code = "key_in_use"


def in_use() -> dict[str, int]:
    """Id of a key → how many values are encrypted with it; "" stands for values that name none."""
    found: dict[str, int] = {}
    for field in fields():
        table, column = _names(field)
        start = len(encrypted.FORM) + 2
        named = f"{column} LIKE '{encrypted.FORM}.________.%'"
        part = f"CASE WHEN {named} THEN substr({column}, {start}, 8) ELSE '' END"
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {part}, count(*) FROM {table} WHERE {column} <> '' GROUP BY {part}"  # noqa: S608 (own names)
            )
            for name, count in cursor.fetchall():
                found[name] = found.get(name, 0) + count
    return found


def check_keys() -> None:
    """Let a database pass whose keys are there. Looks at one value of each column, and makes no
    key where there is data. Errors: ``key_missing``, one line."""
    path = Path(settings.DATA_KEY_FILE)
    known = encrypted.ring().ids if path.exists() else []
    there = set(connection.introspection.table_names())
    for field in fields():
        if field.model._meta.db_table not in there:
            continue
        table, column = _names(field)
        with connection.cursor() as cursor:
            for order in ("", "DESC"):
                key = connection.ops.quote_name(str(field.model._meta.pk.column))
                cursor.execute(
                    f"SELECT {column} FROM {table} WHERE {column} <> '' ORDER BY {key} {order} LIMIT 1"  # noqa: S608, E501 (own names)
                )
                for (stored,) in cursor.fetchall():
                    name = _key_of(stored)
                    if name and name not in known:
                        raise encrypted.keys_missing(path, [name])


def _key_of(stored: str) -> str:
    try:
        return encrypted.key_of(stored)
    except ValueError:
        return ""  # no key's: verify names the row


def rotate(
    progress: Progress = lambda _count: None,
    batch: int = BATCH,
    made: Callable[[str], None] = lambda _name: None,
) -> tuple[str, int]:
    """Encrypt everything with the newest key; where nothing is left to do for it, with one made
    now; ``made`` hears of it before anything is encrypted anew. Sessions are not: they end. The
    key's id and how many values were encrypted anew. Errors: ``key_missing``, ``not_ours``."""
    ring = encrypted.ring()
    unknown = sorted(set(in_use()) - {*ring.ids, ""})
    if unknown:
        raise encrypted.keys_missing(ring.path, unknown)
    if not set(in_use()) - {ring.current, ""}:
        made(encrypted.add_key(ring.path))
    current, done = encrypted.ring().current, 0
    patient = False
    while True:
        before = done
        for field in fields():
            for count in _rotate(field, current, 1 if patient else batch, waits=patient):
                done += count
                progress(count)
        if not set(in_use()) - {current, ""}:
            return current, done
        patient = done == before  # others hold what is left: wait for one row at a time


def _rotate(field: Encrypted, current: str, batch: int, *, waits: bool) -> Iterator[int]:
    """Each batch is a transaction. On PostgreSQL rows that others hold are left for the next pass,
    so that nobody waits for anybody in a circle."""
    table, column = _names(field)
    key = connection.ops.quote_name(str(field.model._meta.pk.column))
    lock = ""
    if connection.vendor == "postgresql":
        lock = "FOR NO KEY UPDATE" + ("" if waits else " SKIP LOCKED")
    last = None
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            after = f"AND {key} > %s" if last is not None else ""
            values: list[str] = [str(last)] if last is not None else []
            cursor.execute(
                f"SELECT {key}, {column} FROM {table} WHERE {column} <> '' "  # noqa: S608 (own names)
                f"AND substr({column}, 1, {len(_prefix(current))}) <> %s {after} "
                f"ORDER BY {key} LIMIT {batch} {lock}",
                [_prefix(current), *values],
            )
            rows = cursor.fetchall()
            ring = encrypted.ring()
            for pk, stored in rows:
                if not _key_of(stored):
                    continue
                try:
                    data = ring.decrypt(stored, field.place)
                except encrypted.NotDecrypted as error:
                    raise NotOurs(
                        f"{table} {pk}: {error}. What was rotated before it stays so; `zengzhi "
                        "verify` names every such row"
                    ) from error
                cursor.execute(
                    f"UPDATE {table} SET {column} = %s WHERE {key} = %s AND {column} = %s",  # noqa: S608 (own names)
                    [ring.encrypt(data, field.place), pk, stored],
                )
        if not rows:
            return
        last = rows[-1][0]
        yield len(rows)


def forget(name: str) -> None:
    """Take a key out of the file. Copies of the database that were made before the rotation need
    it: keep a copy of the file as long as they are kept. Errors: ``key_in_use``."""
    ring = encrypted.ring()
    if name not in ring.ids:
        raise KeyMissing(f"{ring.path} has no key {name}")
    with transaction.atomic():
        if connection.vendor == "postgresql":  # whoever wrote with it before has committed then
            tables = ", ".join(sorted({_names(field)[0] for field in fields()}))
            with connection.cursor() as cursor:
                cursor.execute(f"LOCK TABLE {tables} IN SHARE MODE")
        count = in_use().get(name, 0)
        if name == ring.current or count:
            raise KeyInUse(
                f"the key {name} still encrypts: {count} values; 'zengzhi keys rotate' first"
            )
        encrypted.forget_key(ring.path, name)


def _prefix(name: str) -> str:
    return f"{encrypted.FORM}.{name}."


def _names(field: Encrypted) -> tuple[str, str]:
    quote = connection.ops.quote_name
    return quote(field.model._meta.db_table), quote(str(field.column))
