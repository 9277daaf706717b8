"""The addresses of the users API; logging in is allauth's, at `auth/app/v1/…`."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from apps.users.api.views.activity import ActivityViewSet
from apps.users.api.views.api_keys import ApiKeyViewSet
from apps.users.api.views.consents import ConsentsView, ConsentView
from apps.users.api.views.erasure import ErasureView
from apps.users.api.views.exports import ExportViewSet
from apps.users.api.views.keys import KeySetView
from apps.users.api.views.profile import MeView

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("me/activity", ActivityViewSet, basename="activity")
router.register("me/exports", ExportViewSet, basename="export")
router.register("api-keys", ApiKeyViewSet, basename="api-key")

urlpatterns = [
    path("auth/", include("allauth.headless.urls")),
    path("auth/keys", KeySetView.as_view(), name="auth-keys"),
    path("me", MeView.as_view(), name="me"),
    path("me/consents", ConsentsView.as_view(), name="me-consents"),
    path("me/consents/<str:kind>", ConsentView.as_view(), name="me-consent"),
    path("me/erasure", ErasureView.as_view(), name="erasure"),
    *router.urls,
]
