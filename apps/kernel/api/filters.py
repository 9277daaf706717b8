"""Filters of lists: what is named has a value."""

from typing import Any

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView


class NoBlankFilters(DjangoFilterBackend):  # type: ignore[misc] # django-filter has no types
    """django-filter's backend, which would take `?timeframe=` for no filter at all; here it is a mistake."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        """Return the rows that pass. Raises ValidationError for a filter without a value, and for a wrong one."""
        filters = self.get_filterset_class(view, queryset)
        named = () if filters is None else filters.base_filters
        blank = [name for name in named if request.query_params.get(name) == ""]
        if blank:
            message = ErrorDetail("Give a value, or leave this out.", code="blank")
            raise ValidationError({name: [message] for name in blank})
        filtered: QuerySet[Any] = super().filter_queryset(request, queryset, view)
        return filtered
