"""The demo gateway: behaves like a provider, with signed callbacks, but moves no real money.

It reads what it wrote: what a callback says, or why it says nothing. Never more than a refusal,
whatever the bytes are: a number no machine holds, brackets without end, half a character, NUL.
"""

import hashlib
import hmac
import json
import re
from datetime import datetime
from typing import Any

from django.conf import settings

from zengzhi.payments.models import DemoPayout
from zengzhi.payments.notice import BadCallback, Notice
from zengzhi.records.store import clock
from zengzhi.records.wallet.payout import Answer, Result

PROVIDER = 1
FRESH_SECONDS = 300
AMOUNT_FEN_MAX = 2**53
"""More than any account holds."""
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,40}", re.ASCII)


def _key() -> bytes:
    return hashlib.sha256(b"demo-gateway:" + settings.SECRET_KEY.encode()).digest()


def sign(body: bytes) -> str:
    """HMAC-SHA256 over the raw body, hexadecimal."""
    return hmac.new(_key(), body, hashlib.sha256).hexdigest()


def callback_for(
    reference: str,
    order_number: str,
    amount_fen: int,
    transaction: str = "",
    at: datetime | None = None,
) -> tuple[bytes, str]:
    """The body and signature the gateway sends once a payer has confirmed. ``transaction``: the
    gateway's own number of this payment; left out, the callback does not carry one."""
    body = json.dumps(
        {
            "reference": reference,
            "order": order_number,
            "amount_fen": amount_fen,
            "currency": "CNY",
            "timestamp": int((at or clock.now()).timestamp()),
            **({"transaction": transaction} if transaction else {}),
        },
        separators=(",", ":"),
    ).encode()
    return body, sign(body)


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


class DemoGateway:
    """The gateway as payments see a provider."""

    number = PROVIDER

    def is_signed(self, body: bytes, signature: str) -> bool:
        """Whether the gateway signed these bytes."""
        sent = signature.encode("utf-8", "surrogatepass")
        return hmac.compare_digest(sign(body).encode(), sent)

    def read(self, body: bytes, received_at: datetime) -> Notice:
        """What a callback says; fresh when it was received.

        A callback without the gateway's own number is named by what it says, so that the same one
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

    def send_back(self, number: str, reference: str, amount_fen: int) -> Result:
        """Pay back a part of a payment; the same number is paid once."""
        DemoPayout.objects.get_or_create(
            number=number, defaults={"amount_fen": amount_fen, "account": reference}
        )
        return Result(Answer.PAID)
