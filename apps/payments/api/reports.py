"""What the business has earned and how the books stand, for staff; each figure leads to what it is made of."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from apps.kernel.api.filters import parameters
from apps.kernel.api.schema import operation, operations
from apps.kernel.gateway.authentication import LetInByGate
from apps.kernel.ledger.models import LedgerEntry
from apps.payments.api import examples, report_shapes
from apps.payments.api.filters import EntryFilter, PayingFilter
from apps.payments.api.report_rows import Rows, balance_rows, recurring_rows, revenue_rows
from apps.payments.api.staff import ReadsBooks
from apps.payments.api.tables import CSV_TYPE, CsvRenderer, as_csv
from apps.payments.errors import PermissionMissing
from apps.payments.models import SubscriptionChange
from apps.payments.selectors.books import entries, subjects_of

STAFF = (LetInByGate, ReadsBooks)
SPAN = (
    OpenApiParameter("since", OpenApiTypes.DATE, required=True, description="The first day."),
    OpenApiParameter("until", OpenApiTypes.DATE, required=True, description="The first day that is not shown."),
)
BY = OpenApiParameter("by", OpenApiTypes.STR, enum=["day", "month"], default="day", description="In what steps.")
AT = OpenApiParameter("at", OpenApiTypes.DATETIME, description="Right before this moment; now without it.")


class Report(APIView):
    """A table of figures."""

    permission_classes = STAFF
    shape: type[serializers.Serializer[Any]]

    def as_file(self, rows: Rows, *, name: str) -> HttpResponse:
        """Return rows as CSV."""
        return as_csv(rows, columns=list(self.shape().fields), name=name)


class RevenueView(Report):
    """What was earned."""

    shape = report_shapes.RevenueSerializer

    @operation(
        "Show what was earned",
        description="Out of the books, by day or month (UTC) and currency: what was recognised and what went back, "
        "both without tax; what became owed as tax, what the payment provider took, and what was written off.",
        parameters=(*SPAN, BY),
        response=report_shapes.RevenueTable,
        example={"rows": [examples.REVENUE]},
        errors=(PermissionMissing,),
    )
    def get(self, request: Request) -> Response | HttpResponse:
        """Show it."""
        return Response({"rows": self.rows(request)})

    def rows(self, request: Request) -> Rows:
        """Return a row for each period and currency."""
        return revenue_rows(request, parameters(request, known=("since", "until", "by")))


class RevenueFile(RevenueView):
    """The same, to save."""

    renderer_classes = (CsvRenderer, JSONRenderer)

    @operation(
        "Fetch what was earned as CSV",
        parameters=(*SPAN, BY),
        response=OpenApiTypes.STR,
        media_type=CSV_TYPE,
        errors=(PermissionMissing,),
    )
    def get(self, request: Request) -> HttpResponse:
        """Save it."""
        return self.as_file(self.rows(request), name="revenue")


class RecurringView(Report):
    """Monthly recurring revenue and churn."""

    shape = report_shapes.RecurringSerializer

    @operation(
        "Show monthly recurring revenue and churn",
        description="For each month that has a day in the span, by currency: the monthly prices without tax of all "
        "subscriptions that are active or past due, what moved them, and what share was lost. "
        "`starting + new + reactivation + expansion − contraction − churned = ending`.",
        parameters=SPAN,
        response=report_shapes.RecurringTable,
        example={"rows": [examples.RECURRING]},
        errors=(PermissionMissing,),
    )
    def get(self, request: Request) -> Response | HttpResponse:
        """Show it."""
        return Response({"rows": self.rows(request)})

    def rows(self, request: Request) -> Rows:
        """Return a row for each month and currency."""
        return recurring_rows(request, parameters(request, known=("since", "until")))


class RecurringFile(RecurringView):
    """The same, to save."""

    renderer_classes = (CsvRenderer, JSONRenderer)

    @operation(
        "Fetch monthly recurring revenue and churn as CSV",
        parameters=SPAN,
        response=OpenApiTypes.STR,
        media_type=CSV_TYPE,
        errors=(PermissionMissing,),
    )
    def get(self, request: Request) -> HttpResponse:
        """Save it."""
        return self.as_file(self.rows(request), name="recurring-revenue")


class TrialBalanceView(Report):
    """How all accounts stand."""

    shape = report_shapes.BalanceLineSerializer

    @operation(
        "Show the trial balance",
        description="How all accounts stood right before a moment: what is deferred, what the payment provider still "
        "holds, what is owed to countries and customers. Debits and credits of a currency come to the same.",
        parameters=(AT,),
        response=report_shapes.BalanceTable,
        example={"rows": examples.TRIAL_BALANCE},
        errors=(PermissionMissing,),
    )
    def get(self, request: Request) -> Response | HttpResponse:
        """Show it."""
        return Response({"rows": self.rows(request)})

    def rows(self, request: Request) -> Rows:
        """Return a line for each kind of account, owner and currency."""
        return balance_rows(request, parameters(request, known=("at",)))


class TrialBalanceFile(TrialBalanceView):
    """The same, to save."""

    renderer_classes = (CsvRenderer, JSONRenderer)

    @operation(
        "Fetch the trial balance as CSV",
        parameters=(AT,),
        response=OpenApiTypes.STR,
        media_type=CSV_TYPE,
        errors=(PermissionMissing,),
    )
    def get(self, request: Request) -> HttpResponse:
        """Save it."""
        return self.as_file(self.rows(request), name="trial-balance")


@operations(list=operation("List entries of the books", example=examples.ENTRY, errors=(PermissionMissing,)))
class EntryViewSet(ListModelMixin, GenericViewSet[LedgerEntry]):
    """What figures are made of."""

    queryset = entries()
    permission_classes = STAFF
    serializer_class = report_shapes.EntrySerializer
    filterset_class = EntryFilter
    ordering = ("-transaction_id", "-account_id")

    def paginate_queryset(self, queryset: Any) -> Any:
        """Return a page of entries, each with what it is about."""
        page = super().paginate_queryset(queryset)
        subjects = subjects_of(page or ())
        for entry in page or ():
            entry.subject = subjects[entry.transaction.idempotency_key]
        return page


@operations(list=operation("List what recurs", example=examples.PAYING, errors=(PermissionMissing,)))
class PayingViewSet(ListModelMixin, GenericViewSet[SubscriptionChange]):
    """The subscriptions that made up monthly recurring revenue right before a moment."""

    queryset = SubscriptionChange.objects.all()
    permission_classes = STAFF
    serializer_class = report_shapes.PayingSerializer
    filterset_class = PayingFilter
