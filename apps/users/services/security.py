"""Tell the audit log what happens to credentials and sessions."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.kernel.audit import record_entry
from apps.kernel.resilience.limiter import hashed
from apps.users.apps import DATABASE
from apps.users.enums import AuthAction
from apps.users.models import User


def note_security(
    action: AuthAction,
    *,
    user_id: UUID,
    by_owner: bool = False,
    after: Mapping[str, Any] | None = None,
    personal: Mapping[str, Any] | None = None,
) -> None:
    """Append what happened to a person's credentials to the audit log.

    `by_owner` says that they did it themselves, where the request could not yet know who they are.
    """
    with transaction.atomic(using=DATABASE):
        record_entry(
            action=action.value,
            using=DATABASE,
            object=f"user/{user_id}",
            subject=user_id,
            after=after,
            personal=personal,
            actor=f"user:{user_id}" if by_owner else None,
        )


def note_failed_login(email: str) -> None:
    """Append a wrong password to the audit log. The address stands there hashed, whether somebody has it or not."""
    address = User.objects.normalize_email(email)
    with transaction.atomic(using=DATABASE):
        record_entry(
            action=AuthAction.LOGIN_FAILED.value,
            using=DATABASE,
            object=f"email/{hashed(address)}",
            subject=User.objects.filter(email=address).values_list("pk", flat=True).first(),
        )
