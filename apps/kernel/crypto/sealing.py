"""Seal text with Fernet (AES-128-CBC and HMAC-SHA256); the newest key seals, every key that is configured opens."""

import base64
from collections.abc import Sequence
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from apps.kernel.errors import TreumError

KEY_BYTES = 32


class Unreadable(TreumError):
    """This was sealed with a key that ENCRYPTION_KEY no longer names, or was tampered with."""


def seal(text: str, *, keys: Sequence[str] | None = None) -> str:
    """Return `text` sealed. `keys` are secrets of any form, the first of which seals; without them ENCRYPTION_KEY's."""
    return _cipher(keys).encrypt(text.encode()).decode()


def unseal(sealed: str, *, keys: Sequence[str] | None = None) -> str:
    """Return what was sealed. Raises Unreadable."""
    try:
        return _cipher(keys).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Unreadable() from None


def reseal(sealed: str) -> str:
    """Return the same text sealed with the newest key. Raises Unreadable."""
    try:
        return _cipher(None).rotate(sealed.encode()).decode()
    except InvalidToken:
        raise Unreadable() from None


def is_current(sealed: str) -> bool:
    """Tell whether a text is sealed with the newest key, so that it outlives the others."""
    try:
        _kept_cipher((settings.ENCRYPTION_KEYS[0],)).decrypt(sealed.encode())
    except InvalidToken:
        return False
    return True


def new_key() -> str:
    """Return a new random secret that can be passed as one of `keys`."""
    return Fernet.generate_key().decode()


def _cipher(keys: Sequence[str] | None) -> MultiFernet:
    return _kept_cipher(tuple(settings.ENCRYPTION_KEYS)) if keys is None else _cipher_of(keys)


@cache
def _kept_cipher(keys: tuple[str, ...]) -> MultiFernet:
    """Remember the few ciphers of the settings. Keys of people are not remembered: destroying one must destroy it."""
    return _cipher_of(keys)


def _cipher_of(keys: Sequence[str]) -> MultiFernet:
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(secret: str) -> bytes:
    """Return a Fernet key for a secret of any form (HKDF, RFC 5869), so that operators may name any long text."""
    hkdf = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=b"treum sealing")
    return base64.urlsafe_b64encode(hkdf.derive(secret.encode()))
