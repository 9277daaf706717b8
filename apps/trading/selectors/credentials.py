"""Venue credentials as they may be shown: without what opens the venue."""

from django.db.models import QuerySet

from apps.trading.models import VenueCredential


def credentials_without_secrets() -> QuerySet[VenueCredential]:
    """Return credentials whose secrets are neither read from the database nor unsealed."""
    return VenueCredential.objects.defer("key", "secret", "passphrase")
