"""The demo gateway: behaves like a provider, with signed callbacks, but moves no real money."""

import hashlib
import hmac
import json

from django.conf import settings

from zengzhi.records.store import clock

PROVIDER = 1


def _key() -> bytes:
    return hashlib.sha256(b"demo-gateway:" + settings.SECRET_KEY.encode()).digest()


def sign(body: bytes) -> str:
    """HMAC-SHA256 over the raw body, hexadecimal."""
    return hmac.new(_key(), body, hashlib.sha256).hexdigest()


def callback_for(reference: str, order_number: str, amount_fen: int) -> tuple[bytes, str]:
    """The body and signature the gateway sends once a payer has confirmed."""
    body = json.dumps(
        {
            "reference": reference,
            "order": order_number,
            "amount_fen": amount_fen,
            "currency": "CNY",
            "timestamp": int(clock.now().timestamp()),
        },
        separators=(",", ":"),
    ).encode()
    return body, sign(body)
