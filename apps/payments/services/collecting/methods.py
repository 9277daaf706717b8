"""Keep house with the cards of a customer: which one is the default, and which are to be forgotten."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.kernel.outbox.recorder import request
from apps.payments.apps import DATABASE
from apps.payments.enums import SubscriptionStatus
from apps.payments.errors import PaymentMethodInUse, PaymentMethodUnknown
from apps.payments.models import Customer, PaymentMethod, Subscription
from apps.payments.models.subscriptions import OVER
from apps.payments.provider import the_provider
from apps.payments.services.collecting.dunning import try_again_now
from apps.payments.services.locks import lock_customer

PAYS_NOTHING = (*OVER, SubscriptionStatus.INCOMPLETE)


def prefer_method(user_id: UUID, method_id: UUID, *, at: datetime) -> None:
    """Make a card the one that renewals are paid with, and try what is unpaid with it. Raises PaymentMethodUnknown."""
    with transaction.atomic(using=DATABASE):
        customer, method = _locked(user_id, method_id)
        if customer.default_method_id != method.pk:
            customer.default_method = method
            customer.save(update_fields=["default_method"])
            try_again_now(customer, at=at)


def forget_method(user_id: UUID, method_id: UUID, *, at: datetime) -> None:
    """Forget a card, here at once and at the provider soon. Raises PaymentMethodUnknown or PaymentMethodInUse."""
    with transaction.atomic(using=DATABASE):
        customer, method = _locked(user_id, method_id)
        if customer.default_method_id == method.pk:
            if Subscription.objects.filter(customer=customer).exclude(status__in=PAYS_NOTHING).exists():
                raise PaymentMethodInUse()
            customer.default_method = None
            customer.save(update_fields=["default_method"])
        forget_methods([method], at=at)


def forget_methods(methods: list[PaymentMethod], *, at: datetime) -> None:
    """Mark cards as forgotten, and ask for the tasks that tell the provider. Their customers are locked already."""
    PaymentMethod.objects.filter(pk__in=[method.pk for method in methods]).update(detached_at=at)
    for method in methods:
        request("payments.detach_method", str(method.pk), using=DATABASE)


def detach_method(method_id: UUID) -> None:
    """Have the provider forget a card. Harmless when repeated. Raises ProviderUnavailable."""
    the_provider().detach_method(PaymentMethod.objects.get(pk=method_id).provider_method_id)


def _locked(user_id: UUID, method_id: UUID) -> tuple[Customer, PaymentMethod]:
    payer = Customer.objects.filter(user_id=user_id).first()
    if payer is None:
        raise PaymentMethodUnknown()
    customer = lock_customer(payer.pk)
    method = PaymentMethod.objects.filter(pk=method_id, customer=customer, detached_at=None).first()
    if method is None:
        raise PaymentMethodUnknown()
    return customer, method
