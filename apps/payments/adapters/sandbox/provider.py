"""The sandbox behind the provider's port. What it is asked for under a key it does once."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import models as orm
from django.db import transaction

from apps.kernel.clock import now
from apps.payments.adapters.sandbox import models
from apps.payments.adapters.sandbox.charges import OVER, present, tell
from apps.payments.adapters.sandbox.happenings import ACCOUNT, DATABASE, happened, new_id
from apps.payments.adapters.sandbox.telling import as_intent, as_payout, as_refund, as_setup
from apps.payments.adapters.sandbox.weather import lose_answer_in_bad_weather, refuse_in_bad_weather
from apps.payments.errors import (
    NoticeUnreadable,
    ProviderObjectUnknown,
    ProviderRefused,
    SignatureInvalid,
    SignatureStale,
    WrongAccount,
    WrongMode,
)
from apps.payments.ports import (
    IntentStatus,
    MovementKind,
    Notice,
    ObjectKind,
    ProviderIntent,
    ProviderMovement,
    ProviderPayout,
    ProviderRefund,
    ProviderSetup,
    RefundStatus,
)

TOLERANCE = 300
M = TypeVar("M", bound=orm.Model)


class SandboxProvider:
    """A provider of payments that moves no money."""

    name = "sandbox"
    livemode = False

    def create_customer(self, *, key: str, customer_id: UUID, email: str) -> str:
        """Return the id of a new customer."""

        def make() -> models.Customer:
            return models.Customer.objects.create(id=new_id("cus"), customer_id=customer_id, email=email)

        return str(_once(key, [customer_id, email], models.Customer, make).pk)

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
        if amount <= 0:
            raise ProviderRefused(reason="the amount must be more than zero")

        def make() -> models.Intent:
            intent = models.Intent.objects.create(
                id=new_id("pi"),
                customer=_row(models.Customer, customer_id, "customer"),
                amount=amount,
                currency=currency,
                status=IntentStatus.REQUIRES_PAYMENT_METHOD,
                off_session=off_session,
                description=description,
                return_url=return_url,
                token=secrets.token_urlsafe(32),
                metadata={"payment_id": str(payment_id)},
            )
            if method_id is not None:
                card = _row(models.Card, method_id, "payment_method")
                present(intent, card, confirmed=False, on_page=False)
            return intent

        asked = [payment_id, customer_id, f"{amount:f}", currency, method_id, off_session]
        return as_intent(_once(key, asked, models.Intent, make))

    def create_setup(
        self, *, key: str, subscription_id: UUID | None, customer_id: str, return_url: str
    ) -> ProviderSetup:
        """Begin to make a card usable."""

        def make() -> models.Intent:
            return models.Intent.objects.create(
                id=new_id("seti"),
                customer=_row(models.Customer, customer_id, "customer"),
                status=IntentStatus.REQUIRES_PAYMENT_METHOD,
                return_url=return_url,
                token=secrets.token_urlsafe(32),
                metadata={"subscription_id": str(subscription_id)} if subscription_id else {},
            )

        return as_setup(_once(key, [subscription_id, customer_id], models.Intent, make))

    def create_refund(
        self, *, key: str, refund_id: UUID, intent_id: str, amount: Decimal, currency: str
    ) -> ProviderRefund:
        """Give money back. Raises ProviderRefused for more than is left."""

        def make() -> models.Refund:
            intent = _locked(intent_id)
            left = (intent.amount or Decimal(0)) - intent.refunded
            if intent.status != IntentStatus.SUCCEEDED or currency != intent.currency or not 0 < amount <= left:
                raise ProviderRefused(reason=f"at most {left:f} {intent.currency} of {intent_id} can be refunded")
            intent.refunded += amount
            intent.save(update_fields=["refunded"])
            refund = models.Refund.objects.create(
                id=new_id("re"),
                intent=intent,
                amount=amount,
                status=RefundStatus.SUCCEEDED,
                metadata={"refund_id": str(refund_id)},
            )
            models.Movement.objects.create(
                id=new_id("txn"),
                kind=MovementKind.REFUND,
                source_id=refund.pk,
                amount=-amount,
                fee=0,
                currency=currency,
            )
            happened("refund.updated", "refund", refund.pk)
            return refund

        return as_refund(_once(key, [refund_id, intent_id, f"{amount:f}", currency], models.Refund, make))

    def cancel_intent(self, intent_id: str, *, key: str) -> ProviderIntent:
        """Cancel a payment."""
        return as_intent(_cancel(intent_id))

    def cancel_setup(self, setup_id: str, *, key: str) -> ProviderSetup:
        """Cancel a setup."""
        return as_setup(_cancel(setup_id))

    def detach_method(self, method_id: str) -> None:
        """Forget a card."""
        models.Card.objects.filter(pk=method_id).update(detached=True)

    def intent(self, intent_id: str) -> ProviderIntent:
        """Return a payment."""
        return as_intent(_row(models.Intent, intent_id, "payment_intent"))

    def setup(self, setup_id: str) -> ProviderSetup:
        """Return a setup."""
        return as_setup(_row(models.Intent, setup_id, "setup_intent"))

    def refund(self, refund_id: str) -> ProviderRefund:
        """Return a refund."""
        return as_refund(_row(models.Refund, refund_id, "refund"))

    def payout(self, payout_id: str) -> ProviderPayout:
        """Return a payout."""
        return as_payout(_row(models.Payout, payout_id, "payout"))

    def find_customer(self, customer_id: UUID) -> str | None:
        """Return the id of one of the merchant's customers."""
        return models.Customer.objects.filter(customer_id=customer_id).values_list("pk", flat=True).first()

    def find_intent(self, payment_id: UUID, *, customer_id: str) -> ProviderIntent | None:
        """Return the payment for one of the merchant's."""
        found = models.Intent.objects.filter(customer_id=customer_id, metadata__payment_id=str(payment_id)).first()
        return as_intent(found) if found else None

    def find_setup(self, subscription_id: UUID, *, customer_id: str) -> ProviderSetup | None:
        """Return the newest setup for a subscription."""
        told = models.Intent.objects.filter(customer_id=customer_id, metadata__subscription_id=str(subscription_id))
        found = told.order_by("-created_at").first()
        return as_setup(found) if found else None

    def find_refund(self, refund_id: UUID, *, intent_id: str) -> ProviderRefund | None:
        """Return the refund for one of the merchant's."""
        found = models.Refund.objects.filter(intent_id=intent_id, metadata__refund_id=str(refund_id)).first()
        return as_refund(found) if found else None

    def intents(self, *, since: datetime) -> Iterator[ProviderIntent]:
        """Yield the payments since."""
        found = models.Intent.objects.filter(created_at__gte=since, amount__isnull=False).select_related("card")
        return map(as_intent, found.order_by("-created_at").iterator())

    def setups(self, *, since: datetime) -> Iterator[ProviderSetup]:
        """Yield the setups since."""
        found = models.Intent.objects.filter(created_at__gte=since, amount__isnull=True).select_related("card")
        return map(as_setup, found.order_by("-created_at").iterator())

    def refunds(self, *, since: datetime) -> Iterator[ProviderRefund]:
        """Yield the refunds since."""
        found = models.Refund.objects.filter(created_at__gte=since).select_related("intent")
        return map(as_refund, found.order_by("-created_at").iterator())

    def payouts(self, *, since: datetime) -> Iterator[ProviderPayout]:
        """Yield the payouts since."""
        found = models.Payout.objects.filter(created_at__gte=since)
        return map(as_payout, found.order_by("-created_at").iterator())

    def movements(self, payout_id: str) -> Iterator[ProviderMovement]:
        """Yield the movements of a payout."""
        for move in models.Movement.objects.filter(payout_id=payout_id).order_by("created_at", "pk"):
            yield ProviderMovement(
                id=move.pk,
                kind=MovementKind(move.kind),
                source_id=move.source_id,
                amount=move.amount,
                fee=move.fee,
                currency=move.currency,
                created_at=move.created_at,
            )

    def notices(self, *, since: datetime) -> Iterator[Notice]:
        """Yield the events since."""
        for event in models.Event.objects.filter(created_at__gte=since).order_by("-created_at").iterator():
            yield _notice(json.loads(event.body))

    def read_notice(self, body: bytes, headers: Mapping[str, str]) -> Notice:
        """Return what a webhook says."""
        _verify(body, headers.get("Stripe-Signature", ""))
        try:
            told = json.loads(body)
            livemode, account = told["livemode"], told["account"]
            notice = _notice(told)
        except (ValueError, KeyError, TypeError) as error:
            raise NoticeUnreadable(reason=f"{error}") from error
        if livemode:
            raise WrongMode(theirs="live", ours="test")
        if account != ACCOUNT:
            raise WrongAccount(theirs=account)
        return notice


