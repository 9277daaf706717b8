"""What staff fill in about what is sold, and what is refused before anything is on sale."""

import hashlib
import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from apps.payments.models import Plan, PlanFeature, TaxRate
from apps.payments.rules.countries import countries
from apps.payments.rules.offers import wrong_amount, wrong_interval, wrong_trial, wrong_value


class PlanForm(forms.ModelForm):  # type: ignore[type-arg] # takes no parameter at run time
    """A plan, as it was when its page was opened: what somebody else has changed meanwhile is not written over."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Plan
        fields = "__all__"  # noqa: DJ007 - the admin leaves out what cannot be edited

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["seen"] = _state(self.instance.pk)

    def clean(self) -> dict[str, Any]:
        """Refuse a page that is out of date, a rank that is taken, and what everybody falls back on off sale."""
        given: dict[str, Any] = super().clean() or {}
        if self.instance.pk:
            Plan.objects.select_for_update().get(pk=self.instance.pk)
            if given.get("seen") != _state(self.instance.pk):
                raise ValidationError(
                    "Somebody else has changed this plan meanwhile: open its page again, then edit it."
                )
        rank, days = given.get("rank"), given.get("trial_days")
        if rank is not None and (other := Plan.objects.filter(rank=rank).exclude(pk=self.instance.pk).first()):
            self.add_error("rank", f"{other} has this rank: upgrades go from one rank to a higher one.")
        if days is not None:
            _add(self, wrong_trial(days))
        if self.instance.fallback and given.get("active") is False:
            self.add_error("active", "Everybody without a subscription has this plan: it stays on the price list.")
        return given


class PlanFeatureForm(forms.ModelForm):  # type: ignore[type-arg] # takes no parameter at run time
    """How much of a feature a plan brings."""

    def clean(self) -> dict[str, Any]:
        """Refuse what the feature does not take."""
        given: dict[str, Any] = super().clean() or {}
        feature, value = given.get("feature"), given.get("value")
        if feature is not None and value is not None:
            wrong = wrong_value(feature.code, kind=feature.kind, value=value)
            _add(self, {"value": wrong} if wrong else {})
        return given


class PriceForm(forms.ModelForm):  # type: ignore[type-arg] # takes no parameter at run time
    """A new price; of one that is there only whether it is on sale can be changed."""

    def clean(self) -> dict[str, Any]:
        """Refuse what nobody could pay, periods of no sensible length, and a price of what costs nothing."""
        given: dict[str, Any] = super().clean() or {}
        plan, amount, currency = given.get("plan"), given.get("unit_amount"), given.get("currency")
        interval, count = given.get("interval"), given.get("interval_count")
        if amount is not None and currency:
            _add(self, wrong_amount(amount, currency=currency))
        if interval and count is not None:
            _add(self, wrong_interval(interval, count=count))
        if plan is not None and plan.fallback:
            self.add_error("plan", f"Everybody without a subscription has {plan}: nobody can buy it.")
        return given


class TaxRateForm(forms.ModelForm):  # type: ignore[type-arg] # takes no parameter at run time
    """The tax of a country for some days."""

    def clean(self) -> dict[str, Any]:
        """Refuse days that the country has a rate for already, unknown countries, and an end before the beginning."""
        given: dict[str, Any] = {**self._stored(), **(super().clean() or {})}
        country, first, last = given.get("country"), given.get("valid_from"), given.get("valid_to")
        percentage = given.get("percentage")
        if percentage is not None and not 0 <= percentage <= 100:
            self.add_error("percentage", "A tax is 0 to 100 percent.")
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


def _add(form: forms.ModelForm, wrong: dict[str, str]) -> None:  # type: ignore[type-arg] # as above
    for field, sentence in wrong.items():
        form.add_error(field, sentence)


def _state(plan_id: int) -> str:
    """Return what stands for a plan and its features as they are stored now."""
    plan = Plan.objects.filter(pk=plan_id).values("name", "description", "rank", "trial_days", "active").get()
    brings = list(PlanFeature.objects.filter(plan=plan_id).order_by("feature").values_list("feature", "value"))
    return hashlib.sha256(json.dumps([plan, brings], sort_keys=True).encode()).hexdigest()
