"""Routes of the signals context."""

from rest_framework.routers import SimpleRouter

from apps.signals.api.views import CandleViewSet, InstrumentViewSet, SignalViewSet, StrategyViewSet

router = SimpleRouter(trailing_slash=False)
router.register("signals", SignalViewSet, basename="signal")
router.register("instruments", InstrumentViewSet, basename="instrument")
router.register("candles", CandleViewSet, basename="candle")
router.register("strategies", StrategyViewSet, basename="strategy")

urlpatterns = router.urls
