"""Have the provider make a card usable for later payments: for a trial, or to pay with another one from now on."""

from uuid import UUID

from django.conf import settings
from django.db import transaction

from apps.payments.apps import DATABASE
from apps.payments.enums import SubscriptionStatus
from apps.payments.models import Subscription
from apps.payments.ports import ProviderSetup
from apps.payments.provider import the_provider
from apps.payments.services.collecting.asking import provider_customer
from apps.payments.services.customers import customer_of
from apps.payments.services.locks import lock_customer
from apps.payments.services.subscriptions.trials import apply_setup


def ask_setup(subscription_id: UUID) -> Subscription:
    """Make sure that the provider has a setup for a trial, apply how far it is, and return the subscription.

    Harmless when repeated. Raises ProviderUnavailable, and ProviderAmbiguous, after which it is to be called again.
    """
    subscription = Subscription.objects.select_related("customer").get(pk=subscription_id)
    if subscription.status == SubscriptionStatus.INCOMPLETE:
        setup = _setup_of(subscription)
        _remember(subscription, setup)
        apply_setup(setup)
    return Subscription.objects.get(pk=subscription_id)


def abandon_setup(setup_id: str) -> None:
    """Cancel a setup at the provider, and apply it when it was too late for that."""
    apply_setup(the_provider().cancel_setup(setup_id, key=f"cancel:{setup_id}"))


def card_page(user_id: UUID, *, nonce: str) -> str:
    """Return the provider's page on which a person adds a card. The same nonce leads to the same page."""
    setup = the_provider().create_setup(
        key=f"card:{nonce}",
        subscription_id=None,
        customer_id=provider_customer(customer_of(user_id)),
        return_url=f"{settings.TREUM_FRONTEND_URL}/billing",
    )
    return setup.page_url or f"{settings.TREUM_FRONTEND_URL}/billing"


def _remember(subscription: Subscription, setup: ProviderSetup) -> None:
    with transaction.atomic(using=DATABASE):
        lock_customer(subscription.customer_id)
        waiting = Subscription.objects.filter(pk=subscription.pk, status=SubscriptionStatus.INCOMPLETE)
        waiting.update(setup_id=setup.id, checkout_url=setup.page_url or "")


def _setup_of(subscription: Subscription) -> ProviderSetup:
    provider = the_provider()
    if subscription.setup_id:
        return provider.setup(subscription.setup_id)
    payer = provider_customer(subscription.customer)
    return provider.find_setup(subscription.pk, customer_id=payer) or provider.create_setup(
        key=f"setup:{subscription.pk}",
        subscription_id=subscription.pk,
        customer_id=payer,
        return_url=f"{settings.TREUM_FRONTEND_URL}/billing?subscription={subscription.pk}",
    )
