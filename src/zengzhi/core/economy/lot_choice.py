"""Which lots points come from: first in, first out (先进先出), or one that is named."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

from zengzhi.core.errors import InsufficientPoints
from zengzhi.core.units import PointUnits


class HasUnits(Protocol):
    """What is chosen from: a lot of the core, or a row of it."""

    @property
    def remaining_units(self) -> int:
        """Points left."""


L = TypeVar("L", bound=HasUnits)


def choose_lots(lots: Iterable[L], units: int | None) -> list[tuple[L, PointUnits]]:
    """The lots that ``units`` (``None``: all) come from, in the order given, and how many of each.

    Lots with nothing left are passed over. Errors: ``insufficient_points``.
    """
    taken: list[tuple[L, PointUnits]] = []
    taken_units = 0
    for lot in lots:
        part_units = lot.remaining_units
        if units is not None:
            part_units = min(part_units, units - taken_units)
        if part_units:
            taken.append((lot, PointUnits(part_units)))
            taken_units += part_units
        if taken_units == units:
            return taken
    if taken_units == 0 or units is not None:
        raise InsufficientPoints(units or 0, taken_units)
    return taken
