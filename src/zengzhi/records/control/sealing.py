"""Models whose rows are sealed: every way the ORM writes one also writes its control record.

A model says of each of its columns what it is (:class:`Declared`): *sealed* (kept as it is),
*personal* (kept as a keyed digest), *projection* (follows from something sealed, by the reason
given; a check of verify derives it again) or *free* (may change without a trace, by the reason
given). A column that nobody declared fails a test.

What writes rows past the ORM calls :func:`zengzhi.records.control.records.note_rows` afterwards,
in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.db import connection, models, transaction


@dataclass(frozen=True)
class Declared:
    """What each column of a model is, by field name."""

    sealed: Sequence[str] = ()
    personal: Sequence[str] = ()
    projection: Mapping[str, str] = field(default_factory=dict)
    free: Mapping[str, str] = field(default_factory=dict)

    def undeclared(self, model: type[models.Model]) -> list[str]:
        """Columns that are declared not once: not at all, twice, or without a field."""
        names = [*self.sealed, *self.personal, *self.projection, *self.free]
        real = [item.name for item in model._meta.concrete_fields if not item.primary_key]
        return sorted(
            {name for name in (*names, *real) if names.count(name) != 1 or name not in real}
        )

    def kept(self, model: type[models.Model]) -> list[models.Field[Any, Any]]:
        """The fields that a control record keeps."""
        return [
            item
            for item in model._meta.concrete_fields
            if item.name in self.sealed or item.name in self.personal
        ]


adopted: dict[type[models.Model], Declared] = {}
"""Models of other people's apps that are sealed too (see :func:`adopt`)."""


def declared(model: type[models.Model]) -> Declared | None:
    """What a model declares of its columns; ``None`` when its rows are not sealed here."""
    found: Declared | None = adopted.get(model, getattr(model, "sealed", None))
    return found


def _note(model: type[models.Model], keys: Iterable[Any]) -> None:
    from zengzhi.records.control.records import note_rows

    note_rows(model, list(keys))


class SealedQuerySet(models.QuerySet[Any]):
    """Sets of rows whose writes are recorded, each in the transaction of its record."""

    def update(self, **values: Any) -> int:
        """As Django's; the rows are locked first, so that exactly those changed are recorded."""
        kept = {name for item in self._kept() for name in (item.name, item.attname)}
        if kept.isdisjoint(values):
            return super().update(**values)
        with transaction.atomic(self.db):
            rows = self.order_by("pk") if connection.features.has_select_for_update else self
            if connection.features.has_select_for_update:
                rows = rows.select_for_update(of=("self",))
            keys = list(rows.values_list("pk", flat=True))
            if not keys:
                return 0
            chosen = self.filter(pk__in=keys) if connection.vendor == "postgresql" else self
            changed = models.QuerySet.update(chosen, **values)
            _note(self.model, keys)
        return changed

    update.alters_data = True  # type: ignore[attr-defined]

    def create(self, **values: Any) -> Any:
        """As Django's; an adopted model's row is recorded here, ours by their ``save``."""
        with transaction.atomic(self.db):
            row = super().create(**values)
            if self.model in adopted:
                _note(self.model, [row.pk])
        return row

    def bulk_create(
        self,
        objs: Iterable[Any],
        batch_size: int | None = None,
        ignore_conflicts: bool = False,
        update_conflicts: bool = False,
        update_fields: Any = None,
        unique_fields: Any = None,
    ) -> list[Any]:
        """As Django's; rows that were there already are recorded as they are."""
        if update_conflicts:
            raise TypeError("a sealed row is not changed by inserting it again")
        rows = list(objs)
        with transaction.atomic(self.db):
            made = super().bulk_create(rows, batch_size, ignore_conflicts)
            if ignore_conflicts:
                _note(self.model, [key for row in made for key in self._keys_like(row)])
            else:
                _note(self.model, [row.pk for row in made])
        return made

    def delete(self) -> tuple[int, dict[str, int]]:
        """As Django's."""
        with transaction.atomic(self.db):
            keys = list(self.values_list("pk", flat=True))
            done: tuple[int, dict[str, int]] = super().delete()
            _note(self.model, keys)
        return done

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def _kept(self) -> list[models.Field[Any, Any]]:
        mine = declared(self.model)
        return mine.kept(self.model) if mine else []

    def _keys_like(self, row: models.Model) -> Iterable[Any]:
        wanted = {
            item.attname: getattr(row, item.attname)
            for item in self.model._meta.concrete_fields
            if not item.primary_key
        }
        return list(self.model._base_manager.filter(**wanted).values_list("pk", flat=True))


class SealedManager(models.Manager.from_queryset(SealedQuerySet)):  # type: ignore[misc]
    """The manager of sealed models."""


class SealedModel(models.Model):
    """A model whose rows are sealed: each write of a row also writes its control record."""

    sealed: ClassVar[Declared]
    if TYPE_CHECKING:  # as any model's
        objects: ClassVar[models.Manager[Self]]
    else:
        objects = SealedManager()

    class Meta:
        abstract = True

    def save_base(self, *args: Any, **more: Any) -> None:
        """Every way of saving one row ends here."""
        names = more.get("update_fields")
        kept = {item.name for item in self.sealed.kept(type(self))}
        kept |= {item.attname for item in self.sealed.kept(type(self))}
        with transaction.atomic():
            super().save_base(*args, **more)
            if names is None or not kept.isdisjoint(names):
                _note(type(self), [self.pk])

    def delete(self, *args: Any, **more: Any) -> tuple[int, dict[str, int]]:
        """As Django's."""
        key = self.pk
        with transaction.atomic():
            done = super().delete(*args, **more)
            _note(type(self), [key])
        return done


def adopt(model: type[models.Model], what: Declared) -> None:
    """Seal a model of somebody else's app: its managers record their writes as ours do. For
    single objects that its forms save, the desk calls ``note_rows``."""
    adopted[model] = what
    for manager in model._meta.local_managers:
        manager._queryset_class = SealedQuerySet  # type: ignore[attr-defined]
    model._meta._expire_cache()  # type: ignore[attr-defined]
