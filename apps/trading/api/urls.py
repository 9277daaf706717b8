"""Routes of the trading context."""

from rest_framework.routers import SimpleRouter

from apps.trading.api import views
from apps.trading.api.credentials import VenueCredentialViewSet

router = SimpleRouter(trailing_slash=False)
router.register("accounts", views.AccountViewSet, basename="account")
router.register("venue-credentials", VenueCredentialViewSet, basename="venue-credential")
router.register("follows", views.FollowViewSet, basename="follow")
router.register("orders", views.OrderViewSet, basename="order")
router.register("fills", views.FillViewSet, basename="fill")
router.register("positions", views.PositionViewSet, basename="position")
router.register("decisions", views.DecisionViewSet, basename="decision")

urlpatterns = router.urls
