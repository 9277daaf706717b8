"""What the payments context asks of others: of whoever collects the money, and of whoever knows the people.

The vocabulary is that of PaymentIntents (Stripe's), whoever the provider is. Amounts are decimals in major units, with
the places of their currency; moments are aware. Every writing call takes a `key`: the same key never does it twice.
Writing calls raise ProviderUnavailable when it is certain that nothing was done, and ProviderAmbiguous when it is not:
what was asked for is then looked for (`find_…`), never asked for again under another key. A declined card is no error
but an intent in `requires_payment_method` with a `failure_code`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class IntentStatus(StrEnum):
    """How far the provider is with collecting money, or (a setup) with making a card usable."""

    REQUIRES_PAYMENT_METHOD = "requires_payment_method"
    REQUIRES_ACTION = "requires_action"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


class RefundStatus(StrEnum):
    """How far the provider is with giving money back."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


class MovementKind(StrEnum):
    """What moved the balance that the provider keeps for us."""

    CHARGE = "charge"
    REFUND = "refund"
    REFUND_FAILURE = "refund_failure"
    DISPUTE = "dispute"
    """A payment that its payer's bank takes back, or (a dispute that was won) gives again."""
    RESERVE = "reserve"
    """Money that the provider keeps back for a while, gives free again, or got back from our bank: it stays ours."""
    ADJUSTMENT = "adjustment"


class ObjectKind(StrEnum):
    """What a notice is about."""

    INTENT = "payment_intent"
    SETUP = "setup_intent"
    REFUND = "refund"
    PAYOUT = "payout"
    METHOD = "payment_method"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ProviderMethod:
    """A card as the provider knows it. `fingerprint` is the same for the same card, whoever uses it."""

    id: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class ProviderIntent:
    """A payment at the provider, as it is now. `fee` is known once it has succeeded.

    `page_url` is where the payer enters a card or confirms with their bank; `client_secret` is what a frontend of our
    own needs for the same: both let whoever has them pay, so neither is shown where an intent is printed. `metadata`
    holds what we gave it, `payment_id` above all.
    """

    id: str
    status: IntentStatus
    amount: Decimal
    currency: str
    amount_refunded: Decimal
    created_at: datetime
    customer_id: str | None = None
    method: ProviderMethod | None = None
    fee: Decimal | None = None
    failure_code: str | None = None
    page_url: str | None = field(default=None, repr=False)
    client_secret: str | None = field(default=None, repr=False)
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProviderSetup:
    """A card being made usable for later payments, without taking money."""

    id: str
    status: IntentStatus
    created_at: datetime
    customer_id: str | None = None
    method: ProviderMethod | None = None
    failure_code: str | None = None
    page_url: str | None = field(default=None, repr=False)
    client_secret: str | None = field(default=None, repr=False)
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProviderRefund:
    """Money on its way back to a payer. `metadata` holds our `refund_id`."""

    id: str
    intent_id: str
    status: RefundStatus
    amount: Decimal
    currency: str
    created_at: datetime
    failure_code: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProviderPayout:
    """What the provider has transferred to our bank: the sum of its movements after fees."""

    id: str
    amount: Decimal
    currency: str
    status: str
    """`paid`, `failed`, `canceled`, `pending` or `in_transit`."""
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ProviderMovement:
    """One line of the balance that the provider keeps for us. `source_id` is the intent or the refund behind it."""

    id: str
    kind: MovementKind
    source_id: str
    amount: Decimal
    fee: Decimal
    currency: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """A webhook that was verified: that something happened to an object, which is then asked for."""

    event_id: str
    type: str
    created_at: datetime
    object_kind: ObjectKind
    object_id: str


class PaymentProvider(Protocol):
    """Whoever collects the money. Chosen by TREUM_PAYMENTS_PROVIDER."""

    name: str
    livemode: bool

    def create_customer(self, *, key: str, customer_id: UUID, email: str) -> str:
        """Return the provider's id of a new customer."""

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
        """Begin to collect an amount.

        Without `method_id` the payer chooses a card on `page_url`, which is then kept for later payments. With it the
        card is charged at once; `off_session` says that the payer is not there to confirm.
        """

    def create_setup(
        self, *, key: str, subscription_id: UUID | None, customer_id: str, return_url: str
    ) -> ProviderSetup:
        """Begin to make a card usable for later payments; the payer enters it on `page_url`."""

    def create_refund(
        self, *, key: str, refund_id: UUID, intent_id: str, amount: Decimal, currency: str
    ) -> ProviderRefund:
        """Give money of a payment back. Raises ProviderRefused, for more than is left of it too."""

    def cancel_intent(self, intent_id: str, *, key: str) -> ProviderIntent:
        """Cancel a payment and return it as it is then: `succeeded` when it was too late."""

    def cancel_setup(self, setup_id: str, *, key: str) -> ProviderSetup:
        """Cancel a setup and return it as it is then."""

    def detach_method(self, method_id: str) -> None:
        """Forget a card; nothing happens when it was forgotten before."""

    def intent(self, intent_id: str) -> ProviderIntent:
        """Return a payment as it is now. Raises ProviderObjectUnknown."""

    def setup(self, setup_id: str) -> ProviderSetup:
        """Return a setup as it is now. Raises ProviderObjectUnknown."""

    def refund(self, refund_id: str) -> ProviderRefund:
        """Return a refund as it is now. Raises ProviderObjectUnknown."""

    def payout(self, payout_id: str) -> ProviderPayout:
        """Return a payout as it is now. Raises ProviderObjectUnknown."""

    def find_customer(self, customer_id: UUID) -> str | None:
        """Return the provider's id of one of our customers, by our id, or None when it has none."""

    def find_intent(self, payment_id: UUID, *, customer_id: str) -> ProviderIntent | None:
        """Return the payment that was begun for one of ours, by our id, or None when there is none."""

    def find_setup(self, subscription_id: UUID, *, customer_id: str) -> ProviderSetup | None:
        """Return the newest setup that was begun for a subscription, or None when there is none."""

    def find_refund(self, refund_id: UUID, *, intent_id: str) -> ProviderRefund | None:
        """Return the refund that was begun for one of ours, by our id, or None when there is none."""

    def intents(self, *, since: datetime) -> Iterator[ProviderIntent]:
        """Yield the payments created at or after `since`, in pages, newest first."""

    def setups(self, *, since: datetime) -> Iterator[ProviderSetup]:
        """Yield the setups created at or after `since`, in pages, newest first."""

    def refunds(self, *, since: datetime) -> Iterator[ProviderRefund]:
        """Yield the refunds created at or after `since`, in pages, newest first."""

    def payouts(self, *, since: datetime) -> Iterator[ProviderPayout]:
        """Yield the payouts created at or after `since`, in pages, newest first."""

    def movements(self, payout_id: str) -> Iterator[ProviderMovement]:
        """Yield the movements that a payout is made of."""

    def notices(self, *, since: datetime) -> Iterator[Notice]:
        """Yield the events that the provider would have told by webhook since then."""

    def read_notice(self, body: bytes, headers: Mapping[str, str]) -> Notice:
        """Return what a webhook says.

        Raises SignatureInvalid, SignatureStale (over five minutes), WrongMode, WrongAccount or NoticeUnreadable.
        """


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom an invoice is for, as users know them."""

    email: str
    name: str


class People(Protocol):
    """Whoever knows the people behind ids."""

    def contact(self, user_id: UUID) -> Contact | None:
        """Return how a person is reached, or None for someone unknown or erased."""
