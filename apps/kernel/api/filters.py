"""Filters of lists: what is named has a value, and what is no value of a filter is refused, never left out."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django_filters.rest_framework import BooleanFilter, DjangoFilterBackend
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


class TrueOrFalseField(forms.Field):
    """A value of JSON's two booleans."""

    def to_python(self, value: Any) -> bool | None:
        """Return the boolean, or None without one."""
        if value in self.empty_values:
            return None
        if value not in ("true", "false"):
            raise forms.ValidationError("Give true or false.", code="invalid")
        return bool(value == "true")


class TrueOrFalse(BooleanFilter):  # type: ignore[misc] # django-filter has no types
    """A filter that is `true` or `false`; django-filter's own takes any other word for no filter at all."""

    field_class = TrueOrFalseField

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.extra["widget"] = forms.TextInput
