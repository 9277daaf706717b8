"""The web process's doors: REST, its document, health and the admin."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularSwaggerSplitView

from apps.payments.api.checkout import CheckoutView
from treum_project.openapi import DocumentView
from treum_project.stand_ins import BillingPage, HomePage, KeyPage

admin.site.site_header = admin.site.site_title = "TREUM"
admin.site.index_title = "Operations"

urlpatterns = [
    path("api/v1/", include("apps.users.api.urls")),
    path("api/v1/", include("apps.signals.api.urls")),
    path("api/v1/", include("apps.trading.api.urls")),
    path("api/v1/", include("apps.notifications.api.urls")),
    path("api/v1/", include("apps.payments.api.urls")),
    path("checkout/<str:token>", CheckoutView.as_view(), name="checkout"),
    path("", HomePage.as_view(), name="stand-in-home"),
    path("billing", BillingPage.as_view(), name="stand-in-billing"),
    path("verify-email/<str:key>", KeyPage.as_view(page="verify-email"), name="stand-in-verify-email"),
    path("reset-password", KeyPage.as_view(page="forgot-password"), name="stand-in-forgot-password"),
    path("reset-password/<str:key>", KeyPage.as_view(page="reset-password"), name="stand-in-reset-password"),
    path("sign-up", KeyPage.as_view(page="sign-up"), name="stand-in-sign-up"),
    path("sandbox/", include("apps.payments.adapters.sandbox.urls")),
    path("api/schema/", DocumentView.as_view(), name="schema"),
    path(
        "api/docs/",
        SpectacularSwaggerSplitView.as_view(url_name="schema", template_name="treum/docs.html"),
        name="docs",
    ),
    path("health/", include("apps.kernel.health.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "apps.kernel.api.errors.bad_request"
handler403 = "apps.kernel.api.errors.permission_denied"
handler404 = "apps.kernel.api.errors.not_found"
handler500 = "apps.kernel.api.errors.server_error"
