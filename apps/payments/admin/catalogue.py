"""What is sold, as staff edit it. What they change reaches the price list, and everybody who has the plan."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest

from apps.kernel.audit.audited_admin import AuditedAdmin
from apps.payments import services
from apps.payments.admin.amounts import InCurrency
from apps.payments.admin.catalogue_forms import PlanFeatureForm, PlanForm, PriceForm, TaxRateForm
from apps.payments.admin.reading import ReadOnlyInline
from apps.payments.models import Feature, Plan, PlanFeature, Price, TaxRate
from apps.payments.selectors.catalogue import days_without_tax


class PlanFeatureInline(admin.TabularInline):  # type: ignore[type-arg] # takes no parameter at run time
    """What the plan brings."""

    model = PlanFeature
    form = PlanFeatureForm
    extra = 0


class PriceInline(ReadOnlyInline):
    """What the plan costs, to read; prices have a page of their own."""

    model = Price
    fields = ("lookup_key", "unit_amount", "interval", "interval_count", "active")
    read_with = ("plan",)


class Kept(AuditedAdmin):
    """What is referred to stays; what is told of the catalogue is read anew after an edit."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save, and have the price list read anew."""
        super().save_related(request, form, formsets, change)
        services.note_catalogue_edit()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Subscriptions and invoices refer to it."""
        return False


@admin.register(Plan)
class PlanAdmin(Kept):
    """Plans, with what they bring. A plan that is off sale stays with those who have it."""

    form = PlanForm
    list_display = ("name", "code", "rank", "trial_days", "active", "fallback")
    list_filter = ("active",)
    search_fields = ("name", "code")
    inlines = (PlanFeatureInline, PriceInline)

    def get_readonly_fields(self, request: HttpRequest, obj: Plan | None = None) -> tuple[str, ...]:
        """The code is what others know a plan by."""
        return ("code", "fallback") if obj else ("fallback",)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save, and tell everybody on the plan when what it brings has changed."""
        super().save_related(request, form, formsets, change)
        if any(formset.has_changed() for formset in formsets):
            services.note_features_edit(form.instance.pk)


@admin.register(Feature)
class FeatureAdmin(AuditedAdmin):
    """Features that the code knows. A new one does nothing until something is gated on it."""

    list_display = ("code", "kind", "description")
    list_filter = ("kind",)
    search_fields = ("code", "description")

    def get_readonly_fields(self, request: HttpRequest, obj: Feature | None = None) -> tuple[str, ...]:
        """Code and kind are what the contexts ask for."""
        return ("code", "kind") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Plans refer to it."""
        return False


@admin.register(Price)
class PriceAdmin(InCurrency, Kept):
    """An amount never changes: to ask for another one, add a price and take this one off sale."""

    form = PriceForm
    list_display = ("lookup_key", "plan", "unit_amount", "interval", "interval_count", "active")
    list_filter = ("active", "currency", "interval", "plan")
    list_select_related = ("plan",)
    search_fields = ("lookup_key",)
    fixed = ("plan", "lookup_key", "currency", "interval", "interval_count", "unit_amount", "tax_behavior")
    hint = (
        "An amount never changes: to ask for another one, add a price and take this one off sale. Who has it keeps it."
    )

    def get_fieldsets(self, request: HttpRequest, obj: Price | None = None) -> Any:
        """Say with the fields what can be done."""
        fields = [*(self.shown(self.fixed) if obj else self.fixed), "active"]
        return ((None, {"fields": fields, "description": self.hint}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Price | None = None) -> list[Any]:
        """Only whether it is on sale can be changed."""
        return self.shown(self.fixed) if obj else []


@admin.register(TaxRate)
class TaxRateAdmin(InCurrency, AuditedAdmin):
    """Rates with their days. One that was charged stays: end it, and add the one that follows."""

    form = TaxRateForm
    list_display = ("country", "name", "percentage", "valid_from", "valid_to")
    list_filter = ("country",)
    search_fields = ("=country", "name")
    fixed = ("country", "name", "percentage", "valid_from")

    def get_fields(self, request: HttpRequest, obj: TaxRate | None = None) -> list[Any]:
        """Show what is fixed first."""
        return [*(self.shown(self.fixed) if obj else self.fixed), "valid_to"]

    def get_readonly_fields(self, request: HttpRequest, obj: TaxRate | None = None) -> list[Any]:
        """Only the end can be changed."""
        return self.shown(self.fixed) if obj else []

    def save_model(self, request: HttpRequest, obj: TaxRate, form: Any, change: bool) -> None:
        """Save, and say on which days nothing is charged."""
        super().save_model(request, obj, form, change)
        for first, last in days_without_tax(obj.country):
            until = f"to {last}" if last else "on"
            messages.warning(request, f"From {first} {until} no tax of {obj.country} holds: none is charged then.")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """It may have been charged."""
        return False
