"""How the kernel's functions are compiled: cached on disk, keyed by *all* sources of the kernel."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import njit, types
from numba.core.caching import FunctionCache

F = TypeVar("F", bound=Callable[..., Any])


def _sources_hash() -> str:
    hashed = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        hashed.update(path.read_bytes())
    return hashed.hexdigest()


SOURCES_HASH = _sources_hash()


class _CacheBySources(FunctionCache):
    """Numba looks at the file of a function only; a change in a function it calls counts too."""

    def _index_key(self, sig: object, codegen: object) -> tuple[object, ...]:
        return (*super()._index_key(sig, codegen), SOURCES_HASH)


def _caching(dispatcher: Any) -> None:
    try:
        dispatcher._cache = _CacheBySources(dispatcher.py_func)
    except RuntimeError:
        return  # nowhere to write: compiled anew in each process


def _plain(argument: Any) -> Any:
    """int64 for every constant and every narrower integer."""
    whole = types.unliteral(argument)
    return types.int64 if isinstance(whole, types.Integer) and whole != types.uint64 else whole


def _one_version(dispatcher: Any) -> None:
    """Numba would compile a function anew for every constant and width it is called with."""
    template = dispatcher.get_call_template

    def get_call_template(args: tuple[Any, ...], kws: dict[str, Any]) -> Any:
        named = {name: _plain(argument) for name, argument in kws.items()}
        return template(tuple(_plain(argument) for argument in args), named)

    dispatcher.get_call_template = get_call_template


def compiled(function: F) -> F:
    """Compile on first call. Integers wrap at 64 bits, divisions are not checked for 0."""
    dispatcher = njit(error_model="numpy")(function)
    _caching(dispatcher)
    _one_version(dispatcher)
    return cast(F, dispatcher)
