"""Pages by opaque cursor: stable while rows are added, and as fast on the last page as on the first."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DataError
from django.db.models import Model, QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.views import APIView

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 200
NEWEST_FIRST = ("-id",)


class CursorPages(CursorPagination):
    """`?cursor=…&page_size=…`, newest first. A view names another order in its attribute `ordering`.

    The order must be of columns that are never null and must end in a unique one.
    """

    page_size = DEFAULT_PAGE_SIZE
    max_page_size = MAX_PAGE_SIZE
    page_size_query_param = "page_size"
    page_size_query_description = f"How many results a page has, at most {MAX_PAGE_SIZE}."
    cursor_query_description = "The opaque position of the page: follow `next` and `previous` as they are given."

    def paginate_queryset(
        self, queryset: QuerySet[Any] | Sequence[Any], request: Request, view: APIView | None = None
    ) -> list[Any] | None:
        """Return the page's rows. A cursor that was not given out by us is invalid input, never a server error."""
        try:
            return super().paginate_queryset(queryset, request, view=view)
        except (ValueError, DjangoValidationError, DataError) as error:
            raise _invalid_cursor() from error

    def decode_cursor(self, request: Request) -> Any:
        """Return the position that the request asks for."""
        try:
            return super().decode_cursor(request)
        except Exception as error:
            raise _invalid_cursor() from error

    def get_page_size(self, request: Request) -> int | None:
        """Return the page size asked for, within its limits; refuse what is no positive whole number."""
        asked = request.query_params.get(self.page_size_query_param)
        if asked is not None and not (asked.isdecimal() and asked.isascii() and int(asked) > 0):
            raise ValidationError({self.page_size_query_param: ["Give a whole number greater than zero."]})
        return super().get_page_size(request)

    def get_ordering(self, request: Request, queryset: QuerySet[Model], view: APIView | None) -> tuple[str, ...]:
        """Return the order of the view."""
        return tuple(getattr(view, "ordering", None) or NEWEST_FIRST)


def _invalid_cursor() -> ValidationError:
    return ValidationError({"cursor": ["This cursor is not one of ours; start again without it."]})
