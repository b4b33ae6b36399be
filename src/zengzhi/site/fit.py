"""What keeps a mall from being served: one line each, before anything listens."""

import stat
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection

from zengzhi.core.errors import ZengzhiError
from zengzhi.records.store import encrypted, keys
from zengzhi.site import role

SECRET_CHARACTERS, SECRET_KINDS = 50, 8
"""A secret key has at least so many characters, of so many kinds."""
BUILT_IN = ("demo-only", "django-insecure")
KEY_KINDS = 8
"""Different bytes of the 32 of a key: 32 random ones have fewer than 20 once in 10^7 times."""
OF_OTHERS = stat.S_IRWXG | stat.S_IRWXO
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
TELLING = frozenset(("DEBUG", "NOTSET", ""))


def problems() -> list[str]:
    """Why this installation cannot be served; nothing: it can."""
    return [line for check in CHECKS for line in check()]


def _modes() -> Iterator[str]:
    if settings.DEMO:
        yield "the demo is on, whose payments move no money: unset ZENGZHI_DEMO"
    if settings.DEBUG:
        yield "debugging is on, which shows the inside to everybody: unset ZENGZHI_DEBUG"


def _secret() -> Iterator[str]:
    secret = settings.SECRET_KEY
    if secret.startswith(BUILT_IN):
        yield "ZENGZHI_SECRET_KEY is one that everybody can read: set a long random text"
    elif len(secret) < SECRET_CHARACTERS or len(set(secret)) < SECRET_KINDS:
        yield (
            f"ZENGZHI_SECRET_KEY is weak: set a random text of {SECRET_CHARACTERS} characters "
            "or more"
        )


def _keys() -> Iterator[str]:
    for name, file in (
        ("ZENGZHI_DIGEST_KEY", Path(settings.DIGEST_KEY_FILE)),
        ("ZENGZHI_SEAL_KEY", Path(settings.SEAL_KEY_FILE)),
    ):
        try:
            kinds = len(set(bytes.fromhex(file.read_text("ascii").strip())))
        except (OSError, ValueError):
            yield f"{name}: {file} cannot be read as a key: `zengzhi seal keys DIR` makes one"
            continue
        if kinds < KEY_KINDS:
            yield f"{name}: the key in {file} is weak: `zengzhi seal keys DIR` makes a random one"
        yield from _open(name, file)
    for needed in (partial(keys.digest, b""), keys.public_key, encrypted.ring):
        try:
            needed()
        except ZengzhiError as error:
            yield error.message
    data = Path(settings.DATA_KEY_FILE)
    if data.exists():
        yield from _open("ZENGZHI_DATA_KEY", data)


def _open(name: str, file: Path) -> Iterator[str]:
    if file.stat().st_mode & OF_OTHERS:
        yield f"{name}: {file} is open to other users: chmod 600 it"


def _cookies() -> Iterator[str]:
    names = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE")
    if not all(getattr(settings, name) for name in names):
        yield "cookies would be sent over plain http: " + " and ".join(names) + " have to be on"
    plain = [one for one in settings.CSRF_TRUSTED_ORIGINS if not one.startswith("https://")]
    if plain:
        yield f"ZENGZHI_ORIGINS: {plain[0]} is not https"
    if "*" in settings.ALLOWED_HOSTS:
        yield "ZENGZHI_HOSTS: * lets anybody name the host: name the mall's own"


def _log() -> Iterator[str]:
    level = str(settings.LOGGING["root"]["level"]).upper()
    if level in TELLING:
        yield f"ZENGZHI_LOG_LEVEL: {level or 'empty'} writes what passes inside: INFO or above"


def _database() -> Iterator[str]:
    try:
        excess = role.excess()
    except DatabaseError as error:
        yield f"the database cannot be reached: {str(error).splitlines()[0]}"
        return
    if excess:
        yield (
            f"the database role {connection.settings_dict['USER']} {excess}: serve under one that "
            "`zengzhi role NAME` made"
        )
    yield from _durable()
    if connection.vendor == "sqlite":
        yield from _file(Path(connection.settings_dict["NAME"]))


def _durable() -> Iterator[str]:
    """A server that does not wait for the disk may lose what a member was told is done."""
    lazy = [name for name, said in _shown().items() if said == "off"]
    if lazy:
        yield f"PostgreSQL loses what was acknowledged when power fails: {lazy[0]} is off"


def _shown() -> dict[str, str]:
    """What the server says of its own disk; SQLite is told so with each connection."""
    if connection.vendor != "postgresql":
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(DURABLE)]
        )
        return dict(cursor.fetchall())


def _file(database: Path) -> Iterator[str]:
    """The file of the database is its owner's alone; an open one is closed."""
    for path in (database, *database.parent.glob(f"{database.name}-*")):
        if not path.exists() or not path.stat().st_mode & OF_OTHERS:
            continue
        try:
            path.chmod(0o600)
        except OSError:
            yield f"{path} is open to other users and cannot be closed: chmod 600 it"


CHECKS: tuple[Callable[[], Iterator[str]], ...] = (
    _modes,
    _secret,
    _keys,
    _cookies,
    _log,
    _database,
)
