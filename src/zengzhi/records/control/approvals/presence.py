"""Who is signed in to the back office and speaks now.

An approval is worth what its two persons are worth: neither may be a name that somebody passed to
a function. The office's middleware says who is there, for one request; a shell, a chore or a
command has nobody there and can therefore only ask, in a name whose owner has to sign for it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from zengzhi.records.store import keys

_present: ContextVar[tuple[int, str] | None] = ContextVar("zengzhi_present", default=None)


@contextmanager
def present(user_pk: int, session_key: str) -> Iterator[None]:
    """For the time of a request: this person, in this session."""
    digest = keys.digest(f"control.session:{session_key}".encode())
    token = _present.set((user_pk, digest))
    try:
        yield
    finally:
        _present.reset(token)


def session_of(user_pk: int) -> str:
    """The keyed digest of the session in which this person speaks now; empty when they do not."""
    found = _present.get()
    return found[1] if found is not None and found[0] == user_pk else ""
