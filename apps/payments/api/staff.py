"""What members of staff need beside being staff: the permission that the admin asks for as well."""

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from apps.payments.errors import PermissionMissing

READ_BOOKS = "payments.view_bookentry"
READ_REFUNDS, ASK, DECIDE = "payments.view_refund", "payments.add_refund", "payments.change_refund"


class ReadsBooks(BasePermission):
    """Whoever may read the books."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Let them in. Raises PermissionMissing."""
        return _needed(request, READ_BOOKS)


class HandlesRefunds(BasePermission):
    """Whoever may see refunds; asking for one and deciding on one are permissions of their own."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Let them in. Raises PermissionMissing."""
        if request.method in SAFE_METHODS:
            return _needed(request, READ_REFUNDS)
        return _needed(request, ASK if view.action == "create" else DECIDE)


def _needed(request: Request, permission: str) -> bool:
    if not request.user.has_perm(permission):
        raise PermissionMissing(permission=permission)
    return True
