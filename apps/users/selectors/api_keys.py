"""Keys of programs: those that are good."""

from uuid import UUID

from django.db.models import Q, QuerySet

from apps.kernel.clock import now
from apps.users.models import ApiKey
from apps.users.rules.api_keys import LONGEST_KEY, digest_of, lies_within


def living_keys(user_id: UUID) -> QuerySet[ApiKey]:
    """Return the keys of a person that are neither revoked nor expired."""
    return _living().filter(user_id=user_id)


def key_that_opens(text: str, *, address: str) -> ApiKey | None:
    """Return the living key of an active person that may be used from this address, with its person, in one query."""
    if len(text) > LONGEST_KEY:
        return None
    key = _living().select_related("user").filter(digest=digest_of(text), user__is_active=True).first()
    if key is None or (key.addresses and not lies_within(address, key.addresses)):
        return None
    return key


def _living() -> QuerySet[ApiKey]:
    return ApiKey.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now()), revoked_at=None)
