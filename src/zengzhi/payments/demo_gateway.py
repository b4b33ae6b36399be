"""The demo gateway: behaves like a provider, with signed callbacks, but moves no real money."""

import hashlib
import hmac
import json
from datetime import datetime

from django.conf import settings

from zengzhi.payments.models import DemoPayout
from zengzhi.records.store import clock
from zengzhi.records.wallet.payout import Answer, Result

PROVIDER = 1


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


class DemoGateway:
    """The gateway as payments see a provider."""

    number = PROVIDER

    def is_signed(self, body: bytes, signature: str) -> bool:
        """Whether the gateway signed these bytes."""
        sent = signature.encode("utf-8", "surrogatepass")
        return hmac.compare_digest(sign(body).encode(), sent)

    def send_back(self, number: str, reference: str, amount_fen: int) -> Result:
        """Pay back a part of a payment; the same number is paid once."""
        DemoPayout.objects.get_or_create(
            number=number, defaults={"amount_fen": amount_fen, "account": reference}
        )
        return Result(Answer.PAID)
