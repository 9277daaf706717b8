"""Whatever a payer, their card, staff and time do, in any order: the books balance and no time is billed twice.

TREUM_STATEFUL_EXAMPLES asks for more stories than the few that every run tells.
"""

import os
from collections import Counter
from contextlib import ExitStack, suppress
from datetime import timedelta
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction

import pytest
from django.db import transaction
from hypothesis import HealthCheck
from hypothesis import settings as telling
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from pytest_django import Settings

from apps.kernel.errors import TreumError
from apps.kernel.ids import uuid7
from apps.kernel.ledger.verify import mismatched_accounts, trial_balance, unbalanced_transactions
from apps.payments.apps import DATABASE
from apps.payments.models import CreditNote, Invoice, InvoiceLine, Payment, Subscription, SubscriptionChange
from apps.payments.rules.calendar import whole_seconds
from apps.payments.rules.lifecycle import ENTITLING, OVER
from apps.payments.selectors.auditing import faults
from apps.payments.services import (
    billing_now,
    cancel_subscription,
    change_subscription,
    pay_invoice,
    recognise_past_days,
    request_refund,
    resume_subscription,
    start_subscription,
)
from apps.payments.services.books.bookkeeping import balance_of
from tests.support.billing import a_payer, do_tasks, tell, told
from tests.support.billing_time import add_card, come_due, later
from tests.support.checkout import DECLINED_LATER, GOOD_CARD, pay

EXAMPLES = int(os.environ.get("TREUM_STATEFUL_EXAMPLES", "12"))
STEPS = 25
PRICES = st.sampled_from(["basic-eur-month", "pro-eur-month", "basic-eur-year", "pro-eur-year"])
CENT = Decimal("0.01")
OUTAGE = timedelta(days=15)
MONEY_BACK = {"reason": "requested_by_customer", "note": ""}


