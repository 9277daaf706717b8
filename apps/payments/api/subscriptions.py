"""Subscribe, and change, cancel or resume what you are subscribed to."""

from typing import Any
from uuid import UUID

from rest_framework import status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.kernel.api.permissions import OwnObjects, caller_id
from apps.kernel.api.schema import operation, operations
from apps.payments import services
from apps.payments.api import examples, filters, serializers
from apps.payments.errors import (
    AlreadySubscribed,
    CountryMissing,
    InvoiceUnpaid,
    NotChangeable,
    NoTrial,
    OtherCurrency,
    PaymentUnderWay,
    PriceUnknown,
    RenewalUnderWay,
    SamePrice,
    TrialUsed,
)
from apps.payments.models import Subscription
from apps.payments.selectors.subscriptions import subscriptions


@operations(
    list=operation("List your subscriptions, newest first", example=examples.SUBSCRIPTION),
    retrieve=operation("Show one subscription", example=examples.SUBSCRIPTION),
)
class SubscriptionViewSet(OwnObjects, ListModelMixin, RetrieveModelMixin, GenericViewSet[Subscription]):
    """The caller's subscriptions; one at most is not over."""

    queryset = subscriptions()
    owner_field = "customer__user_id"
    serializer_class = serializers.SubscriptionSerializer
    filterset_class = filters.SubscriptionFilter
    lookup_value_converter = "uuid"

    @operation(
        "Subscribe to a price",
        description="The subscription is `incomplete` until it is paid on `checkout_url`, or until the card for its "
        "trial was entered there. A checkout that you did not finish gives way to the new one.",
        request=serializers.SubscribeCommand,
        request_example={"price": "pro-eur-month", "country": "DE"},
        response=serializers.SubscriptionSerializer,
        example={**examples.SUBSCRIPTION, "status": "incomplete", "checkout_url": examples.CHECKOUT},
        status=201,
        errors=(PriceUnknown, CountryMissing, AlreadySubscribed, NoTrial, TrialUsed),
    )
    def create(self, request: Request) -> Response:
        """Begin a subscription."""
        wanted = serializers.validated(serializers.SubscribeCommand(data=request.data))
        begun = services.start_subscription(
            caller_id(request),
            lookup_key=wanted["price"],
            country=wanted.get("country", ""),
            trial=wanted["trial"],
            at=services.billing_now(),
        )
        return Response(self._shown(begun), status=status.HTTP_201_CREATED)

    @operation(
        "Go over to another price",
        description="A higher plan is billed at once for what is left of the period, less what is left of the present "
        "one, and takes effect when that is paid: by your default card, or with `POST /invoices/{id}/pay`. A lower one "
        "follows at the end of the period. Naming the present price takes a planned change back.",
        request=serializers.ChangeCommand,
        request_example={"price": "pro-eur-year"},
        response=serializers.SubscriptionSerializer,
        example=examples.SUBSCRIPTION,
        errors=(
            PriceUnknown,
            SamePrice,
            OtherCurrency,
            NotChangeable,
            InvoiceUnpaid,
            PaymentUnderWay,
            RenewalUnderWay,
        ),
    )
    @action(detail=True, methods=["post"])
    def change(self, request: Request, pk: UUID) -> Response:
        """Change the price."""
        subscription = self.get_object()
        wanted = serializers.validated(serializers.ChangeCommand(data=request.data))
        changed = services.change_subscription(
            caller_id(request), subscription.pk, lookup_key=wanted["price"], at=services.billing_now()
        )
        return Response(self._shown(changed))

    @operation(
        "Cancel a subscription",
        description="With its period, until which it can be resumed, or at once and without money back.",
        request=serializers.CancelCommand,
        request_example={"at_period_end": True},
        response=serializers.SubscriptionSerializer,
        example={**examples.SUBSCRIPTION, "cancel_at_period_end": True, "canceled_at": "2026-02-01T12:00:00Z"},
        errors=(NotChangeable,),
    )
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: UUID) -> Response:
        """End it."""
        subscription = self.get_object()
        wanted = serializers.validated(serializers.CancelCommand(data=request.data))
        canceled = services.cancel_subscription(
            caller_id(request), subscription.pk, at_period_end=wanted["at_period_end"], at=services.billing_now()
        )
        return Response(self._shown(canceled))

    @operation(
        "Take a planned cancellation or change back",
        request=None,
        response=serializers.SubscriptionSerializer,
        example=examples.SUBSCRIPTION,
        errors=(NotChangeable,),
    )
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: UUID) -> Response:
        """Go on as before."""
        resumed = services.resume_subscription(caller_id(request), self.get_object().pk, at=services.billing_now())
        return Response(self._shown(resumed))

    def _shown(self, subscription: Subscription) -> Any:
        return self.get_serializer(self.get_queryset().get(pk=subscription.pk)).data
