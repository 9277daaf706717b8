"""allauth's hooks for second factors: their secrets are sealed at rest."""

from allauth.mfa.adapter import DefaultMFAAdapter

from apps.kernel.crypto import seal, unseal


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc] # allauth ships no types
    """Seals TOTP secrets and the seed of recovery codes."""

    def encrypt(self, text: str) -> str:
        """Return the secret sealed."""
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret plain. Raises Unreadable."""
        return unseal(encrypted_text)
