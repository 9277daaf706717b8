"""Invoices as staff read and print them."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from apps.kernel.audit.audited_admin import ReadOnlyAdmin
from apps.payments.admin.amounts import InCurrency
from apps.payments.admin.reading import FoundByNumber, ReadOnlyInline
from apps.payments.models import CreditNote, Invoice, InvoiceLine, Payment
from apps.payments.printing import printed, printed_note
from apps.payments.selectors.invoices import invoices, printable_note


class LineInline(ReadOnlyInline):
    """What the invoice is for."""

    model = InvoiceLine
    fields = ("description", "kind", "net", "tax", "amount", "period_start", "period_end")
    currency_at = "invoice.currency"
    read_with = ("invoice",)
    show_change_link = False
    ordering = ("id",)


class PaymentInline(ReadOnlyInline):
    """How it was collected."""

    model = Payment
    fields = ("attempt", "status", "amount", "method", "failure_code", "created_at", "settled_at")
    read_with = ("method",)
    ordering = ("attempt",)


class CreditNoteInline(ReadOnlyInline):
    """How it was corrected."""

    model = CreditNote
    fields = ("document", "total", "reason", "created_at")
    show_change_link = False
    ordering = ("number",)

    @admin.display(description="PDF")
    def document(self, note: CreditNote) -> Any:
        """Lead to the PDF."""
        return _link("admin:payments_credit_note_pdf", note.invoice_id, note, name=str(note))


@admin.register(Invoice)
class InvoiceAdmin(FoundByNumber, InCurrency, ReadOnlyAdmin):
    """Invoices with their lines and payments."""

    list_display = (
        "__str__",
        "customer_user",
        "status",
        "total",
        "amount_due",
        "amount_paid",
        "finalized_at",
        "paid_at",
    )
    list_filter = ("status", "reason", "currency", "country")
    search_fields = ("=number", "=id", "=customer__user_id")
    list_select_related = ("customer",)
    date_hierarchy = "created_at"
    ordering = ("-number",)
    readonly_fields = ("document",)
    inlines = (LineInline, PaymentInline, CreditNoteInline)
    show_full_result_count = False

    def get_urls(self) -> list[URLPattern]:
        """Add the address of the PDF."""
        allowed = self.admin_site.admin_view
        note = "<uuid:invoice_id>/credit-notes/<str:number>/pdf"
        return [
            path("<uuid:invoice_id>/pdf", allowed(self.pdf), name="payments_invoice_pdf"),
            path(note, allowed(self.credit_note_pdf), name="payments_credit_note_pdf"),
            *super().get_urls(),
        ]

    def pdf(self, request: HttpRequest, invoice_id: UUID) -> HttpResponse:
        """Print an invoice."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return printed(get_object_or_404(invoices().defer(None), pk=invoice_id))

    def credit_note_pdf(self, request: HttpRequest, invoice_id: UUID, number: str) -> HttpResponse:
        """Print a credit note."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        note = printable_note(get_object_or_404(Invoice, pk=invoice_id).pk, number)
        if note is None:
            raise Http404
        return printed_note(note)

    @admin.display(description="PDF")
    def document(self, invoice: Invoice) -> Any:
        """Lead to the PDF."""
        return _link("admin:payments_invoice_pdf", invoice.pk, name=str(invoice))

    @admin.display(description="user")
    def customer_user(self, invoice: Invoice) -> Any:
        """Whose it is."""
        return invoice.customer.user_id


def _link(view: str, *arguments: Any, name: str) -> Any:
    return format_html('<a href="{}">{}.pdf</a>', reverse(view, args=arguments), name)
