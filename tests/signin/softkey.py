"""A passkey in software: what a device would sign, and how it can be made to sign wrongly."""

import json
import secrets
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

UP, UV, AT = 1, 4, 64


@dataclass
class SoftKey:
    """One key of one account at one site."""

    rp: str = "testserver"
    origin: str = "https://testserver"
    verifies: bool = True
    """Asks for a finger, a face or a PIN."""
    handle: str = ""
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return CollectedClientData.create(kind, websafe_decode(challenge), self.origin)

    def _flags(self) -> int:
        return UP | (UV if self.verifies else 0)

    def _rp_hash(self) -> bytes:
        return sha256(self.rp.encode()).digest()

    def make(self, options: dict) -> str:
        """The answer to ``navigator.credentials.create``."""
        wanted = options["publicKey"]
        self.handle = wanted["user"]["id"]
        public = ES256.from_cryptography_key(self.key.public_key())
        made = AttestedCredentialData.create(Aaguid(bytes(16)), self.credential_id, public)
        data = AuthenticatorData.create(self._rp_hash(), self._flags() | AT, 0, made)
        answer = {
            "clientDataJSON": websafe_encode(
                self._client_data("webauthn.create", wanted["challenge"])
            ),
            "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
        }
        return self._said(answer)

    def sign(self, options: dict) -> str:
        """The answer to ``navigator.credentials.get``."""
        client = self._client_data("webauthn.get", options["publicKey"]["challenge"])
        data = AuthenticatorData.create(self._rp_hash(), self._flags(), 1)
        signed = self.key.sign(data + sha256(client).digest(), ec.ECDSA(SHA256()))
        answer = {
            "clientDataJSON": websafe_encode(client),
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(signed),
            "userHandle": self.handle,
        }
        return self._said(answer)

    def _said(self, answer: dict) -> str:
        name = websafe_encode(self.credential_id)
        return json.dumps(
            {
                "type": "public-key",
                "id": name,
                "rawId": name,
                "response": answer,
                "clientExtensionResults": {},
            }
        )
