"""The sandbox behind the provider's port. What it is asked for under a key it does once."""

import json
import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from django.db import models as orm
from django.db import transaction

from apps.payments.adapters.sandbox import models, notices
from apps.payments.adapters.sandbox.charges import OVER, present, tell
from apps.payments.adapters.sandbox.happenings import DATABASE, new_id
from apps.payments.adapters.sandbox.keys import once
from apps.payments.adapters.sandbox.money import checked
from apps.payments.adapters.sandbox.refunds import give_back
from apps.payments.adapters.sandbox.telling import as_intent, as_movement, as_payout, as_refund, as_setup
from apps.payments.adapters.sandbox.weather import answered
from apps.payments.errors import ProviderObjectUnknown, ProviderRefused
from apps.payments.ports import (
    IntentStatus,
    Notice,
    ObjectKind,
    ProviderIntent,
    ProviderMovement,
    ProviderPayout,
    ProviderRefund,
    ProviderSetup,
)

M = TypeVar("M", bound=orm.Model)


class SandboxProvider:
    """A provider of payments that moves no money."""

    name = "sandbox"
    livemode = False

    def create_customer(self, *, key: str, customer_id: UUID, email: str) -> str:
        """Return the id of a new customer."""

        def make() -> models.Customer:
            return models.Customer.objects.create(id=new_id("cus"), customer_id=customer_id, email=email)

        return str(once(key, {"customer_id": customer_id, "email": email}, models.Customer, make).pk)

    def create_intent(
        self,
        *,
        key: str,
        payment_id: UUID,
        customer_id: str,
        amount: Decimal,
        currency: str,
        description: str,
        return_url: str,
        method_id: str | None = None,
        off_session: bool = False,
    ) -> ProviderIntent:
        """Begin to collect an amount."""
        asked = {
            "customer_id": customer_id,
            "amount": checked(amount, currency=currency),
            "currency": currency,
            "description": description,
            "return_url": return_url,
            "off_session": off_session,
            "metadata": {"payment_id": str(payment_id)},
        }

        def make() -> models.Intent:
            intent = _begun("pi", asked)
            if method_id is not None:
                card = _card(method_id, customer_id=customer_id)
                present(intent, card, confirmed=False, on_page=False)
            return intent

        return as_intent(once(key, {**asked, "method_id": method_id}, models.Intent, make))

    def create_setup(
        self, *, key: str, subscription_id: UUID | None, customer_id: str, return_url: str
    ) -> ProviderSetup:
        """Begin to make a card usable."""
        metadata = {"subscription_id": str(subscription_id)} if subscription_id else {}
        asked = {"customer_id": customer_id, "return_url": return_url, "metadata": metadata}
        return as_setup(once(key, asked, models.Intent, lambda: _begun("seti", asked)))

    def create_refund(
        self, *, key: str, refund_id: UUID, intent_id: str, amount: Decimal, currency: str
    ) -> ProviderRefund:
        """Give money back. Raises ProviderRefused for more than is left."""
        metadata, wanted = {"refund_id": str(refund_id)}, checked(amount, currency=currency)

        def make() -> models.Refund:
            return give_back(_locked(ObjectKind.INTENT, intent_id), wanted, currency=currency, metadata=metadata)

        asked = {"intent_id": intent_id, "amount": wanted, "currency": currency, "metadata": metadata}
        return as_refund(once(key, asked, models.Refund, make))

    def cancel_intent(self, intent_id: str, *, key: str) -> ProviderIntent:
        """Cancel a payment."""
        return as_intent(_canceled(ObjectKind.INTENT, intent_id))

    def cancel_setup(self, setup_id: str, *, key: str) -> ProviderSetup:
        """Cancel a setup."""
        return as_setup(_canceled(ObjectKind.SETUP, setup_id))

    def detach_method(self, method_id: str) -> None:
        """Forget a card."""
        with answered("forget the card"):
            models.Card.objects.filter(pk=method_id).update(detached=True)

    def intent(self, intent_id: str) -> ProviderIntent:
        """Return a payment."""
        return as_intent(_row(_intents(ObjectKind.INTENT), intent_id, ObjectKind.INTENT))

    def setup(self, setup_id: str) -> ProviderSetup:
        """Return a setup."""
        return as_setup(_row(_intents(ObjectKind.SETUP), setup_id, ObjectKind.SETUP))

    def refund(self, refund_id: str) -> ProviderRefund:
        """Return a refund."""
        return as_refund(_row(models.Refund.objects.select_related("intent"), refund_id, ObjectKind.REFUND))

    def payout(self, payout_id: str) -> ProviderPayout:
        """Return a payout."""
        return as_payout(_row(models.Payout.objects.all(), payout_id, ObjectKind.PAYOUT))

    def find_customer(self, customer_id: UUID) -> str | None:
        """Return the id of one of the merchant's customers."""
        return models.Customer.objects.filter(customer_id=customer_id).values_list("pk", flat=True).first()

    def find_intent(self, payment_id: UUID, *, customer_id: str) -> ProviderIntent | None:
        """Return the payment for one of the merchant's."""
        told = _intents(ObjectKind.INTENT).filter(customer_id=customer_id, metadata__payment_id=str(payment_id))
        found = told.first()
        return as_intent(found) if found else None

    def find_setup(self, subscription_id: UUID, *, customer_id: str) -> ProviderSetup | None:
        """Return the newest setup for a subscription."""
        told = _intents(ObjectKind.SETUP).filter(
            customer_id=customer_id, metadata__subscription_id=str(subscription_id)
        )
        found = told.order_by("-created_at").first()
        return as_setup(found) if found else None

    def find_refund(self, refund_id: UUID, *, intent_id: str) -> ProviderRefund | None:
        """Return the refund for one of the merchant's."""
        told = models.Refund.objects.select_related("intent").filter(intent_id=intent_id)
        found = told.filter(metadata__refund_id=str(refund_id)).first()
        return as_refund(found) if found else None

    def intents(self, *, since: datetime) -> Iterator[ProviderIntent]:
        """Yield the payments since."""
        return map(as_intent, _newest_first(_intents(ObjectKind.INTENT), since))

    def setups(self, *, since: datetime) -> Iterator[ProviderSetup]:
        """Yield the setups since."""
        return map(as_setup, _newest_first(_intents(ObjectKind.SETUP), since))

    def refunds(self, *, since: datetime) -> Iterator[ProviderRefund]:
        """Yield the refunds since."""
        return map(as_refund, _newest_first(models.Refund.objects.select_related("intent"), since))

    def payouts(self, *, since: datetime) -> Iterator[ProviderPayout]:
        """Yield the payouts since."""
        return map(as_payout, _newest_first(models.Payout.objects.all(), since))

    def movements(self, payout_id: str) -> Iterator[ProviderMovement]:
        """Yield the movements of a payout."""
        return map(as_movement, models.Movement.objects.filter(payout_id=payout_id).order_by("created_at", "pk"))

    def notices(self, *, since: datetime) -> Iterator[Notice]:
        """Yield the events since."""
        events = _newest_first(models.Event.objects.all(), since)
        return (notices.as_notice(json.loads(event.body)) for event in events)

    def read_notice(self, body: bytes, headers: Mapping[str, str]) -> Notice:
        """Return what a webhook says."""
        return notices.read(body, headers)


