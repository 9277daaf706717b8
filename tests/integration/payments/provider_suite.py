"""What every provider behind the port promises. An adapter's tests inherit this and give the fixtures."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from apps.kernel.clock import now
from apps.kernel.ids import uuid7
from apps.payments.errors import ProviderObjectUnknown, ProviderRefused
from apps.payments.ports import IntentStatus, PaymentProvider, ProviderIntent, RefundStatus

AMOUNT = Decimal("49.00")


class ProviderSuite:
    """Needs the fixtures `provider`, and `card`, which makes a good card of a customer of the provider's."""

    @pytest.fixture
    def payer(self, provider: PaymentProvider) -> str:
        """Return the provider's id of a customer."""
        person = uuid7()
        return provider.create_customer(key=f"customer:{person}", customer_id=person, email=f"{person}@example.com")

    def test_a_customer_is_made_once_and_found(self, provider: PaymentProvider) -> None:
        person = uuid7()
        asked: dict[str, Any] = {"key": f"customer:{person}", "customer_id": person, "email": f"{person}@example.com"}
        made = provider.create_customer(**asked)
        assert provider.create_customer(**asked) == made
        assert provider.find_customer(person) == made
        assert provider.find_customer(uuid7()) is None

    def test_a_payment_waits_for_a_card_on_its_page(self, provider: PaymentProvider, payer: str) -> None:
        payment = uuid7()
        intent = begun(provider, payer, payment)
        assert (intent.status, intent.amount, intent.currency) == ("requires_payment_method", AMOUNT, "EUR")
        assert intent.page_url
        assert intent.metadata["payment_id"] == str(payment)

    def test_the_same_key_makes_one_payment(self, provider: PaymentProvider, payer: str) -> None:
        payment = uuid7()
        assert begun(provider, payer, payment).id == begun(provider, payer, payment).id

    def test_the_same_key_for_another_amount_is_refused(self, provider: PaymentProvider, payer: str) -> None:
        payment = uuid7()
        begun(provider, payer, payment)
        with pytest.raises(ProviderRefused):
            begun(provider, payer, payment, amount=AMOUNT + 1)

    def test_a_payment_is_found_by_our_id(self, provider: PaymentProvider, payer: str) -> None:
        payment = uuid7()
        intent = begun(provider, payer, payment)
        found = provider.find_intent(payment, customer_id=payer)
        assert found is not None
        assert found.id == intent.id
        assert provider.find_intent(uuid7(), customer_id=payer) is None

    def test_a_good_card_is_charged_at_once(
        self, provider: PaymentProvider, payer: str, card: Callable[[str], str]
    ) -> None:
        intent = begun(provider, payer, uuid7(), method_id=card(payer), off_session=True)
        assert intent.status == IntentStatus.SUCCEEDED
        assert intent.method is not None
        assert len(intent.method.last4) == 4
        assert provider.intent(intent.id).status == IntentStatus.SUCCEEDED

    def test_a_canceled_payment_stays_canceled(self, provider: PaymentProvider, payer: str) -> None:
        intent = begun(provider, payer, uuid7())
        assert provider.cancel_intent(intent.id, key=f"cancel:{intent.id}").status == IntentStatus.CANCELED
        assert provider.cancel_intent(intent.id, key=f"cancel:{intent.id}").status == IntentStatus.CANCELED

    def test_a_payment_that_succeeded_cannot_be_canceled(
        self, provider: PaymentProvider, payer: str, card: Callable[[str], str]
    ) -> None:
        intent = begun(provider, payer, uuid7(), method_id=card(payer), off_session=True)
        assert provider.cancel_intent(intent.id, key=f"cancel:{intent.id}").status == IntentStatus.SUCCEEDED

    def test_a_part_is_refunded_once(self, provider: PaymentProvider, payer: str, card: Callable[[str], str]) -> None:
        intent = begun(provider, payer, uuid7(), method_id=card(payer), off_session=True)
        ours = uuid7()
        asked: dict[str, Any] = {
            "key": f"refund:{ours}",
            "refund_id": ours,
            "intent_id": intent.id,
            "amount": Decimal("9.50"),
            "currency": "EUR",
        }
        refund = provider.create_refund(**asked)
        assert (refund.status, refund.amount) == (RefundStatus.SUCCEEDED, Decimal("9.50"))
        assert provider.create_refund(**asked).id == refund.id
        found = provider.find_refund(ours, intent_id=intent.id)
        assert found is not None
        assert found.id == refund.id
        assert provider.intent(intent.id).amount_refunded == Decimal("9.50")

    def test_more_than_was_paid_is_not_refunded(
        self, provider: PaymentProvider, payer: str, card: Callable[[str], str]
    ) -> None:
        intent = begun(provider, payer, uuid7(), method_id=card(payer), off_session=True)
        ours = uuid7()
        with pytest.raises(ProviderRefused):
            provider.create_refund(
                key=f"refund:{ours}", refund_id=ours, intent_id=intent.id, amount=AMOUNT + 1, currency="EUR"
            )

    def test_a_setup_waits_for_a_card_and_is_found(self, provider: PaymentProvider, payer: str) -> None:
        subscription = uuid7()
        setup = provider.create_setup(
            key=f"setup:{subscription}", subscription_id=subscription, customer_id=payer, return_url="http://x.example/"
        )
        found = provider.find_setup(subscription, customer_id=payer)
        assert found is not None
        assert (found.id, found.status) == (setup.id, IntentStatus.REQUIRES_PAYMENT_METHOD)

    def test_a_canceled_setup_stays_canceled(self, provider: PaymentProvider, payer: str) -> None:
        subscription = uuid7()
        setup = provider.create_setup(
            key=f"setup:{subscription}", subscription_id=subscription, customer_id=payer, return_url="http://x.example/"
        )
        for _ in range(2):
            assert provider.cancel_setup(setup.id, key=f"cancel:{setup.id}").status == IntentStatus.CANCELED
        assert provider.setup(setup.id).status == IntentStatus.CANCELED

    def test_a_card_that_was_forgotten_is_not_charged(
        self, provider: PaymentProvider, payer: str, card: Callable[[str], str]
    ) -> None:
        method = card(payer)
        for _ in range(2):
            provider.detach_method(method)
        with pytest.raises(ProviderRefused):
            begun(provider, payer, uuid7(), method_id=method, off_session=True)

    def test_a_payment_that_is_over_has_no_page(
        self, provider: PaymentProvider, payer: str, card: Callable[[str], str]
    ) -> None:
        paid = begun(provider, payer, uuid7(), method_id=card(payer), off_session=True)
        canceled = provider.cancel_intent(begun(provider, payer, uuid7()).id, key="cancel")
        assert (paid.page_url, canceled.page_url) == (None, None)

    @pytest.mark.parametrize("amount", ["0", "-1", "1.001"])
    def test_what_cannot_be_collected_is_refused(self, provider: PaymentProvider, payer: str, amount: str) -> None:
        with pytest.raises(ProviderRefused):
            begun(provider, payer, uuid7(), amount=Decimal(amount))

    def test_nothing_is_collected_of_nobody(self, provider: PaymentProvider) -> None:
        with pytest.raises(ProviderRefused):
            begun(provider, "cus_nobody", uuid7())

    def test_payments_are_listed_from_a_moment_on(self, provider: PaymentProvider, payer: str) -> None:
        intent = begun(provider, payer, uuid7())
        assert intent.id in {one.id for one in provider.intents(since=now() - timedelta(minutes=1))}
        assert intent.id not in {one.id for one in provider.intents(since=now() + timedelta(minutes=1))}

    def test_what_nobody_made_is_unknown(self, provider: PaymentProvider) -> None:
        with pytest.raises(ProviderObjectUnknown):
            provider.intent("pi_unknown")


def begun(
    provider: PaymentProvider,
    payer: str,
    payment_id: UUID,
    *,
    amount: Decimal = AMOUNT,
    method_id: str | None = None,
    off_session: bool = False,
) -> ProviderIntent:
    """Begin a payment under the key of its id."""
    return provider.create_intent(
        key=f"payment:{payment_id}",
        payment_id=payment_id,
        customer_id=payer,
        amount=amount,
        currency="EUR",
        description="TREUM INV-000001",
        return_url="http://x.example/billing",
        method_id=method_id,
        off_session=off_session,
    )
