"""Rows that nobody edits by hand, below the row that they belong to."""

import re
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.payments.admin.amounts import InCurrency

NUMBER = re.compile(r"\b(?:INV|CN)-0*(?=\d)", re.IGNORECASE)

if TYPE_CHECKING:
    AdminBase = admin.ModelAdmin[Any]
else:
    AdminBase = object


class FoundByNumber(AdminBase):
    """A page that finds an invoice by its number as it is printed: INV-000150."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search for the number without what stands before it."""
        return super().get_search_results(request, queryset, NUMBER.sub("", search_term))


class ReadOnlyInline(InCurrency, admin.TabularInline):  # type: ignore[type-arg] # takes no parameter at run time
    """Rows to read. `read_with` names the relations that are shown, which are read with the rows."""

    read_with: tuple[str, ...] = ()
    extra = 0
    can_delete = False
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows in one query."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.select_related(*self.read_with) if self.read_with else rows

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Everything is to read."""
        return self.shown(self.fields or ())

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody adds rows by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody edits rows by hand."""
        return False
