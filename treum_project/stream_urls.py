"""The stream process's doors: the live stream and health, nothing that asks a database."""

from django.urls import include, path

from apps.notifications.stream import stream

urlpatterns = [
    path("api/v1/stream", stream, name="stream"),
    path("health/", include("apps.kernel.health.urls")),
]

handler400 = "apps.kernel.api.errors.bad_request"
handler403 = "apps.kernel.api.errors.permission_denied"
handler404 = "apps.kernel.api.errors.not_found"
handler500 = "apps.kernel.api.errors.server_error"
