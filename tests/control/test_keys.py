"""The keys are files of their owner, made once, and named plainly when they are missing."""

import stat

import pytest

from zengzhi.records.store import keys


@pytest.fixture
def place(settings, tmp_path):
    """An installation without keys."""
    settings.DIGEST_KEY_FILE = tmp_path / "keys" / "digest.key"
    settings.SEAL_KEY_FILE = tmp_path / "keys" / "seal.key"
    return tmp_path / "keys"


def test_the_demo_makes_its_own_keys_once(place):
    first = keys.digest(b"one")
    assert first == keys.digest(b"one") != keys.digest(b"two")
    made = {path.name: path.read_text() for path in place.iterdir()}
    assert set(made) == {"digest.key", "seal.key", "seal.key.pub"}
    for name in made:
        assert stat.S_IMODE((place / name).stat().st_mode) == 0o600
    keys.create(place / "digest.key", place / "seal.key")
    assert made == {path.name: path.read_text() for path in place.iterdir()}


def test_a_signature_holds_for_what_was_signed_and_for_its_key_only(place):
    signature = keys.sign(b"head")
    public = keys.public_key()
    assert keys.verify_signature(public, b"head", signature)
    assert not keys.verify_signature(public, b"heads", signature)
    assert not keys.verify_signature(bytes(32), b"head", signature)
    assert not keys.verify_signature(public, b"head", signature[:-1])


def test_two_installations_digest_differently(place, settings):
    mine = keys.digest(b"one")
    settings.DIGEST_KEY_FILE = place / "another.key"
    keys.create(settings.DIGEST_KEY_FILE, settings.SEAL_KEY_FILE)
    assert keys.digest(b"one") != mine


def test_without_keys_an_installation_says_what_to_do(place, settings):
    settings.DEMO = settings.DEBUG = False
    with pytest.raises(keys.KeyMissing, match="zengzhi seal keys"):
        keys.digest(b"one")
    with pytest.raises(keys.KeyMissing, match="zengzhi seal keys"):
        keys.sign(b"one")
    assert not place.exists()


@pytest.mark.parametrize("text", ["", "00", "not a key"])
def test_what_is_no_key_is_refused(place, settings, text):
    place.mkdir()
    settings.DIGEST_KEY_FILE.write_text(text)
    settings.SEAL_KEY_FILE.write_text(text)
    with pytest.raises(keys.KeyMissing):
        keys.digest(b"one")
    with pytest.raises(keys.KeyMissing):
        keys.sign(b"one")
