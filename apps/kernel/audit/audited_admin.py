"""What staff do in the admin, in the audit log: the base of every admin page that can change something."""

from collections.abc import Iterable, Mapping
from datetime import date, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.db import router, transaction
from django.db.models import Model
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse

from apps.kernel.audit.entries import record_entry
from apps.kernel.crypto.fields import SealedTextField

if TYPE_CHECKING:
    AdminBase = admin.ModelAdmin[Any]
else:
    AdminBase = admin.ModelAdmin

HIDDEN = "•••"
"""Stands for a secret: that it changed is told, what it was is not."""

PASSWORD = "password"  # noqa: S105 - the name of a field
DEED = "deed"
"""Under which the words of an admin action stand in an entry."""

_Values = dict[str, Any]


class ChangeMessage(list[Any]):
    """Django's message about a change, with the form that made it."""

    def __init__(self, message: Iterable[Any], *, form: BaseForm) -> None:
        super().__init__(message)
        self.form = form


class AuditedAdmin(AdminBase):
    """Writes an entry for every object that staff add, change or delete, in the transaction of the change.

    `personal_fields` are sealed with the key of the person whom the object is about; of a model that has some Django
    keeps no log of its own, as that could not be erased. Passwords, sealed fields and `secret_fields` are never told.
    """

    personal_fields: tuple[str, ...] = ()
    secret_fields: tuple[str, ...] = ()
    rows_apart = False
    """Whether the actions of this page treat each row in a transaction of its own, as its locks may demand."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list, or run an action on some of it in one transaction with its entries."""
        if self.rows_apart:
            return super().changelist_view(request, extra_context)
        with transaction.atomic(using=router.db_for_write(self.model)):
            return super().changelist_view(request, extra_context)

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> list[dict[str, Any]]:
        """Return Django's message, which brings the form to the entry."""
        return ChangeMessage(super().construct_change_message(request, form, formsets, add), form=form)

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Tell that an object was added."""
        self._record(request, obj, action="admin.add", after=_after(message))
        return None if self.personal_fields else super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Tell what was changed about an object, or what an action did with it."""
        self._record(request, obj, action="admin.change", before=_before(message), after=_after(message))
        return None if self.personal_fields else super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Tell what is about to be deleted."""
        for obj in queryset:
            values = {field.name: field.value_from_object(obj) for field in obj._meta.concrete_fields}
            self._record(request, obj, action="admin.delete", before=values)
        return None if self.personal_fields else super().log_deletions(request, queryset)

    def _record(
        self,
        request: HttpRequest,
        obj: Model,
        *,
        action: str,
        before: _Values | None = None,
        after: _Values | None = None,
    ) -> None:
        sides = {"before": before or {}, "after": after or {}}
        personal = {side: kept for side, values in sides.items() if (kept := self._told(values, personal=True))}
        open_sides = {side: self._told(values, personal=False) or None for side, values in sides.items()}
        using = obj._state.db or router.db_for_write(type(obj))
        with transaction.atomic(using=using):
            record_entry(
                action=action,
                using=using,
                object=f"{obj._meta.label_lower}/{obj.pk}",
                subject=_subject(obj),
                actor=f"user:{request.user.pk}",
                personal=personal,
                **open_sides,
            )

    def _told(self, values: Mapping[str, Any], *, personal: bool) -> _Values:
        return {
            name: HIDDEN if self._is_secret(name) else _plain(value)
            for name, value in values.items()
            if (name in self.personal_fields) is personal
        }

    def _is_secret(self, name: str) -> bool:
        """Tell whether a value must not be told: passwords, what is sealed, and what only the form knows."""
        if name == DEED:
            return False
        try:
            field = self.opts.get_field(name)
        except FieldDoesNotExist:
            return True
        return name == PASSWORD or name in self.secret_fields or isinstance(field, SealedTextField)


class ReadOnlyAdmin(AuditedAdmin):
    """Rows that services write and staff read."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds rows by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody edits rows by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes rows by hand."""
        return False


def _before(message: Any) -> _Values:
    form = message.form if isinstance(message, ChangeMessage) else None
    return {} if form is None else {name: form.initial.get(name) for name in form.changed_data}


def _after(message: Any) -> _Values:
    if isinstance(message, ChangeMessage):
        return {name: message.form.cleaned_data.get(name) for name in message.form.changed_data}
    return {DEED: message}


def _subject(obj: Model) -> UUID | None:
    return obj.pk if isinstance(obj, get_user_model()) else getattr(obj, "user_id", None)


def _plain(value: Any) -> Any:
    """Return a value as JSON can have it: objects by their keys, and whatever is strange by its text."""
    if isinstance(value, Model):
        return str(value.pk)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, str | int | float | dict | UUID | date | time | None):
        return value
    if isinstance(value, Iterable) and not isinstance(value, bytes | memoryview):
        return [_plain(part) for part in value]
    return str(value)
