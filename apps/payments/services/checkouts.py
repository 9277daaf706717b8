"""Links that lead a payer to the provider's page: signed, and good for as long as there is something to pay there."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing

from apps.payments.enums import PaymentStatus, SubscriptionStatus
from apps.payments.errors import CheckoutUnknown, ProviderAmbiguous
from apps.payments.models import Invoice, Payment, Subscription
from apps.payments.services.collecting.asking import ask_provider
from apps.payments.services.collecting.settling import LIVE
from apps.payments.services.setups import ask_setup, card_page

SALT = "payments.checkout"
GOOD_FOR_SECONDS = 7 * 24 * 3600


def checkout_link(subscription: Subscription) -> str | None:
    """Return the link on which an incomplete subscription is paid, or gets the card for its trial; None for others."""
    if subscription.status != SubscriptionStatus.INCOMPLETE:
        return None
    if subscription.trial_end is not None:
        return _link({"setup": str(subscription.pk)})
    invoice = Invoice.objects.filter(subscription=subscription).order_by("-number").first()
    return invoice_link(invoice) if invoice else None


def invoice_link(invoice: Invoice) -> str | None:
    """Return the link on which an invoice is paid, or None when no payment of it waits for its payer."""
    payment = Payment.objects.filter(invoice=invoice, status__in=LIVE, off_session=False).first()
    payment = payment or Payment.objects.filter(invoice=invoice, status=PaymentStatus.REQUIRES_ACTION).first()
    return _link({"payment": str(payment.pk)}) if payment else None


def card_link(user_id: UUID, *, nonce: str) -> str:
    """Return the link on which a person adds a card."""
    return _link({"user": str(user_id), "nonce": nonce})


def page_behind(token: str) -> str:
    """Return the provider's page behind a link. Raises CheckoutUnknown, ProviderUnavailable or ProviderAmbiguous."""
    try:
        told: dict[str, Any] = signing.loads(token, salt=SALT, max_age=GOOD_FOR_SECONDS)
    except signing.BadSignature as error:
        raise CheckoutUnknown() from error
    if "payment" in told:
        return _payment_page(UUID(told["payment"]))
    if "setup" in told:
        return _setup_page(UUID(told["setup"]))
    return card_page(UUID(told["user"]), nonce=told["nonce"])


def _payment_page(payment_id: UUID) -> str:
    payment = Payment.objects.filter(pk=payment_id).first()
    if payment is not None and not payment.page_url:
        payment = ask_provider(payment_id)
    if payment is None:
        raise CheckoutUnknown()
    if payment.status == PaymentStatus.UNRESOLVED:
        raise ProviderAmbiguous(what="begin this payment")
    return payment.page_url or f"{settings.TREUM_FRONTEND_URL}/billing?payment={payment.pk}"


def _setup_page(subscription_id: UUID) -> str:
    subscription = Subscription.objects.filter(pk=subscription_id).first()
    if subscription is not None and not subscription.checkout_url:
        subscription = ask_setup(subscription_id)
    if subscription is None:
        raise CheckoutUnknown()
    return subscription.checkout_url or f"{settings.TREUM_FRONTEND_URL}/billing?subscription={subscription.pk}"


def _link(told: dict[str, str]) -> str:
    return f"{settings.TREUM_PUBLIC_URL}/checkout/{signing.dumps(told, salt=SALT)}"
