"""What you were billed, as JSON and as PDF, and how it was paid."""

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.kernel.api.permissions import OwnObjects, caller_id
from apps.kernel.api.schema import operation, operations
from apps.payments import services
from apps.payments.api import examples, filters, serializers
from apps.payments.errors import CreditNoteUnknown, InvoiceNotOpen
from apps.payments.models import Invoice, Payment
from apps.payments.printing import PDF_TYPE, printed, printed_note
from apps.payments.selectors.invoices import invoices, payments, printable_invoice, printable_note


class PdfRenderer(JSONRenderer):
    """Lets callers ask for a PDF by its type; what is refused is told as a problem document all the same."""

    media_type = PDF_TYPE
    format = "pdf"


@operations(
    list=operation("List your invoices, newest first", example=examples.INVOICE),
    retrieve=operation("Show one invoice", example=examples.INVOICE),
)
class InvoiceViewSet(OwnObjects, ListModelMixin, RetrieveModelMixin, GenericViewSet[Invoice]):
    """The caller's invoices."""

    queryset = invoices()
    owner_field = "customer__user_id"
    serializer_class = serializers.InvoiceSerializer
    filterset_class = filters.InvoiceFilter
    lookup_value_converter = "uuid"

    @operation("Fetch an invoice as PDF", response=OpenApiTypes.BINARY, media_type=PDF_TYPE)
    @action(detail=True, methods=["get"], renderer_classes=(PdfRenderer, JSONRenderer))
    def pdf(self, request: Request, pk: UUID) -> HttpResponse:
        """Print it."""
        return printed(printable_invoice(self.get_object().pk))

    @operation(
        "Fetch a credit note as PDF",
        response=OpenApiTypes.BINARY,
        media_type=PDF_TYPE,
        parameters=[OpenApiParameter("number", location=OpenApiParameter.PATH, description="As printed: CN-000017.")],
    )
    @action(
        detail=True,
        methods=["get"],
        url_path="credit-notes/(?P<number>[^/.]+)/pdf",
        renderer_classes=(PdfRenderer, JSONRenderer),
    )
    def credit_note(self, request: Request, pk: UUID, number: str) -> HttpResponse:
        """Print it."""
        note = printable_note(self.get_object().pk, number)
        if note is None:
            raise CreditNoteUnknown()
        return printed_note(note)

    @operation(
        "Pay an open invoice",
        description="Where a renewal or a change could not be collected, or waits for you: the answer leads to the "
        "page on which it is paid.",
        request=None,
        response=serializers.LinkSerializer,
        example=examples.LINK,
        errors=(InvoiceNotOpen,),
    )
    @action(detail=True, methods=["post"])
    def pay(self, request: Request, pk: UUID) -> Response:
        """Begin to pay it by hand."""
        link = services.pay_invoice(caller_id(request), self.get_object().pk, at=services.billing_now())
        return Response(serializers.LinkSerializer({"checkout_url": link}).data)


@operations(
    list=operation("List the attempts to collect your invoices, newest first", example=examples.PAYMENT),
    retrieve=operation("Show one attempt", example=examples.PAYMENT),
)
class PaymentViewSet(OwnObjects, ListModelMixin, RetrieveModelMixin, GenericViewSet[Payment]):
    """The caller's payments."""

    queryset = payments()
    owner_field = "customer__user_id"
    serializer_class = serializers.PaymentSerializer
    filterset_class = filters.PaymentFilter
    lookup_value_converter = "uuid"
