"""What lists are asked for: a name that nobody knows, or a value that is none, is refused and never left out."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet
from django_filters.rest_framework import BooleanFilter, DjangoFilterBackend
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView


def parameters(request: Request, *, known: Iterable[str]) -> dict[str, str]:
    """Return the parameters of an address, each of which is known and stands there once. Raises ValidationError."""
    names = sorted(known)
    use = f"use {', '.join(names)}" if names else "leave it out"
    wrong = {}
    for name, values in request.query_params.lists():
        if name not in names:
            wrong[name] = [ErrorDetail(f"There is no such parameter here: {use}.", code="unknown")]
        elif len(values) > 1:
            wrong[name] = [ErrorDetail("Give one value: this stands in the address more than once.", code="repeated")]
    if wrong:
        raise ValidationError(wrong)
    return request.query_params.dict()


class NoBlankFilters(DjangoFilterBackend):  # type: ignore[misc] # django-filter has no types
    """django-filter's backend, which would take `?timeframe=` for no filter at all; here it is a mistake.

    A list takes the parameters of its filters and of its pages, and no others.
    """

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        """Return the rows that pass. Raises ValidationError for a filter without a value, and for a wrong one."""
        filters = self.get_filterset_class(view, queryset)
        named = () if filters is None else filters.base_filters
        if getattr(view, "action", None) == "list":
            parameters(request, known=(*named, *_of_pages(view)))
        blank = [name for name in named if request.query_params.get(name) == ""]
        if blank:
            message = ErrorDetail("Give a value, or leave this out.", code="blank")
            raise ValidationError({name: [message] for name in blank})
        filtered: QuerySet[Any] = super().filter_queryset(request, queryset, view)
        return filtered


def _of_pages(view: Any) -> list[str]:
    return [parameter["name"] for parameter in view.paginator.get_schema_operation_parameters(view)]


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
