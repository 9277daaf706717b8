"""The audit logs, as staff read them: one database at a time, with what is personal opened."""

import json
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db import DEFAULT_DB_ALIAS
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from apps.kernel.audit.models import AuditEntry
from apps.kernel.audit.subject_keys import open_personal
from apps.kernel.audit.witnesses import databases

if TYPE_CHECKING:
    AdminBase = admin.ModelAdmin[AuditEntry]
else:
    AdminBase = admin.ModelAdmin

DATABASE = "database"
KEPT_FILTERS = "_changelist_filters"
"""Where Django's links to an entry keep the filters of the list that they stand in."""

ERASED = "erased"
SHOWN = ("before", "after", "opened_personal")


def database_of(request: HttpRequest) -> str:
    """Return the database that a page shows: the one that was chosen, or the users'."""
    chosen = request.GET.get(DATABASE) or QueryDict(request.GET.get(KEPT_FILTERS, "")).get(DATABASE)
    return chosen if chosen in databases() else DEFAULT_DB_ALIAS


class DatabaseFilter(admin.SimpleListFilter):
    """Chooses the database; `get_queryset` follows the choice."""

    title = "database"
    parameter_name = DATABASE

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(alias, alias) for alias in databases()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        return queryset


class ActionFilter(admin.SimpleListFilter):
    """The actions that have ever been recorded."""

    title = "action"
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        actions = AuditEntry.objects.using(database_of(request)).order_by("action").values_list("action", flat=True)
        return [(action, action) for action in actions.distinct()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        return queryset.filter(action=self.value()) if self.value() else queryset


class OpenedList(ChangeList):
    """A page of entries, opened with one query."""

    def get_results(self, request: HttpRequest) -> None:
        """Fetch the page and open what is personal in it."""
        super().get_results(request)
        self.result_list = list(self.result_list)
        open_personal(self.result_list, using=database_of(request))


@admin.register(AuditEntry)
class AuditEntryAdmin(AdminBase):
    """Read-only for everyone."""

    list_display = ("sequence", "at", "actor", "action", "object", "subject", *SHOWN)
    list_filter = (DatabaseFilter, ActionFilter)
    search_fields = ("=actor", "=subject", "=object", "=correlation_id")
    search_help_text = "An actor (user:<id>), a person's id, an object or a correlation id, in full."
    ordering = ("-sequence",)
    list_per_page = 50
    show_full_result_count = False
    fields = (
        *("sequence", "at", "actor", "subject", "action", "object", "before", "after", "opened_personal"),
        *("correlation_id", "previous_hash", "hash"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        return AuditEntry.objects.using(database_of(request)).filter(sequence__isnull=False)

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        return OpenedList

    @method_decorator(require_safe)
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show an entry; nothing can be sent here."""
        return super().changeform_view(request, object_id, form_url, extra_context)

    @method_decorator(require_safe)
    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
        """Refuse: nothing can be sent here."""
        return super().delete_view(request, object_id, extra_context)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> AuditEntry | None:
        entry = super().get_object(request, object_id, from_field)
        if entry is not None:
            open_personal([entry], using=database_of(request))
        return entry

    @admin.display(description="personal")
    def opened_personal(self, entry: AuditEntry) -> SafeString | str:
        if entry.opened is None:
            return ERASED
        return format_html("<code>{}</code>", json.dumps(entry.opened, ensure_ascii=False)) if entry.opened else ""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        return False
