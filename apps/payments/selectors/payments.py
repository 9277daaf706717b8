"""How far attempts to collect are."""

from apps.payments.enums import PaymentStatus
from apps.payments.models import Payment

WITH_THE_PROVIDER = (PaymentStatus.PENDING, PaymentStatus.UNRESOLVED, PaymentStatus.PROCESSING)


def with_the_provider() -> bool:
    """Tell whether any attempt still waits for the provider's word."""
    return Payment.objects.filter(status__in=WITH_THE_PROVIDER).exists()