def signature(body: bytes, *, at: int, secret: str) -> str:
    """Return the header that proves a webhook, as Stripe makes it."""
    proof = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={proof}"


def secrets_of_webhooks() -> list[str]:
    """Return the secrets: the first signs, all of them verify."""
    return [hmac.new(settings.SECRET_KEY.encode(), b"sandbox webhooks", hashlib.sha256).hexdigest()]


def _verify(body: bytes, header: str) -> None:
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    try:
        at = int(parts["t"])
    except (KeyError, ValueError) as error:
        raise SignatureInvalid() from error
    wanted = [signature(body, at=at, secret=secret) for secret in secrets_of_webhooks()]
    if not any(hmac.compare_digest(f"t={at},v1={parts.get('v1', '')}", one) for one in wanted):
        raise SignatureInvalid()
    age = int(now().timestamp()) - at
    if abs(age) > TOLERANCE:
        raise SignatureStale(seconds=age, tolerance=TOLERANCE)


def _notice(told: dict[str, Any]) -> Notice:
    thing = told["data"]["object"]
    kinds = {kind.value: kind for kind in ObjectKind}
    return Notice(
        event_id=told["id"],
        type=told["type"],
        created_at=datetime.fromtimestamp(told["created"], UTC),
        object_kind=kinds.get(thing["object"], ObjectKind.OTHER),
        object_id=thing["id"],
    )


