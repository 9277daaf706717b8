"""Where you live, what we owe you, and the cards that you pay with."""

from typing import Any
from uuid import UUID

from rest_framework import status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from apps.kernel.api.permissions import OwnObjects, caller_id
from apps.kernel.api.schema import operation, operations
from apps.kernel.ids import uuid7
from apps.payments import services
from apps.payments.api import examples, serializers
from apps.payments.errors import PaymentMethodInUse
from apps.payments.models import PaymentMethod
from apps.payments.selectors.billing import billing_of, payment_methods


class BillingView(APIView):
    """The caller as a payer."""

    @operation("Show how you stand as a payer", response=serializers.BillingSerializer, example=examples.BILLING)
    def get(self, request: Request) -> Response:
        """Show it."""
        return Response(serializers.BillingSerializer(billing_of(caller_id(request))).data)

    @operation(
        "Say which country you live in",
        description="The tax of your next invoice is that country's.",
        request=serializers.BillingCommand,
        request_example={"country": "AT"},
        response=serializers.BillingSerializer,
        example={**examples.BILLING, "country": "AT"},
    )
    def patch(self, request: Request) -> Response:
        """Move."""
        wanted = serializers.validated(serializers.BillingCommand(data=request.data))
        services.move_to(caller_id(request), country=wanted["country"])
        return self.get(request)


@operations(
    list=operation("List your cards, newest first", example=examples.PAYMENT_METHOD),
    retrieve=operation("Show one card", example=examples.PAYMENT_METHOD),
)
class PaymentMethodViewSet(OwnObjects, ListModelMixin, RetrieveModelMixin, GenericViewSet[PaymentMethod]):
    """The caller's cards. Their numbers stay with the payment provider."""

    queryset = payment_methods()
    owner_field = "customer__user_id"
    serializer_class = serializers.PaymentMethodSerializer
    lookup_value_converter = "uuid"

    @operation(
        "Add a card",
        description="The card is entered on `checkout_url`, and is your default from then on.",
        request=None,
        response=serializers.LinkSerializer,
        example=examples.LINK,
    )
    def create(self, request: Request) -> Response:
        """Lead to the page."""
        link = services.card_link(caller_id(request), nonce=uuid7().hex)
        return Response(serializers.LinkSerializer({"checkout_url": link}).data)

    @operation(
        "Pay what renews with this card",
        request=None,
        response=serializers.PaymentMethodSerializer,
        example=examples.PAYMENT_METHOD,
    )
    @action(detail=True, methods=["post"])
    def default(self, request: Request, pk: UUID) -> Response:
        """Make it the default."""
        services.prefer_method(caller_id(request), self.get_object().pk, at=services.billing_now())
        return Response(self._shown(pk))

    @operation(
        "Delete a card",
        description="It is deleted at the payment provider within moments. The card that your subscription is paid "
        "with stays until another one is the default.",
        response=None,
        status=204,
        errors=(PaymentMethodInUse,),
    )
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Forget it."""
        services.forget_method(caller_id(request), self.get_object().pk, at=services.billing_now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _shown(self, method_id: UUID) -> Any:
        return self.get_serializer(self.get_queryset().get(pk=method_id)).data
