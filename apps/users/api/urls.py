"""The addresses of the users API; logging in is allauth's, at `auth/app/v1/…`."""

from django.urls import include, path

from apps.users.api.views.keys import KeySetView
from apps.users.api.views.profile import MeView

urlpatterns = [
    path("auth/", include("allauth.headless.urls")),
    path("auth/keys", KeySetView.as_view(), name="auth-keys"),
    path("me", MeView.as_view(), name="me"),
]
