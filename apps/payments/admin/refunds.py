"""Refunds: asked for by one member of staff and, above the limit, decided on by another."""

from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ChoiceField, HiddenInput, ModelForm, UUIDField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from apps.kernel.audit.audited_admin import ReadOnlyAdmin
from apps.kernel.errors import TreumError
from apps.kernel.ids import uuid7
from apps.kernel.money import written
from apps.payments.admin.amounts import InCurrency
from apps.payments.admin.reading import FoundByNumber
from apps.payments.enums import RefundReason
from apps.payments.models import Refund
from apps.payments.services import billing_now, decide_refund, request_refund

ASKED = ("payment", "amount", "reason", "note")


class RefundForm(ModelForm):  # type: ignore[type-arg] # takes no parameter at run time
    """What is asked for; the currency is the payment's."""

    reason = ChoiceField(choices=[choice for choice in RefundReason.choices if choice[0] != RefundReason.NOT_EXPECTED])

    once = UUIDField(widget=HiddenInput, initial=uuid7)
    """The id of the refund to be, so that a form that is sent twice asks for one."""

    class Meta:
        model = Refund
        fields = ASKED


@admin.register(Refund)
class RefundAdmin(FoundByNumber, InCurrency, ReadOnlyAdmin):
    """Refunds. What is refused is said, and changes nothing."""

    list_display = ("created_at", "amount", "status", "reason", "requested_by", "decided_by", "credit_note")
    list_filter = ("status", "reason", "currency")
    list_select_related = ("credit_note",)
    search_fields = ("=provider_refund_id", "=payment__intent_id", "=payment__invoice__number")
    raw_id_fields = ("payment",)
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    actions = ("approve", "decline")
    rows_apart = True

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        """Ask for little; show everything."""
        asked = {"form": RefundForm} if obj is None else {}
        return super().get_form(request, obj, change, **{**options, **asked})

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for little; show everything."""
        return (*ASKED, "once") if obj is None else self.shown(field.name for field in Refund._meta.fields)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Asking is a permission of its own."""
        return request.user.has_perm("payments.add_refund")

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """So is deciding."""
        return request.user.has_perm("payments.change_refund")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Ask for a refund, or say why there is none."""
        try:
            return super().add_view(request, form_url, extra_context)
        except TreumError as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: Refund, form: Any, change: bool) -> None:
        """Ask for it by the service, which knows the rules."""
        once = form.cleaned_data["once"]
        wanted = {"amount": obj.amount, "currency": obj.payment.currency, "reason": obj.reason, "note": obj.note}
        made = request_refund(obj.payment_id, staff_id=_staff_id(request), at=billing_now(), refund_id=once, **wanted)
        obj.pk = made.pk
        obj.refresh_from_db()

    @admin.action(description="Approve: let the money go back", permissions=["decide"])
    def approve(self, request: HttpRequest, rows: QuerySet[Refund]) -> None:
        """Approve those that were chosen."""
        self._decide(request, rows, approve=True)

    @admin.action(description="Decline: keep the money", permissions=["decide"])
    def decline(self, request: HttpRequest, rows: QuerySet[Refund]) -> None:
        """Decline those that were chosen."""
        self._decide(request, rows, approve=False)

    def _decide(self, request: HttpRequest, rows: QuerySet[Refund], *, approve: bool) -> None:
        for refund in rows.order_by("pk"):
            try:
                decided = decide_refund(refund.pk, staff_id=_staff_id(request), approve=approve, at=billing_now())
                messages.success(request, f"{_told(decided)}: {decided.get_status_display()}.")
            except TreumError as refusal:
                messages.error(request, f"{_told(refund)}: {refusal}")


def _told(refund: Refund) -> str:
    return written(refund.amount, refund.currency)


def _staff_id(request: HttpRequest) -> UUID:
    return cast(UUID, request.user.pk)
