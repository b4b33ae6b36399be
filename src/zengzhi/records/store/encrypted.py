"""Columns that are encrypted at rest: plain in Python, never in the database or its copies; and the
keys that they are encrypted with, in one file outside the database.

One kind of field for texts and one for bytes, and the sessions, which hold forms that wait for a
sign-in. Such a column cannot be searched, compared or
sorted: what has to be equal is compared by a keyed digest beside it. An empty value is stored as
it is, so that what was erased can be seen to be.

A line of the file is ``id hex``, newest first: the first key encrypts, every key of the file
decrypts what names it, so that data and older copies stay readable while ``zengzhi keys rotate``
goes on. The file is read again as soon as it changes, by every process. Encrypted is with AES-SIV
under a random number of its own each time: equal values do not look equal. Table and column are
part of it: a value moved to another column does not decrypt.
"""

import base64
import fcntl
import os
import re
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.backends import db
from django.core.exceptions import FieldError
from django.db import models
from django.db.models.lookups import Exact, IsNull

from zengzhi.records.store.keys import KeyMissing

KEY_BYTES = 64
NONCE_BYTES = 16
FORM = "z1"
_LINE = re.compile(rf"([0-9a-f]{{8}}) ([0-9a-f]{{{2 * KEY_BYTES}}})")


class OnlyEmpty(Exact):
    """Whether there is nothing; comparing with any other value would find nothing."""

    def __init__(self, lhs: Any, rhs: Any) -> None:
        if not hasattr(rhs, "resolve_expression"):
            if rhs not in ("", b""):
                raise FieldError("an encrypted column is compared with nothing but an empty value")
            rhs = ""
        super().__init__(lhs, rhs)


class Encrypted(models.TextField):  # type: ignore[type-arg]
    """What both kinds have in common; the column is text, whatever is in it."""

    place = ""

    def contribute_to_class(self, cls: Any, name: str, private_only: bool = False) -> None:
        """With the name that is part of what is encrypted."""
        super().contribute_to_class(cls, name, private_only)
        if not cls._meta.abstract:
            self.place = f"{cls._meta.db_table}.{self.column}"

    def get_lookup(self, lookup_name: str) -> Any:
        """Only whether something is there."""
        found = {"exact": OnlyEmpty, "isnull": IsNull}.get(lookup_name)
        if found is None:
            raise FieldError(f"{self.place} is encrypted: nothing is looked up in it")
        return found

    def get_prep_value(self, value: Any) -> str | None:
        """As it is stored."""
        if value is None:
            return None
        data = self.packed(value)
        return ring().encrypt(data, self.place) if data else ""

    def from_db_value(self, value: str | None, *_more: Any) -> Any:
        """As it was."""
        if value is None:
            return None
        return self.unpacked(ring().decrypt(value, self.place) if value else b"")

    def packed(self, value: Any) -> bytes:
        """What is encrypted."""
        raise NotImplementedError

    def unpacked(self, data: bytes) -> Any:
        """The inverse."""
        raise NotImplementedError


class EncryptedText(Encrypted):
    """A short text, as people type it."""

    def packed(self, value: Any) -> bytes:
        """Its characters."""
        return str(value).encode()

    def unpacked(self, data: bytes) -> str:
        """The text."""
        return data.decode()

    def formfield(self, **more: Any) -> Any:
        """A line, not a box."""
        return models.Field.formfield(self, **{"max_length": self.max_length, **more})


class EncryptedBytes(Encrypted):
    """A file or a message, byte for byte."""

    def to_python(self, value: Any) -> Any:
        """Bytes stay bytes."""
        return value

    def packed(self, value: Any) -> bytes:
        """The bytes."""
        return bytes(value)

    def unpacked(self, data: bytes) -> bytes:
        """The bytes."""
        return data


def fields() -> list[Encrypted]:
    """Every encrypted column of the mall, in the order of tables."""
    found = [
        field
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if isinstance(field, Encrypted)
    ]
    return sorted(found, key=lambda field: field.place)


class NotDecrypted(ValueError):
    """A stored value that was not written by us: it does not decrypt."""


