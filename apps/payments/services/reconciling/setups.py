"""Cards that were made usable, for trials or for later, against what we keep of them."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from django.db.models import Q

from apps.payments.enums import DifferenceKind, SubscriptionStatus
from apps.payments.models import Customer, PaymentMethod, Subscription
from apps.payments.ports import IntentStatus, ObjectKind, PaymentProvider, ProviderSetup
from apps.payments.services.reconciling.report import Finding
from apps.payments.services.reconciling.sides import our_id, our_ids
from apps.payments.services.subscriptions.trials import apply_setup


class Setups:
    """Finds setups that succeeded without consequence."""

    kind = ObjectKind.SETUP

    def theirs(self, provider: PaymentProvider, *, since: datetime) -> Iterator[ProviderSetup]:
        """Yield the setups created since."""
        return provider.setups(since=since)

    def one(self, provider: PaymentProvider, object_id: str) -> ProviderSetup:
        """Return a setup."""
        return provider.setup(object_id)

    def expected(self, *, since: datetime) -> Collection[str]:
        """Return the setups of subscriptions that were begun since, or that wait for their card."""
        wanted = Q(created_at__gte=since) | Q(status=SubscriptionStatus.INCOMPLETE)
        return (
            Subscription.objects.filter(wanted).exclude(setup_id="").order_by("pk").values_list("setup_id", flat=True)
        )

    def compare(self, page: Sequence[ProviderSetup]) -> list[Finding]:
        """Return what differs."""
        done = [setup for setup in page if setup.status == IntentStatus.SUCCEEDED]
        for_trials = [setup for setup in done if "subscription_id" in setup.metadata]
        for_later = [setup for setup in done if "subscription_id" not in setup.metadata]
        return [*_trials_not_begun(for_trials), *_cards_not_kept(for_later)]

    def apply(self, found: ProviderSetup) -> None:
        """Begin the trial, or keep the card."""
        apply_setup(found)


def _trials_not_begun(setups: Sequence[ProviderSetup]) -> Iterator[Finding]:
    told = our_ids((setup.metadata for setup in setups), "subscription_id")
    stands: dict[object, str] = dict(Subscription.objects.filter(pk__in=told).values_list("pk", "status"))
    for setup in setups:
        status = stands.get(our_id(setup.metadata, "subscription_id"))
        if status is None:
            yield _finding(setup, DifferenceKind.MISSING_HERE)
        elif status == SubscriptionStatus.INCOMPLETE:
            yield _finding(setup, DifferenceKind.STATUS, ours=status)


def _cards_not_kept(setups: Sequence[ProviderSetup]) -> Iterator[Finding]:
    payers, cards = _known(setups)
    for setup in setups:
        if setup.customer_id not in payers:
            yield _finding(setup, DifferenceKind.MISSING_HERE)
        elif setup.method is not None and setup.method.id not in cards:
            yield _finding(setup, DifferenceKind.STATUS, ours="card not kept")


def _known(setups: Sequence[ProviderSetup]) -> tuple[set[str | None], set[str]]:
    """Return which of the payers and of the cards behind these setups we know."""
    payers = Customer.objects.filter(provider_customer_id__in=[setup.customer_id for setup in setups])
    cards = PaymentMethod.objects.filter(provider_method_id__in=[setup.method.id for setup in setups if setup.method])
    return (
        set(payers.values_list("provider_customer_id", flat=True)),
        set(cards.values_list("provider_method_id", flat=True)),
    )


def _finding(setup: ProviderSetup, kind: DifferenceKind, *, ours: str = "") -> Finding:
    return Finding(
        kind=kind,
        object_kind=ObjectKind.SETUP.value,
        object_id=setup.id,
        ours=ours,
        theirs=setup.status.value,
        repairable=kind == DifferenceKind.STATUS,
    )
