"""The installation's two keys, kept outside the database: one digests, one signs.

Whoever can write the whole database still cannot make a control record that verifies (keyed
digest, HMAC-SHA256) nor sign a new head of the chain (Ed25519). Both are files that only their
owner reads; the demo and the tests make their own, any other installation makes them once with
``zengzhi seal keys DIR`` and names them in ``ZENGZHI_DIGEST_KEY`` and ``ZENGZHI_SEAL_KEY``.
"""

import hmac
import os
import secrets
import tempfile
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from zengzhi.core.errors import ZengzhiError

DIGEST_KEY_BYTES = 32
PUBLIC_SUFFIX = ".pub"


class KeyMissing(ZengzhiError):
    """A key file is not there, or is not a key."""

    code = "key_missing"


def digest(data: bytes) -> str:
    """HMAC-SHA256 of ``data`` with the digest key, 64 hexadecimal digits.

    Errors: ``key_missing``.
    """
    return digester(settings.DIGEST_KEY_FILE)(data).hex()


def sign(data: bytes) -> bytes:
    """The Ed25519 signature of ``data``, 64 bytes. Errors: ``key_missing``."""
    return _signing_key(_there(settings.SEAL_KEY_FILE)).sign(data)


def public_key() -> bytes:
    """The public half of the signing key, 32 bytes. It is read from the file beside the private
    one, which a machine that only verifies need not have. Errors: ``key_missing``."""
    path = _there(settings.SEAL_KEY_FILE)
    public = path.with_name(path.name + PUBLIC_SUFFIX)
    if not public.exists():
        _signing_key(path)
    try:
        return bytes.fromhex(public.read_text("ascii").strip())
    except (OSError, ValueError) as error:
        raise KeyMissing(f"{public}: the public key of the seal cannot be read") from error


def verify_signature(public: bytes, data: bytes, signature: bytes) -> bool:
    """Whether ``signature`` of ``data`` was made with the private half of ``public``."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def create(digest_key: Path, seal_key: Path) -> None:
    """Make the keys that are not there yet; what is there stays."""
    _write_once(digest_key, secrets.token_hex(DIGEST_KEY_BYTES))
    _write_once(seal_key, Ed25519PrivateKey.generate().private_bytes_raw().hex())
    public = _signing_key(seal_key).public_key().public_bytes_raw()
    _write_once(seal_key.with_name(seal_key.name + PUBLIC_SUFFIX), public.hex())


def _there(file: str | Path) -> Path:
    path = Path(file)
    if not path.exists():
        if not (settings.DEMO or settings.DEBUG):
            raise KeyMissing(
                f"{path} is not there. Make the keys once with 'zengzhi seal keys DIR', keep a "
                "copy outside this machine, and name them in ZENGZHI_DIGEST_KEY and "
                "ZENGZHI_SEAL_KEY"
            )
        create(Path(settings.DIGEST_KEY_FILE), Path(settings.SEAL_KEY_FILE))
    return path


@lru_cache(maxsize=4)
def digester(file: str | Path) -> Callable[[bytes], bytes]:
    """What :func:`digest` does with the key of a file, read once: for what is digested with every
    row. Errors: ``key_missing``."""
    path = _there(file)
    key = _read(path)
    if len(key) != DIGEST_KEY_BYTES:
        raise KeyMissing(f"{path}: a digest key has {DIGEST_KEY_BYTES} bytes")
    return partial(hmac.digest, key, digest="sha256")


@lru_cache(maxsize=4)
def _signing_key(path: Path) -> Ed25519PrivateKey:
    try:
        return Ed25519PrivateKey.from_private_bytes(_read(path))
    except ValueError as error:
        raise KeyMissing(f"{path}: this is no signing key") from error


def _read(path: Path) -> bytes:
    try:
        return bytes.fromhex(path.read_text("ascii").strip())
    except (OSError, ValueError) as error:
        raise KeyMissing(f"{path}: the key cannot be read") from error


def _write_once(path: Path, text: str) -> None:
    """A whole file that only its owner reads, or the one that somebody else wrote first."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, draft = tempfile.mkstemp(dir=path.parent)  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text + "\n")
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        os.unlink(draft)
