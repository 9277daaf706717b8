"""The books, as staff read them: how all accounts stand, and each posting with its entries and what it is about."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.kernel.audit.audited_admin import ReadOnlyAdmin
from apps.payments.models import BookEntry, Payout
from apps.payments.rules.amounts import written
from apps.payments.selectors.books import Balance, entries, trial_balance
from apps.payments.services import billing_now


def link_to(thing: str) -> Callable[[Any, BookEntry], SafeString | str]:
    """Return a column that leads to what a posting is about."""

    @admin.display(description=thing)
    def link(_: Any, row: BookEntry) -> SafeString | str:
        found: UUID | None = getattr(row, f"{thing}_id")
        if found is None:
            return ""
        return format_html('<a href="{}">{}</a>', reverse(f"admin:payments_{thing}_change", args=[found]), found)

    return link


@admin.register(BookEntry)
class BookEntryAdmin(ReadOnlyAdmin):
    """Postings; a button leads to the trial balance."""

    change_list_template = "payments/admin/books.html"
    list_display = ("recorded_at", "kind", "key", "invoice", "payment", "refund", "payout_id")
    list_filter = ("kind",)
    search_fields = ("=key", "=invoice_id", "=payment_id", "=refund_id", "=payout_id")
    ordering = ("-recorded_at", "key")
    show_full_result_count = False
    fields = ("key", "kind", "invoice", "payment", "refund", "payout_id", "recorded_at", "posted")
    invoice, payment, refund = link_to("invoice"), link_to("payment"), link_to("refund")

    def get_urls(self) -> list[URLPattern]:
        """Add the trial balance."""
        view = self.admin_site.admin_view(self.trial_balance)
        return [path("trial-balance/", view, name="payments_trial_balance"), *super().get_urls()]

    def trial_balance(self, request: HttpRequest) -> HttpResponse:
        """Show how all accounts stand now."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        at = billing_now()
        rows = [_row(line) for line in trial_balance(at=at)]
        context = {**self.admin_site.each_context(request), "title": "Trial balance", "at": at, "rows": rows}
        return TemplateResponse(request, "payments/admin/trial_balance.html", context)

    @admin.display(description="entries")
    def posted(self, row: BookEntry) -> SafeString:
        """Show what was posted; debit is above zero."""
        found = entries().filter(transaction__idempotency_key=row.key).order_by("account_id")
        told = (
            (one.account.kind, one.account.owner, written(one.amount, currency=one.currency), one.currency)
            for one in found
        )
        line = "<tr><td>{}</td><td>{}</td><td>{} {}</td></tr>"
        return format_html("<table>{}</table>", format_html_join("", line, told))


@admin.register(Payout)
class PayoutAdmin(ReadOnlyAdmin):
    """What the provider has transferred to our bank."""

    list_display = ("id", "created_at", "amount", "currency", "status", "booked_at")
    list_filter = ("status", "currency")
    search_fields = ("=id",)
    ordering = ("-created_at", "id")


def _row(line: Balance) -> tuple[str, str, str, str, str]:
    debit = written(line.debit, currency=line.currency) if line.debit else ""
    credit = written(line.credit, currency=line.currency) if line.credit else ""
    return line.kind, line.owner, line.currency, debit, credit
