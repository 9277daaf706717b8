"""What the business has earned and how the books stand, on one page: the rows of the reports and nothing else."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from rest_framework.exceptions import ValidationError

from apps.kernel.audit.audited_admin import ReadOnlyAdmin
from apps.kernel.text import zulu
from apps.payments.api.report_rows import Asked, Rows, balance_rows, recurring_rows, revenue_rows
from apps.payments.api.report_shapes import BalanceLineSerializer, RecurringSerializer, RevenueSerializer, month_after
from apps.payments.api.staff import READ_BOOKS
from apps.payments.api.tables import as_csv
from apps.payments.models import Figures
from apps.payments.services import billing_now

REPORTS = {
    "revenue": (revenue_rows, RevenueSerializer, ("since", "until", "by")),
    "recurring-revenue": (recurring_rows, RecurringSerializer, ("since", "until")),
    "trial-balance": (balance_rows, BalanceLineSerializer, ("at",)),
}
"""Where the rows of a report come from, what they look like, and what it is asked for."""
MADE_OF = {
    "entries": "admin:payments_bookentry_changelist",
    "subscriptions": "admin:payments_subscription_changelist",
}
"""Where the page leads for what a report's row calls so."""


@admin.register(Figures)
class FiguresAdmin(ReadOnlyAdmin):
    """Revenue by month, what moved recurring revenue, and the trial balance, each also as a file."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may read the books."""
        return request.user.has_perm(READ_BOOKS)

    def get_urls(self) -> list[URLPattern]:
        """The page and its files; there are no rows to show one by one."""
        page, file = (self.admin_site.admin_view(view) for view in (self.changelist_view, self.file))
        return [
            path("", page, name="payments_figures_changelist"),
            path("<slug:report>.csv", file, name="payments_figures_csv"),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show all figures, or what is wrong with the dates that were given."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        given = {name: value for name in ("since", "until", "at") if (value := request.GET.get(name))}
        asked = {**_last_year(), "by": "month", "at": zulu(billing_now()), **given}
        context = {**self.admin_site.each_context(request), "title": "Figures", "opts": self.opts, "asked": asked}
        context["at"] = given.get("at", "")
        try:
            context.update(_shown(request, asked))
        except ValidationError as error:
            context["mistakes"] = _sentences(error)
        status = 400 if "mistakes" in context else 200
        return TemplateResponse(request, "payments/admin/figures.html", context, status=status)

    def file(self, request: HttpRequest, report: str) -> HttpResponse:
        """Return the rows of a report as CSV, as they are over REST."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if report not in REPORTS:
            raise Http404(f"There is no report {report}: there are {', '.join(REPORTS)}.")
        rows_of, shape, names = REPORTS[report]
        try:
            rows = rows_of(request, _only(request.GET.dict(), names))
        except ValidationError as error:
            return HttpResponse("\n".join(_sentences(error)), status=400, content_type="text/plain; charset=utf-8")
        return as_csv(rows, columns=list(shape().fields), name=report)


def _shown(request: HttpRequest, asked: Asked) -> dict[str, Any]:
    tables: dict[str, Any] = {}
    for report, (rows_of, _, names) in REPORTS.items():
        rows = rows_of(request, _only(asked, names))
        file = reverse("admin:payments_figures_csv", args=[report])
        query = urlencode(_only(asked, names))
        tables[report.replace("-", "_")] = {"rows": _linked(rows), "file": f"{file}?{query}"}
    tables["trial_balance"]["totals"] = _totals(tables["trial_balance"]["rows"])
    return tables


def _linked(rows: Rows) -> Rows:
    """Return the rows with links that lead to pages of the admin: their questions are those of the reports' links."""
    for row in rows:
        for name in MADE_OF.keys() & row.keys():
            row["made_of"] = f"{reverse(MADE_OF[name])}?{urlsplit(row[name]).query}"
    return rows


def _totals(rows: Rows) -> list[tuple[str, Decimal, Decimal]]:
    """Return both sides of each currency, which come to the same."""
    sides: defaultdict[str, list[tuple[Decimal, Decimal]]] = defaultdict(list)
    for row in rows:
        sides[row["currency"]].append((Decimal(row["debit"]), Decimal(row["credit"])))
    columns = ((currency, zip(*found, strict=True)) for currency, found in sides.items())
    return [(currency, *(sum(side, Decimal(0)) for side in both)) for currency, both in columns]  # type: ignore[misc] # two sides


def _last_year() -> dict[str, str]:
    """Return this month and the eleven before it."""
    today = billing_now().date()
    until = month_after(today)
    return {"since": date(until.year - 1, until.month, 1).isoformat(), "until": until.isoformat()}


def _only(asked: Asked, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: asked[name] for name in names if name in asked}


def _sentences(error: ValidationError) -> list[str]:
    told = error.detail if isinstance(error.detail, dict) else {"input": error.detail}
    return [f"{name}: {sentence}" for name, sentences in told.items() for sentence in sentences]
