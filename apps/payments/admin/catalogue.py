"""What is sold, as staff edit it. What they change reaches the price list, and everybody who has the plan."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from apps.kernel.audit.audited_admin import AuditedAdmin
from apps.payments import services
from apps.payments.enums import FeatureKind
from apps.payments.models import Feature, Plan, PlanFeature, Price, TaxRate
from apps.payments.rules.countries import countries

VALUES = {
    FeatureKind.BOOLEAN: (bool, "true or false"),
    FeatureKind.INTEGER: (int, "a whole number"),
    FeatureKind.TEXT: (str, "a text in quotation marks"),
}


class PlanFeatureForm(forms.ModelForm):  # type: ignore[type-arg] # takes no parameter at run time
    """How much of a feature a plan brings."""

    def clean(self) -> dict[str, Any]:
        """Refuse a value of another kind than the feature's."""
        given: dict[str, Any] = super().clean() or {}
        feature, value = given.get("feature"), given.get("value")
        if feature is not None and value is not None:
            kind, words = VALUES[FeatureKind(feature.kind)]
            if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
                raise ValidationError({"value": f"{feature.code} takes {words}."})
        return given


class PlanFeatureInline(admin.TabularInline):  # type: ignore[type-arg] # takes no parameter at run time
    """What the plan brings."""

    model = PlanFeature
    form = PlanFeatureForm
    extra = 0


class PriceInline(admin.TabularInline):  # type: ignore[type-arg] # takes no parameter at run time
    """What the plan costs, to read; prices have a page of their own."""

    model = Price
    fields = readonly_fields = ("lookup_key", "currency", "interval", "interval_count", "unit_amount", "active")
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A price is added on its own page."""
        return False


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

    list_display = ("name", "code", "rank", "trial_days", "active", "fallback")
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

    def get_readonly_fields(self, request: HttpRequest, obj: Feature | None = None) -> tuple[str, ...]:
        """Code and kind are what the contexts ask for."""
        return ("code", "kind") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Plans refer to it."""
        return False


@admin.register(Price)
class PriceAdmin(Kept):
    """An amount never changes: to ask for another one, add a price and take this one off sale."""

    list_display = ("lookup_key", "plan", "unit_amount", "currency", "interval", "interval_count", "active")
    list_filter = ("active", "currency", "interval", "plan")
    list_select_related = ("plan",)
    search_fields = ("lookup_key",)
    fixed = ("plan", "lookup_key", "currency", "interval", "interval_count", "unit_amount", "tax_behavior")
    hint = (
        "An amount never changes: to ask for another one, add a price and take this one off sale. Who has it keeps it."
    )
    fieldsets = ((None, {"fields": (*fixed, "active"), "description": hint}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Price | None = None) -> tuple[str, ...]:
        """Only whether it is on sale can be changed."""
        return self.fixed if obj else ()


class TaxRateForm(forms.ModelForm):  # type: ignore[type-arg] # takes no parameter at run time
    """The tax of a country for some days."""

    def clean(self) -> dict[str, Any]:
        """Refuse days that the country has a rate for already, unknown countries, and an end before the beginning."""
        given: dict[str, Any] = {**self._stored(), **(super().clean() or {})}
        country, first, last = given.get("country"), given.get("valid_from"), given.get("valid_to")
        if country and country not in countries():
            raise ValidationError({"country": f"There is no country {country}: give its two capital letters."})
        if first and last and last <= first:
            raise ValidationError({"valid_to": "A rate ends after the day on which it begins."})
        if country and first and (other := self._overlapping(country, first, last).first()):
            ends = other.valid_to or "further notice"
            raise ValidationError({self._day(): f"{other} holds from {other.valid_from} to {ends}: end it first."})
        return given

    def _stored(self) -> dict[str, Any]:
        """Return what the form does not ask for again."""
        return {name: getattr(self.instance, name) for name in ("country", "valid_from")} if self.instance.pk else {}

    def _day(self) -> str:
        return "valid_to" if self.instance.pk else "valid_from"

    def _overlapping(self, country: str, first: Any, last: Any) -> "QuerySet[TaxRate]":
        begins = Q(valid_from__lt=last) if last else Q()
        rates = TaxRate.objects.filter(begins, Q(valid_to=None) | Q(valid_to__gt=first), country=country)
        return rates.exclude(pk=self.instance.pk)


@admin.register(TaxRate)
class TaxRateAdmin(AuditedAdmin):
    """Rates with their days. One that was charged stays: end it, and add the one that follows."""

    form = TaxRateForm
    list_display = ("country", "name", "percentage", "valid_from", "valid_to")
    list_filter = ("country",)

    def get_readonly_fields(self, request: HttpRequest, obj: TaxRate | None = None) -> tuple[str, ...]:
        """Only the end can be changed."""
        return ("country", "name", "percentage", "valid_from") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """It may have been charged."""
        return False
