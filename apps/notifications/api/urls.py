"""The addresses of the notifications API and of the live stream."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.notifications.api.views import NotificationViewSet, TicketView
from apps.notifications.stream import stream

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("notifications", NotificationViewSet, basename="notification")

urlpatterns = [
    *router.urls,
    path("stream/tickets", TicketView.as_view(), name="stream-tickets"),
    path("stream", stream, name="stream"),
]
