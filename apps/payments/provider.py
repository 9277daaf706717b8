"""The provider and the people of this installation, as settings name them."""

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from apps.payments.ports import PaymentProvider, People


def the_provider() -> PaymentProvider:
    """Return whoever collects the money here."""
    return _provider(settings.TREUM_PAYMENTS_PROVIDER)


def the_people() -> People:
    """Return whoever knows the people behind ids."""
    people: People = import_string(settings.TREUM_PAYMENTS_PEOPLE)()
    return people


@cache
def _provider(name: str) -> PaymentProvider:
    provider: PaymentProvider = import_string(settings.TREUM_PAYMENTS_PROVIDERS[name])()
    return provider
