"""Narrows a list to what a figure of the reports is made of, asked for as over REST."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django_filters import rest_framework as filters

from apps.payments.api.filters import EntryFilter, PayingFilter
from apps.payments.models import SubscriptionChange
from apps.payments.selectors.books import entries


class MadeOf(admin.ListFilter):
    """Shows itself only where a figure has led here."""

    title = "figure"
    filterset: ClassVar[type[filters.FilterSet]]

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        for name in self.filterset.base_filters:
            if name in params:
                self.used_parameters[name] = params.pop(name)[-1]

    def expected_parameters(self) -> list[str | None]:
        """Return the names of the report's filters."""
        return list(self.filterset.base_filters)

    def has_output(self) -> bool:
        """Tell whether anything is asked for."""
        return bool(self.used_parameters)

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Offer to see all, and say what is seen."""
        everything = changelist.get_query_string(remove=list(self.filterset.base_filters))
        seen = ", ".join(f"{name} {value}" for name, value in self.used_parameters.items())
        yield {"selected": False, "query_string": everything, "display": "All"}
        yield {"selected": True, "query_string": changelist.get_query_string(), "display": seen}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what the figure is made of."""
        if not self.used_parameters:
            return queryset
        found = self.filterset(self.used_parameters, queryset=self.source())
        if not found.is_valid():
            raise IncorrectLookupParameters(found.errors)
        return queryset.filter(pk__in=self.keys(found.qs))

    def source(self) -> QuerySet[Any]:
        """Return the rows that the report's filters are for."""
        raise NotImplementedError

    def keys(self, found: QuerySet[Any]) -> QuerySet[Any]:
        """Return the keys of the list's rows that these are about."""
        raise NotImplementedError


class OfEntries(MadeOf):
    """The postings that have such entries."""

    filterset = EntryFilter

    def source(self) -> QuerySet[Any]:
        """Return all entries."""
        return entries()

    def keys(self, found: QuerySet[Any]) -> QuerySet[Any]:
        """Return the keys of their postings."""
        return found.values("transaction__idempotency_key")


class OfRecurring(MadeOf):
    """The subscriptions that recurring revenue was made of."""

    filterset = PayingFilter

    def source(self) -> QuerySet[Any]:
        """Return all changes of subscriptions."""
        return SubscriptionChange.objects.all()

    def keys(self, found: QuerySet[Any]) -> QuerySet[Any]:
        """Return their subscriptions."""
        return found.values("subscription")
