"""Refunds, for staff: asked for by one and, above the limit, decided on by another."""

from uuid import UUID

from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.kernel.api.fields import Command, DecimalString, ModelSerializer
from apps.kernel.api.permissions import caller_id
from apps.kernel.api.schema import operation, operations
from apps.kernel.gateway.authentication import LetInByGate
from apps.payments import services
from apps.payments.api import examples
from apps.payments.api.fields import Amount
from apps.payments.api.filters import RefundFilter
from apps.payments.api.serializers import validated
from apps.payments.api.staff import HandlesRefunds
from apps.payments.enums import RefundReason
from apps.payments.errors import (
    AmountTooFine,
    CurrencyWrong,
    NotAwaitingApproval,
    NothingToPay,
    NotRefundable,
    PaymentUnknown,
    PermissionMissing,
    RefundTooLarge,
    SecondPersonNeeded,
)
from apps.payments.models import CreditNote, Refund
from apps.payments.selectors.refunds import refunds

REASONS = [choice for choice in RefundReason.choices if choice[0] != RefundReason.NOT_EXPECTED]
"""What staff can give; the other one is a rule's."""
NOTE = 500


class RefundSerializer(ModelSerializer[Refund]):
    """Money of a payment that goes back. `requested_by` is null where a rule asked for it."""

    invoice_number = serializers.CharField(source="payment.invoice.__str__")
    credit_note = serializers.StringRelatedField[CreditNote](allow_null=True)
    amount = Amount()

    class Meta:
        model = Refund
        fields = (
            "id", "payment_id", "invoice_number", "status", "amount", "currency", "reason", "note", "credit_note",
            "requested_by", "decided_by", "failure_code", "created_at", "settled_at",
        )  # fmt: skip


class RefundCommand(Command):
    """How much of which payment goes back, and why."""

    payment_id = serializers.UUIDField()
    amount = DecimalString()
    currency = serializers.CharField(max_length=3)
    reason = serializers.ChoiceField(choices=REASONS)
    note = serializers.CharField(max_length=NOTE, required=False, allow_blank=True, default="")


@operations(
    list=operation("List refunds, newest first", example=examples.REFUND, errors=(PermissionMissing,)),
    retrieve=operation("Show one refund", example=examples.REFUND, errors=(PermissionMissing,)),
)
class RefundViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[Refund]):
    """All refunds."""

    queryset = refunds()
    serializer_class = RefundSerializer
    permission_classes = (LetInByGate, HandlesRefunds)
    filterset_class = RefundFilter
    lookup_value_converter = "uuid"

    @operation(
        "Ask for a refund",
        description="Where the refunds of a payment come to more than the limit, it waits for another member of staff.",
        request=RefundCommand,
        request_example=examples.REFUND_COMMAND,
        response=RefundSerializer,
        status=201,
        example=examples.REFUND,
        errors=(
            PermissionMissing, PaymentUnknown, NotRefundable, CurrencyWrong, NothingToPay, AmountTooFine,
            RefundTooLarge,
        ),
    )  # fmt: skip
    def create(self, request: Request) -> Response:
        """Ask for it."""
        wanted = validated(RefundCommand(data=request.data))
        refund = services.request_refund(**wanted, staff_id=caller_id(request), at=services.billing_now())
        return Response(self._shown(refund.pk), status=status.HTTP_201_CREATED)

    @operation(
        "Approve a refund",
        request=None,
        response=RefundSerializer,
        example=examples.REFUND,
        errors=(PermissionMissing, NotAwaitingApproval, SecondPersonNeeded),
    )
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: UUID) -> Response:
        """Let the money go."""
        return self._decided(request, self.get_object().pk, approve=True)

    @operation(
        "Decline a refund",
        request=None,
        response=RefundSerializer,
        example={**examples.REFUND, "status": "declined"},
        errors=(PermissionMissing, NotAwaitingApproval, SecondPersonNeeded),
    )
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, pk: UUID) -> Response:
        """Keep the money."""
        return self._decided(request, self.get_object().pk, approve=False)

    def _decided(self, request: Request, refund_id: UUID, *, approve: bool) -> Response:
        services.decide_refund(refund_id, staff_id=caller_id(request), approve=approve, at=services.billing_now())
        return Response(self._shown(refund_id))

    def _shown(self, refund_id: UUID) -> object:
        return RefundSerializer(self.get_queryset().get(pk=refund_id)).data
