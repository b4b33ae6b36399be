"""Where the act at hand comes from: the address and the number of the request.

The doors set it around each request; what the system or the command line does has none.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something comes from; "" is not known."""

    address: str = ""
    request_id: str = ""


_here: ContextVar[Origin] = ContextVar("origin")


def now() -> Origin:
    """The origin of what is being done."""
    return _here.get(Origin())


@contextmanager
def of(address: str, request_id: str) -> Iterator[Origin]:
    """Inside, everything comes from there."""
    found = Origin(address[:45], request_id[:32])
    token = _here.set(found)
    try:
        yield found
    finally:
        _here.reset(token)
