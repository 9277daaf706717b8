"""Who may see what: a view shows its caller the caller's own objects, and everything else does not exist."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request


def caller_id(request: Request) -> UUID:
    """Return the id of the logged-in caller. Raises NotAuthenticated when nobody is logged in."""
    if request.user.pk is None:
        raise NotAuthenticated()
    return request.user.pk


class OwnObjects:
    """Mix into a generic view whose rows belong to people: rows of others are left out, so asking for one is 404.

    `owner_field` is the lookup from the row to its user's id, for example `account__user_id`.
    """

    owner_field = "user_id"

    def get_queryset(self) -> QuerySet[Any]:
        """Return the rows of the caller, and none while only the schema is drawn."""
        rows: QuerySet[Any] = super().get_queryset()  # type: ignore[misc] # the generic view stands behind the mixin
        if getattr(self, "swagger_fake_view", False):
            return rows.none()
        return rows.filter(**{self.owner_field: self.request.user.pk})  # type: ignore[attr-defined] # as above
