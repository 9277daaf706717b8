"""The addresses of the health questions."""

from django.urls import path

from apps.kernel.health.views import LiveView, ReadyView

urlpatterns = [
    path("live", LiveView.as_view(), name="health-live"),
    path("ready", ReadyView.as_view(), name="health-ready"),
]
