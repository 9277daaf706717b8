"""The books, as staff read them: each posting with its entries and what it is about, and what was paid out."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.kernel.audit.audited_admin import ReadOnlyAdmin
from apps.kernel.money import written
from apps.payments.admin.amounts import InCurrency
from apps.payments.admin.made_of import OfEntries
from apps.payments.models import BookEntry, Payout
from apps.payments.selectors.books import entries_of


def link_to(thing: str) -> Callable[[Any, BookEntry], SafeString | str]:
    """Return a column that leads to what a posting is about."""

    @admin.display(description=thing)
    def link(_: Any, row: BookEntry) -> SafeString | str:
        found: UUID | None = getattr(row, f"{thing}_id")
        if found is None:
            return ""
        return format_html('<a href="{}">{}</a>', reverse(f"admin:payments_{thing}_change", args=[found]), found)

    return link


class Postings(ChangeList):
    """A page of postings, whose entries are read with it."""

    def get_results(self, request: HttpRequest) -> None:
        """Read the page, and what was posted by it."""
        super().get_results(request)
        rows = list(self.result_list)
        found = entries_of(rows)
        for row in rows:
            row.entries = found[row.key]
        self.result_list = rows


@admin.register(BookEntry)
class BookEntryAdmin(ReadOnlyAdmin):
    """Postings with their entries; a button leads to the figures."""

    change_list_template = "payments/admin/books.html"
    list_display = ("key", "kind", "posted", "invoice", "payment", "refund", "payout_id", "recorded_at")
    list_filter = (OfEntries, "kind")
    search_fields = ("=key", "=invoice_id", "=payment_id", "=refund_id", "=payout_id")
    ordering = ("-recorded_at", "key")
    show_full_result_count = False
    fields = ("key", "kind", "invoice", "payment", "refund", "payout_id", "recorded_at", "posted")
    invoice, payment, refund = link_to("invoice"), link_to("payment"), link_to("refund")

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        """Return the list that knows the entries of its rows."""
        return Postings

    @admin.display(description="entries")
    def posted(self, row: BookEntry) -> SafeString:
        """Show what was posted; debit is above zero."""
        posted = row.entries if hasattr(row, "entries") else entries_of([row])[row.key]
        told = ((one.account.kind, one.account.owner, written(one.amount, one.currency)) for one in posted)
        line = '<tr><td>{}</td><td>{}</td><td class="nowrap">{}</td></tr>'
        return format_html("<table>{}</table>", format_html_join("", line, told))


@admin.register(Payout)
class PayoutAdmin(InCurrency, ReadOnlyAdmin):
    """What the provider has transferred to our bank."""

    list_display = ("id", "created_at", "amount", "status", "booked_at")
    list_filter = ("status", "currency")
    date_hierarchy = "created_at"
    search_fields = ("=id",)
    ordering = ("-created_at", "id")