def _once(key: str, asked: list[Any], kind: type[M], make: Callable[[], M]) -> M:
    """Return what `make` makes, or made before under this key. Raises ProviderRefused for a key of something else."""
    wanted = json.dumps(asked, default=str)
    refuse_in_bad_weather()
    made = _found_or_made(key, wanted, kind, make)
    lose_answer_in_bad_weather(f"make a {kind.__name__.lower()}")
    return made


def _found_or_made(key: str, wanted: str, kind: type[M], make: Callable[[], M]) -> M:
    with transaction.atomic(using=DATABASE):
        used, new = models.UsedKey.objects.get_or_create(key=key, defaults={"asked": wanted, "object_id": ""})
        used = models.UsedKey.objects.select_for_update().get(pk=used.pk)
        if not new and used.asked != wanted:
            raise ProviderRefused(reason=f"the key {key} was used for something else")
        if used.object_id:
            return kind._default_manager.get(pk=used.object_id)
        made = make()
        used.object_id = str(made.pk)
        used.save(update_fields=["object_id"])
    return made


def _cancel(intent_id: str) -> models.Intent:
    with transaction.atomic(using=DATABASE):
        intent = _locked(intent_id)
        if intent.status not in OVER:
            intent.status = IntentStatus.CANCELED
            intent.save(update_fields=["status"])
            tell(intent)
    return intent


def _locked(intent_id: str) -> models.Intent:
    intent = models.Intent.objects.select_for_update().filter(pk=intent_id).first()
    if intent is None:
        raise ProviderObjectUnknown(kind="payment_intent", object_id=intent_id)
    return intent


def _row(kind: type[M], object_id: str, name: str) -> M:
    row = kind._default_manager.filter(pk=object_id).first()
    if row is None:
        raise ProviderObjectUnknown(kind=name, object_id=object_id)
    return row