def _begun(prefix: str, asked: Mapping[str, object]) -> models.Intent:
    if not models.Customer.objects.filter(pk=asked["customer_id"]).exists():
        raise ProviderRefused(reason=f"there is no customer {asked['customer_id']}")
    return models.Intent.objects.create(
        id=new_id(prefix), status=IntentStatus.REQUIRES_PAYMENT_METHOD, token=secrets.token_urlsafe(32), **asked
    )


def _card(method_id: str, *, customer_id: str) -> models.Card:
    card = models.Card.objects.filter(pk=method_id, customer_id=customer_id, detached=False).first()
    if card is None:
        raise ProviderRefused(reason=f"{customer_id} has no card {method_id}")
    return card


def _intents(kind: ObjectKind) -> orm.QuerySet[models.Intent]:
    """Return the payments, or the setups, which have no amount."""
    return models.Intent.objects.filter(amount__isnull=kind == ObjectKind.SETUP).select_related("card")


def _canceled(kind: ObjectKind, intent_id: str) -> models.Intent:
    with answered(f"cancel {intent_id}"), transaction.atomic(using=DATABASE, durable=True):
        intent = _locked(kind, intent_id)
        if intent.status not in OVER:
            intent.status = IntentStatus.CANCELED
            intent.save(update_fields=["status"])
            tell(intent)
        return intent


def _locked(kind: ObjectKind, intent_id: str) -> models.Intent:
    return _row(_intents(kind).select_for_update(of=("self",)), intent_id, kind)


def _row(rows: orm.QuerySet[M], object_id: str, kind: ObjectKind) -> M:
    row = rows.filter(pk=object_id).first()
    if row is None:
        raise ProviderObjectUnknown(kind=kind.value, object_id=object_id)
    return row


def _newest_first(rows: orm.QuerySet[M], since: datetime) -> Iterator[M]:
    return rows.filter(created_at__gte=since).order_by("-created_at").iterator()
