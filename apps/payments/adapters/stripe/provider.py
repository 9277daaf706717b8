"""Collects money through Stripe: payment intents and setup intents only, for the billing is ours.

Every call goes out once, under the key that it was given; whether it is repeated is for the callers to decide.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

import stripe
from django.conf import settings

from apps.payments.adapters.stripe.amounts import to_minor
from apps.payments.adapters.stripe.calls import Calls
from apps.payments.adapters.stripe.notices import NoticeReader, notice_of
from apps.payments.adapters.stripe.reading import (
    read_intent,
    read_movement,
    read_payout,
    read_refund,
    read_setup,
)
from apps.payments.errors import ProviderAmbiguous, ProviderObjectUnknown, ProviderRefused
from apps.payments.ports import (
    IntentStatus,
    Notice,
    ProviderIntent,
    ProviderMovement,
    ProviderPayout,
    ProviderRefund,
    ProviderSetup,
)

WITH_INTENT = ["latest_charge.balance_transaction", "payment_method"]
WITH_SETUP = ["payment_method"]
CANCELABLE = (IntentStatus.REQUIRES_PAYMENT_METHOD, IntentStatus.REQUIRES_ACTION)
THE_PAYOUT_ITSELF = "payout"

Thing = TypeVar("Thing", stripe.PaymentIntent, stripe.SetupIntent, stripe.Payout, stripe.Event)


class StripeProvider:
    """The account that STRIPE_SECRET_KEY belongs to, in the mode of that key."""

    name = "stripe"

    def __init__(self) -> None:
        self.livemode: bool = settings.STRIPE_LIVEMODE
        self._calls = Calls()
        self._v1 = self._calls.v1
        self._reader = NoticeReader(settings.STRIPE_WEBHOOK_SECRETS, self.livemode, settings.STRIPE_ACCOUNT)

    def close(self) -> None:
        """Let go of the connections of this thread."""
        self._calls.close()

    def create_customer(self, *, key: str, customer_id: UUID, email: str) -> str:
        """Return Stripe's id of a new customer."""
        params: stripe.params.CustomerCreateParams = {"email": email, "metadata": {"customer_id": str(customer_id)}}
        made = self._calls.write(
            lambda: self._v1.customers.create(params, {"idempotency_key": key}), what="make a customer"
        )
        return made.id

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
        """Begin to collect an amount: with a card at once, or with the one that its payer enters on our page."""
        params: stripe.params.PaymentIntentCreateParams = {
            "amount": to_minor(amount, currency=currency),
            "currency": currency.lower(),
            "customer": customer_id,
            "description": description,
            "metadata": {"payment_id": str(payment_id)},
            "allowed_payment_method_types": ["card"],
            # The asynchronous default tells of success before the fee is known.
            "capture_method": "automatic",
            "expand": WITH_INTENT,
        }
        if method_id is None:
            params["setup_future_usage"] = "off_session"
        else:
            params["payment_method"] = method_id
            params["confirm"] = True
            params["off_session"] = off_session
            params["return_url"] = return_url
        return self._intent(self._calls.write(lambda: self._begun(params, key=key), what=f"begin payment {payment_id}"))

    def create_setup(
        self, *, key: str, subscription_id: UUID | None, customer_id: str, return_url: str
    ) -> ProviderSetup:
        """Begin to make a card usable for later payments. Its page knows by itself where its payer goes from there."""
        params: stripe.params.SetupIntentCreateParams = {
            "customer": customer_id,
            "usage": "off_session",
            "allowed_payment_method_types": ["card"],
            "metadata": {"subscription_id": str(subscription_id)} if subscription_id else {},
            "expand": WITH_SETUP,
        }
        return self._setup(
            self._calls.write(
                lambda: self._v1.setup_intents.create(params, {"idempotency_key": key}), what="begin a setup"
            )
        )

    def create_refund(
        self, *, key: str, refund_id: UUID, intent_id: str, amount: Decimal, currency: str
    ) -> ProviderRefund:
        """Give money of a payment back. Stripe takes the currency from the payment, so it is compared first."""
        paid = self.intent(intent_id)
        if paid.currency != currency:
            raise ProviderRefused(reason=f"{intent_id} was paid in {paid.currency}, not in {currency}")
        params: stripe.params.RefundCreateParams = {
            "payment_intent": intent_id,
            "amount": to_minor(amount, currency=currency),
            "metadata": {"refund_id": str(refund_id)},
        }
        return read_refund(
            self._calls.write(
                lambda: self._v1.refunds.create(params, {"idempotency_key": key}), what=f"make refund {refund_id}"
            )
        )

    def cancel_intent(self, intent_id: str, *, key: str) -> ProviderIntent:
        """Cancel a payment and return it as it is then."""
        try:
            return self._intent(
                self._calls.write(
                    lambda: self._v1.payment_intents.cancel(
                        intent_id, {"expand": WITH_INTENT}, {"idempotency_key": key}
                    ),
                    what=f"cancel {intent_id}",
                )
            )
        except ProviderRefused:
            found = self.intent(intent_id)
            if found.status in CANCELABLE:
                raise
            return found

    def cancel_setup(self, setup_id: str, *, key: str) -> ProviderSetup:
        """Cancel a setup and return it as it is then."""
        try:
            return self._setup(
                self._calls.write(
                    lambda: self._v1.setup_intents.cancel(setup_id, {"expand": WITH_SETUP}, {"idempotency_key": key}),
                    what=f"cancel {setup_id}",
                )
            )
        except ProviderRefused:
            found = self.setup(setup_id)
            if found.status in CANCELABLE:
                raise
            return found

    def detach_method(self, method_id: str) -> None:
        """Forget a card; nothing happens when it was forgotten before."""
        try:
            self._calls.write(lambda: self._v1.payment_methods.detach(method_id), what=f"forget {method_id}")
        except ProviderRefused:
            if self._is_attached(method_id):
                raise

    def intent(self, intent_id: str) -> ProviderIntent:
        """Return a payment as it is now."""
        return self._intent(
            self._calls.read(
                lambda: self._v1.payment_intents.retrieve(intent_id, {"expand": WITH_INTENT}),
                kind="payment",
                object_id=intent_id,
            )
        )

    def setup(self, setup_id: str) -> ProviderSetup:
        """Return a setup as it is now."""
        return self._setup(
            self._calls.read(
                lambda: self._v1.setup_intents.retrieve(setup_id, {"expand": WITH_SETUP}),
                kind="setup",
                object_id=setup_id,
            )
        )

    def refund(self, refund_id: str) -> ProviderRefund:
        """Return a refund as it is now."""
        return read_refund(
            self._calls.read(lambda: self._v1.refunds.retrieve(refund_id), kind="refund", object_id=refund_id)
        )

    def payout(self, payout_id: str) -> ProviderPayout:
        """Return a payout as it is now."""
        found = self._calls.read(lambda: self._v1.payouts.retrieve(payout_id), kind="payout", object_id=payout_id)
        return read_payout(self._ours(found))

    def find_customer(self, customer_id: UUID) -> str | None:
        """Return Stripe's id of one of our customers.

        The search may be a minute behind. Whoever was made in that minute is found again by the key of their making.
        """
        query = f"metadata['customer_id']:'{customer_id}'"
        found = self._calls.read(lambda: self._v1.customers.search({"query": query, "limit": 1}), kind="customer")
        return found.data[0].id if found.data else None

    def find_intent(self, payment_id: UUID, *, customer_id: str) -> ProviderIntent | None:
        """Return the payment that was begun for one of ours."""
        listed = self._calls.all(
            self._v1.payment_intents.list, {"customer": customer_id, "expand": listed_with(WITH_INTENT)}, kind="payment"
        )
        return next((self._intent(intent) for intent in listed if _bears(intent, payment_id=payment_id)), None)

    def find_setup(self, subscription_id: UUID, *, customer_id: str) -> ProviderSetup | None:
        """Return the newest setup that was begun for a subscription; Stripe lists the newest first."""
        listed = self._calls.all(
            self._v1.setup_intents.list, {"customer": customer_id, "expand": listed_with(WITH_SETUP)}, kind="setup"
        )
        return next((self._setup(setup) for setup in listed if _bears(setup, subscription_id=subscription_id)), None)

    def find_refund(self, refund_id: UUID, *, intent_id: str) -> ProviderRefund | None:
        """Return the refund that was begun for one of ours."""
        listed = self._calls.all(self._v1.refunds.list, {"payment_intent": intent_id}, kind="refund")
        return next((read_refund(refund) for refund in listed if _bears(refund, refund_id=refund_id)), None)

    def intents(self, *, since: datetime) -> Iterator[ProviderIntent]:
        """Yield the payments created since, newest first."""
        filters = {**_created(since), "expand": listed_with(WITH_INTENT)}
        return map(self._intent, self._calls.all(self._v1.payment_intents.list, filters, kind="payment"))

    def setups(self, *, since: datetime) -> Iterator[ProviderSetup]:
        """Yield the setups created since, newest first."""
        filters = {**_created(since), "expand": listed_with(WITH_SETUP)}
        return map(self._setup, self._calls.all(self._v1.setup_intents.list, filters, kind="setup"))

    def refunds(self, *, since: datetime) -> Iterator[ProviderRefund]:
        """Yield the refunds created since, newest first."""
        return map(read_refund, self._calls.all(self._v1.refunds.list, _created(since), kind="refund"))

    def payouts(self, *, since: datetime) -> Iterator[ProviderPayout]:
        """Yield the payouts created since, newest first."""
        listed = self._calls.all(self._v1.payouts.list, _created(since), kind="payout")
        return (read_payout(self._ours(payout)) for payout in listed)

    def movements(self, payout_id: str) -> Iterator[ProviderMovement]:
        """Yield the movements that a payout is made of, without its own."""
        filters = {"payout": payout_id, "expand": ["data.source"]}
        listed = self._calls.all(self._v1.balance_transactions.list, filters, kind="payout")
        return (read_movement(line) for line in listed if line.type != THE_PAYOUT_ITSELF)

    def notices(self, *, since: datetime) -> Iterator[Notice]:
        """Yield the events since then; Stripe keeps those of thirty days."""
        listed = self._calls.all(self._v1.events.list, _created(since), kind="event")
        return (notice_of(self._ours(event).to_dict()) for event in listed)

    def read_notice(self, body: bytes, headers: Mapping[str, str]) -> Notice:
        """Return what a webhook says, if it is Stripe's, fresh, of our mode and our account."""
        return self._reader.read(body, headers)

    def _begun(self, params: stripe.params.PaymentIntentCreateParams, *, key: str) -> stripe.PaymentIntent:
        try:
            return self._v1.payment_intents.create(params, {"idempotency_key": key})
        except stripe.CardError as declined:
            intent = declined.error.payment_intent if declined.error and "payment_intent" in declined.error else None
            if intent is None:
                raise ProviderAmbiguous(what="make the payment that was declined") from None
            return intent

    def _is_attached(self, method_id: str) -> bool:
        try:
            method = self._calls.read(
                lambda: self._v1.payment_methods.retrieve(method_id), kind="card", object_id=method_id
            )
        except ProviderObjectUnknown:
            return False
        return method.customer is not None

    def _intent(self, intent: stripe.PaymentIntent) -> ProviderIntent:
        return read_intent(self._ours(intent), pages=settings.TREUM_FRONTEND_URL)

    def _setup(self, setup: stripe.SetupIntent) -> ProviderSetup:
        return read_setup(self._ours(setup), pages=settings.TREUM_FRONTEND_URL)

    def _ours(self, thing: Thing) -> Thing:
        """Return an object of our mode. Raises ProviderRefused for one of the other."""
        if thing.livemode is not self.livemode:
            raise ProviderRefused(reason=f"{thing.id} is not of the mode that we run in")
        return thing


def listed_with(paths: Sequence[str]) -> list[str]:
    """Return what is to be expanded in a list, given what is in one object."""
    return [f"data.{path}" for path in paths]


def _created(since: datetime) -> dict[str, Any]:
    return {"created": {"gte": int(since.timestamp())}}


def _bears(thing: stripe.PaymentIntent | stripe.SetupIntent | stripe.Refund, **ours: UUID) -> bool:
    """Tell whether an object was made for one of ours."""
    metadata = thing.metadata.to_dict() if thing.metadata else {}
    return all(metadata.get(name) == str(ours_id) for name, ours_id in ours.items())
