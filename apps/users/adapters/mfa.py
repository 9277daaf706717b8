"""allauth's hooks for second factors: their secrets are sealed at rest, within JSON of allauth's."""

from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.db import transaction

from apps.kernel.crypto import seal, unseal
from apps.kernel.crypto.rotation import Tally
from apps.users.apps import DATABASE

SECRETS = ("secret", "seed")
LISTS_OF_SECRETS = ("migrated_codes",)
ROWS = 500


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc] # allauth ships no types
    """Seals TOTP secrets and the seed of recovery codes."""

    def encrypt(self, text: str) -> str:
        """Return the secret sealed."""
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret plain. Raises Unreadable."""
        return unseal(encrypted_text)


def reseal_second_factors(tally: Tally) -> None:
    """Seal the secrets of all second factors with the newest key, in steps that each are a transaction."""
    last = 0
    while True:
        with transaction.atomic(using=DATABASE):
            factors = list(Authenticator.objects.select_for_update().filter(pk__gt=last).order_by("pk")[:ROWS])
            if not factors:
                return
            for factor in factors:
                factor.data = _resealed(factor.data, tally)
            Authenticator.objects.bulk_update(factors, ["data"])
        last = factors[-1].pk


def _resealed(data: dict[str, Any], tally: Tally) -> dict[str, Any]:
    single = {name: tally.renewed(data[name]) for name in SECRETS if name in data}
    lists = {name: [tally.renewed(text) for text in data[name]] for name in LISTS_OF_SECRETS if name in data}
    return {**data, **single, **lists}
