"""Read a callback: what it says, or why it says nothing. Never more than a refusal, whatever the
bytes are: a number no machine holds, brackets without end, half a character, NUL."""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zengzhi.core.errors import ZengzhiError

FRESH_SECONDS = 300
AMOUNT_FEN_MAX = 2**53
"""More than any account holds."""
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,40}", re.ASCII)


class BadCallback(ZengzhiError):
    """The callback is forged, stale, or no callback at all."""

    code = "bad_callback"


@dataclass(frozen=True, slots=True)
class Notice:
    """A provider says: this much money arrived for this reference, under this number of mine."""

    reference: str
    subject: str
    amount_fen: int
    transaction: str


def _no_number(text: str) -> Any:
    raise ValueError(f"{text[:20]} is not a whole number")


def _text(value: object) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ValueError("a name of up to 40 letters, digits, dots or dashes is needed")
    return value


def _number(value: object, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= most:
        raise ValueError(f"a whole number from 1 to {most} is needed")
    return value


def read_notice(body: bytes, received_at: datetime) -> Notice:
    """What a callback says; fresh when it was received.

    A callback without the provider's own number is named by what it says, so that the same one
    again is the same money. Errors: ``bad_callback``.
    """
    try:
        content = json.loads(body, parse_float=_no_number, parse_constant=_no_number)
        reference, subject = _text(content["reference"]), _text(content["order"])
        amount_fen = _number(content["amount_fen"], AMOUNT_FEN_MAX)
        sent_at = _number(content["timestamp"], 2**40)
        said = f"{reference} {subject} {amount_fen}"
        transaction = _text(
            content.get("transaction", hashlib.sha256(said.encode()).hexdigest()[:40])
        )
        currency = content["currency"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadCallback(f"not a callback: {type(error).__name__}") from error
    if currency != "CNY":
        raise BadCallback("not in yuan")
    if abs(received_at.timestamp() - sent_at) > FRESH_SECONDS:
        raise BadCallback("stale timestamp")
    return Notice(reference, subject, amount_fen, transaction)
