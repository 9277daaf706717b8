"""Seal long content chunk by chunk (AES-256-GCM), with a key of its own that is itself kept sealed.

Rotating ENCRYPTION_KEY then seals the short key anew and leaves the content alone, and without the key the content is
nothing. A chunk opens only under its own name and number, so that chunks cannot be swapped.
"""

from base64 import b64decode, b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from apps.kernel.crypto.sealing import Unreadable

KEY_BITS = 256
NONCE_BYTES = 12


def new_chunk_key() -> str:
    """Return a new random key, for one content only."""
    return b64encode(AESGCM.generate_key(KEY_BITS)).decode()


def seal_chunk(chunk: bytes, *, key: str, name: str, number: int) -> bytes:
    """Return a chunk sealed. With one key, a number must not be used for two different chunks."""
    return AESGCM(b64decode(key)).encrypt(_nonce(number), chunk, name.encode())


def unseal_chunk(sealed: bytes, *, key: str, name: str, number: int) -> bytes:
    """Return the chunk that was sealed as `name` under this number. Raises Unreadable."""
    try:
        return AESGCM(b64decode(key)).decrypt(_nonce(number), sealed, name.encode())
    except InvalidTag:
        raise Unreadable() from None


def _nonce(number: int) -> bytes:
    """The number itself: no two chunks of a key share it, which is all that GCM asks (NIST SP 800-38D §8.2.1)."""
    return number.to_bytes(NONCE_BYTES)
