"""Webhooks and reconciliations, as staff read them, with a way to have a comparison made now."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest

from apps.kernel.audit.audited_admin import ReadOnlyAdmin
from apps.kernel.audit.entries import record_entry
from apps.kernel.outbox.recorder import request as ask_for
from apps.payments.admin.amounts import InCurrency
from apps.payments.admin.reading import ReadOnlyInline
from apps.payments.apps import DATABASE
from apps.payments.models import Difference, ProviderNotice, Reconciliation

HOURS = 48


@admin.register(ProviderNotice)
class ProviderNoticeAdmin(ReadOnlyAdmin):
    """What the provider told, and how far it was handled."""

    list_display = ("received_at", "type", "object_id", "status", "handled_at", "error")
    list_filter = ("status", "object_kind")
    search_fields = ("=event_id", "=object_id")
    ordering = ("-id",)
    show_full_result_count = False


class DifferenceInline(ReadOnlyInline):
    """What a reconciliation found. `ours` and `theirs` tell amounts with their currency."""

    model = Difference
    fields = ("kind", "object_kind", "object_id", "ours", "theirs", "repaired")
    ordering = ("repaired", "id")


@admin.register(Reconciliation)
class ReconciliationAdmin(ReadOnlyAdmin):
    """Each comparison with the provider."""

    list_display = ("started_at", "provider", "since", "finished_at", "compared", "found", "left")
    list_filter = ("provider",)
    date_hierarchy = "started_at"
    ordering = ("-id",)
    inlines = (DifferenceInline,)
    actions = ("reconcile_now",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reconciliation]:
        """Count the differences with the rows."""
        rows: QuerySet[Reconciliation] = super().get_queryset(request)
        return rows.annotate(
            found=Count("differences"), left=Count("differences", filter=Q(differences__repaired=False))
        )

    @admin.display(description="differences")
    def found(self, row: Any) -> int:
        """How many there were."""
        return int(row.found)

    @admin.display(description="left")
    def left(self, row: Any) -> int:
        """How many of them are not repaired."""
        return int(row.left)

    def has_reconcile_permission(self, request: HttpRequest) -> bool:
        """Tell whether the caller may have a comparison made."""
        return request.user.has_perm("payments.add_reconciliation")

    @admin.action(description=f"Reconcile the last {HOURS} hours now", permissions=["reconcile"])
    def reconcile_now(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        """Ask for a comparison; which rows were chosen does not matter."""
        ask_for("payments.reconcile", HOURS, using=DATABASE)
        record_entry(
            action="reconciliation.requested", using=DATABASE, object="reconciliation", actor=f"user:{request.user.pk}"
        )
        messages.success(request, "A reconciliation was asked for; it will stand at the top of this list.")


@admin.register(Difference)
class DifferenceAdmin(InCurrency, ReadOnlyAdmin):
    """All that ever stood differently."""

    list_display = ("reconciliation", "kind", "object_kind", "object_id", "ours", "theirs", "repaired")
    currency_at = ""
    list_filter = ("repaired", "kind", "object_kind")
    search_fields = ("=object_id",)
    list_select_related = ("reconciliation",)
    ordering = ("-id",)