class Billing(RuleBasedStateMachine):
    """One payer and their subscriptions, one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.world = ExitStack()
        for database in ("default", DATABASE):
            whole = transaction.atomic(using=database)
            whole._from_testcase = True  # as Django's own tests have it: the provider's deeds are durable
            self.world.enter_context(whole)
        self.cards = 0

    def teardown(self) -> None:
        for database in ("default", DATABASE):
            transaction.set_rollback(True, using=database)
        self.world.close()

    @initialize()
    def someone_comes(self) -> None:
        self.person = a_payer()

    def subscription(self) -> Subscription | None:
        return Subscription.objects.exclude(status__in=OVER).select_related("price__plan").first()

    @precondition(lambda self: self.subscription() is None)
    @rule(price=PRICES, finishes=st.integers(0, 4))
    def subscribes(self, price: str, finishes: int) -> None:
        start_subscription(self.person.pk, lookup_key=price, country="DE", trial=False, at=billing_now())
        do_tasks()
        if finishes:
            self.pays_what_waits()

    @rule()
    def pays_what_waits(self) -> None:
        waiting = Payment.objects.filter(status="requires_payment_method").first()
        if waiting is not None:
            pay(waiting.page_url, card=GOOD_CARD)
            tell(waiting.pk)

    @precondition(lambda self: self.subscription() is not None)
    @rule(price=PRICES)
    def changes(self, price: str) -> None:
        with suppress(TreumError):
            change_subscription(self.person.pk, self.subscription().pk, lookup_key=price, at=billing_now())
        do_tasks()

    @precondition(lambda self: self.subscription() is not None)
    @rule(at_period_end=st.booleans())
    def cancels(self, at_period_end: bool) -> None:
        with suppress(TreumError):
            cancel_subscription(self.person.pk, self.subscription().pk, at_period_end=at_period_end, at=billing_now())
        do_tasks()

    @precondition(lambda self: self.subscription() is not None)
    @rule()
    def resumes(self) -> None:
        with suppress(TreumError):
            resume_subscription(self.person.pk, self.subscription().pk, at=billing_now())

    @rule(share=st.integers(1, 4))
    def gets_money_back(self, share: int) -> None:
        payment = Payment.objects.filter(status="succeeded").order_by("-created_at").first()
        if payment is not None:
            amount = ((payment.amount - payment.refunded) * share / 4).quantize(CENT, rounding=ROUND_DOWN)
            with suppress(TreumError):
                request_refund(
                    payment.pk, amount=amount, currency="EUR", staff_id=uuid7(), at=billing_now(), **MONEY_BACK
                )
        do_tasks()

    @rule(card=st.sampled_from([GOOD_CARD, DECLINED_LATER]))
    def adds_a_card(self, card: str) -> None:
        self.cards += 1
        add_card(self.person, card=card, nonce=str(self.cards))

    @rule()
    def pays_by_hand(self) -> None:
        invoice = Invoice.objects.filter(status="open").first()
        if invoice is not None:
            with suppress(TreumError):
                pay_invoice(self.person.pk, invoice.pk, at=billing_now())
            do_tasks()
            self.pays_what_waits()
            come_due()  # what was paid so late that its period is over is renewed when the beat comes by

    @rule(days=st.sampled_from([0.2, 1, 3, 7, 15, 31]))
    def time_passes(self, days: float) -> None:
        later(days=days)

    @rule()
    def we_are_away(self) -> None:
        later(days=70)

    @rule()
    def days_are_earned(self) -> None:
        recognise_past_days()

    @invariant()
    def nothing_is_left_undone(self) -> None:
        assert not Subscription.objects.filter(next_action_at__lte=billing_now()).exists()
        assert not Payment.objects.filter(status__in=["pending", "unresolved"]).exists()

    @invariant()
    def the_books_balance(self) -> None:
        assert unbalanced_transactions(using=DATABASE) == 0
        assert mismatched_accounts(using=DATABASE) == []
        totals = Counter()
        for line in trial_balance(using=DATABASE):
            totals[line.currency] += line.total
        assert not any(totals.values())
        assert faults() == []

    @invariant()
    def numbers_have_no_gaps(self) -> None:
        for numbered in (Invoice, CreditNote):
            numbers = list(numbered.objects.order_by("number").values_list("number", flat=True))
            assert numbers == list(range(1, len(numbers) + 1))

    @invariant()
    def no_time_is_billed_twice_and_none_is_left_out(self) -> None:
        for subscription in Subscription.objects.all():
            ends = None
            for invoice in Invoice.objects.filter(subscription=subscription).exclude(status="void").order_by("number"):
                ends = _end_after(invoice, ends)
            if subscription.status in ENTITLING:
                assert subscription.current_period_end == ends

    @invariant()
    def credits_are_the_part_of_what_was_paid_that_was_left(self) -> None:
        for credit in InvoiceLine.objects.filter(kind="unused_time").select_related("credits", "invoice"):
            line = credit.credits
            left = whole_seconds(credit.period_start, line.period_end)
            share = Fraction(line.net) * left / whole_seconds(line.period_start, line.period_end)
            assert 0 <= -credit.net <= line.net
            assert 0 <= -credit.tax <= line.tax
            if not CreditNote.objects.filter(invoice__subscription=credit.invoice.subscription_id).exists():
                assert abs(Fraction(-credit.net) - share) <= Fraction(CENT) / 2

    @invariant()
    def a_line_is_credited_once(self) -> None:
        paid = InvoiceLine.objects.filter(kind="unused_time", invoice__status="paid")
        credited = list(paid.values_list("credits_id", flat=True))
        assert len(credited) == len(set(credited))

    @invariant()
    def nobody_has_more_back_than_they_gave(self) -> None:
        gave = sum(payment.amount - payment.refunded for payment in Payment.objects.filter(status="succeeded"))
        for customer_id in Subscription.objects.values_list("customer_id", flat=True).distinct():
            assert balance_of(customer_id, currency="EUR") <= gave

    @invariant()
    def what_was_stated_last_is_what_the_rules_say(self) -> None:
        stated = told("subscription.changed")
        if stated:
            assert [one["standing_version"] for one in stated] == list(range(1, len(stated) + 1))
            entitled = Subscription.objects.filter(status__in=ENTITLING).select_related("price__plan").first()
            assert stated[-1]["plan"] == (entitled.price.plan.code if entitled else "free")

    @invariant()
    def every_change_is_on_record(self) -> None:
        for subscription in Subscription.objects.all():
            changes = list(SubscriptionChange.objects.filter(subscription=subscription).order_by("version"))
            assert [change.version for change in changes] == list(range(1, subscription.version + 1))
            assert [change.before for change in changes] == ["", *[change.after for change in changes[:-1]]]
            assert changes[-1].after == subscription.status

    @invariant()
    def one_subscription_is_not_over(self) -> None:
        assert Subscription.objects.exclude(status__in=OVER).count() <= 1


def _end_after(invoice: Invoice, ends: object) -> object:
    """Return when the time ends that was billed so far. Periods join, but for those that an outage has parted."""
    if invoice.reason == "subscription_cycle":
        assert invoice.period_start == ends or invoice.period_start - ends >= OUTAGE
    elif invoice.reason == "subscription_update":
        if invoice.status != "paid":
            return ends
        assert invoice.period_start < ends
        same = invoice.lines.filter(kind="remaining_time").exists()
        assert invoice.period_end == ends if same else invoice.period_end > invoice.period_start
    return invoice.period_end


@pytest.mark.django_db(databases=["default", "payments"])
@pytest.mark.timeout(3600)
def test_any_story_keeps_books_and_periods_whole(settings: Settings) -> None:
    settings.TREUM_PAYMENTS_REFUND_LIMITS = {"EUR": Decimal(10_000)}
    run_state_machine_as_test(
        Billing,
        settings=telling(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