class Ring:
    """The keys of a file: the first one encrypts."""

    def __init__(self, path: Path, lines: list[tuple[str, bytes]]) -> None:
        self.path = path
        self.ids = [name for name, _key in lines]
        self._boxes = {name: AESSIV(key) for name, key in lines}

    @property
    def current(self) -> str:
        """The id of the key that encrypts."""
        return self.ids[0]

    def encrypt(self, data: bytes, place: str) -> str:
        """``data`` of a column as it is stored: form, key, and the encrypted bytes."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        box = self._boxes[self.current].encrypt(data, [place.encode(), nonce])
        return f"{FORM}.{self.current}.{base64.b64encode(nonce + box).decode()}"

    def decrypt(self, stored: str, place: str) -> bytes:
        """The inverse. Errors: ``key_missing``; ``ValueError`` for what was not encrypted here."""
        name = key_of(stored)
        try:
            raw = base64.b64decode(stored.rpartition(".")[2], validate=True)
        except ValueError as error:
            raise NotDecrypted(f"{place}: what is stored is not encrypted") from error
        if name not in self._boxes:
            raise keys_missing(self.path, [name])
        nonce, box = raw[:NONCE_BYTES], raw[NONCE_BYTES:]
        if not box:
            # Nothing but an authenticator would be there: AES-SIV encrypts no empty data.
            raise NotDecrypted(f"{place}: what is stored is not encrypted")
        try:
            return self._boxes[name].decrypt(box, [place.encode(), nonce])
        except (InvalidTag, ValueError) as error:
            raise NotDecrypted(f"{place}: what is stored does not decrypt") from error


class SessionStore(db.SessionStore):
    """Django's own, encrypted: what a form said that waits for its sender to sign in again is as
    personal as what is stored of it. A session that does not decrypt is none, as one that is not
    signed is none; its key may have been forgotten."""

    place = "django_session.session_data"

    def encode(self, session_dict: dict[str, Any]) -> str:
        """As it is stored."""
        return ring().encrypt(super().encode(session_dict).encode(), self.place)

    def decode(self, session_data: str | bytes) -> dict[str, Any]:
        """As it was; nothing of what is no session of ours."""
        keys = ring()
        try:
            text = keys.decrypt(str(session_data), self.place).decode()
        except (NotDecrypted, KeyMissing):
            return {}
        found: dict[str, Any] = super().decode(text)
        return found


def key_of(stored: str) -> str:
    """The id of the key that a stored value names. Errors: ``ValueError``."""
    form, _dot, rest = stored.partition(".")
    name, dot, _data = rest.partition(".")
    if form != FORM or not dot:
        raise NotDecrypted("what is stored is not encrypted")
    return name


def keys_missing(path: Path, names: list[str]) -> KeyMissing:
    """What to do about keys that are not there, in one line."""
    return KeyMissing(
        f"the personal data in this database are encrypted with the key {', '.join(names)}, which "
        f"is not in {path}: bring back the copy of that file that was kept outside this machine, "
        "or name it in ZENGZHI_DATA_KEY"
    )


def ring() -> Ring:
    """The keys as the file says now. Errors: ``key_missing``."""
    path = Path(settings.DATA_KEY_FILE)
    try:
        found = path.stat()
    except OSError:
        if not (settings.DEMO or settings.DEBUG):
            raise KeyMissing(
                f"{path} is not there. Make the keys once with 'zengzhi seal keys DIR', keep a "
                "copy outside this machine, and name it in ZENGZHI_DATA_KEY"
            ) from None
        create_keys(path)
        found = path.stat()
    return _ring(path, (found.st_ino, found.st_mtime_ns, found.st_size))


@lru_cache(maxsize=8)
def _ring(path: Path, _state: tuple[int, int, int]) -> Ring:
    try:
        text = path.read_text("ascii")
    except (OSError, ValueError) as error:
        raise KeyMissing(f"{path}: the key cannot be read") from error
    lines = [_LINE.fullmatch(line) for line in text.split("\n") if line]
    found = [(line[1], bytes.fromhex(line[2])) for line in lines if line is not None]
    if not found or len(found) < len(lines) or len({name for name, _key in found}) < len(found):
        raise KeyMissing(f"{path}: not a file of data keys: each line is an id and a key")
    return Ring(path, found)


def create_keys(path: Path) -> None:
    """A file with one new key, if there is none."""
    if not path.exists():
        _write(path, _new_line(), replace=False)


def add_key(path: Path) -> str:
    """A new key in front of the others: from now on it encrypts. Its id."""
    line = _new_line()
    with _alone(path):
        _write(path, line + path.read_text("ascii"), replace=True)
    return line[:8]


def forget_key(path: Path, name: str) -> None:
    """Take a key out of the file; the caller knows that nothing is encrypted with it."""
    with _alone(path):
        lines = path.read_text("ascii").splitlines(keepends=True)
        left = [line for line in lines if not line.startswith(f"{name} ")]
        _write(path, "".join(left), replace=True)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Nobody else changes the file meanwhile: a key that encrypts already is never written over."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _new_line() -> str:
    return f"{secrets.token_hex(4)} {secrets.token_hex(KEY_BYTES)}\n"


def _write(path: Path, text: str, *, replace: bool) -> None:
    """A whole file that only its owner reads; where it must not replace, the first one stays."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, draft = tempfile.mkstemp(dir=path.parent)  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            os.replace(draft, path)
        else:
            os.link(draft, path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:  # the name too is on the disk before anything is encrypted with what it holds
            os.fsync(folder)
        finally:
            os.close(folder)
    except FileExistsError:
        return
    finally:
        Path(draft).unlink(missing_ok=True)
