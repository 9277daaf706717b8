"""The key pairs of tokens: an Ed25519 pair for each seed of JWT_SECRET, named by its thumbprint."""

import base64
import hashlib
import json
from dataclasses import dataclass
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

SEED_BYTES = 32


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key pair. `kid` is the thumbprint of the public key (RFC 7638)."""

    kid: str
    private: Ed25519PrivateKey
    public: Ed25519PublicKey
    jwk: dict[str, str]


def signing_key() -> SigningKey:
    """Return the key pair that signs new tokens."""
    return _key_of(settings.JWT_SECRETS[0])


def verifying_keys() -> dict[str, SigningKey]:
    """Return every key pair whose tokens are accepted, by its name."""
    return {key.kid: key for key in map(_key_of, settings.JWT_SECRETS)}


@cache
def _key_of(secret: str) -> SigningKey:
    seed = HKDF(algorithm=SHA256(), length=SEED_BYTES, salt=None, info=b"treum tokens").derive(secret.encode())
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public = private.public_key()
    point = _base64url(public.public_bytes(Encoding.Raw, PublicFormat.Raw))
    members = {"crv": "Ed25519", "kty": "OKP", "x": point}
    kid = _base64url(hashlib.sha256(json.dumps(members, separators=(",", ":"), sort_keys=True).encode()).digest())
    return SigningKey(kid, private, public, {**members, "kid": kid, "alg": "EdDSA", "use": "sig"})


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
