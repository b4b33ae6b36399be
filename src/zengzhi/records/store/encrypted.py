"""Columns that are encrypted at rest: plain in Python, never in the database or its copies.

One kind of field for texts and one for bytes. Such a column cannot be searched, compared or
sorted: what has to be equal is compared by a keyed digest beside it. An empty value is stored as
it is, so that what was erased can be seen to be.
"""

from typing import Any

from django.apps import apps
from django.core.exceptions import FieldError
from django.db import models
from django.db.models.lookups import Exact, IsNull

from zengzhi.records.store import data_keys


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
        return data_keys.ring().encrypt(data, self.place) if data else ""

    def from_db_value(self, value: str | None, *_more: Any) -> Any:
        """As it was."""
        if value is None:
            return None
        return self.unpacked(data_keys.ring().decrypt(value, self.place) if value else b"")

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
