"""The rows of each report, for whoever shows them: over REST, as a file, or on a page of the admin."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from rest_framework import serializers
from rest_framework.request import Request

from apps.payments.api.report_shapes import (
    At,
    BalanceLineSerializer,
    RecurringSerializer,
    RevenueSerializer,
    Span,
    midnight,
    month_after,
)
from apps.payments.api.serializers import validated
from apps.payments.selectors.books import revenue, trial_balance
from apps.payments.selectors.recurring import recurring
from apps.payments.services import billing_now

Rows = list[dict[str, Any]]
Asked = Mapping[str, Any]


def revenue_rows(request: Request | HttpRequest, asked: Asked) -> Rows:
    """Return what was earned, a row for each period and currency. Raises ValidationError."""
    span = validated(Span(data=dict(asked)))
    found = revenue(since=midnight(span["since"]), until=midnight(span["until"]), by=span["by"])
    return _shown(RevenueSerializer, found, request=request, span=span)


def recurring_rows(request: Request | HttpRequest, asked: Asked) -> Rows:
    """Return monthly recurring revenue, a row for each month and currency. Raises ValidationError."""
    span = validated(Span(data={**asked, "by": "month"}))
    months = [span["since"].replace(day=1)]
    while months[-1] < span["until"]:
        months.append(month_after(months[-1]))
    return _shown(RecurringSerializer, recurring([midnight(month) for month in months]), request=request)


def balance_rows(request: Request | HttpRequest, asked: Asked) -> Rows:
    """Return the trial balance, a line for each kind of account, owner and currency. Raises ValidationError."""
    at = validated(At(data=dict(asked))).get("at") or billing_now()
    return _shown(BalanceLineSerializer, trial_balance(at=at), request=request, at=at)


def _shown(shape: type[serializers.Serializer[Any]], found: object, **context: Any) -> Rows:
    return list(shape(found, many=True, context=context).data)
