"""Views with nothing in front of them, for `benchmarks.bare_server`: 50 signals by REST framework, and webhooks."""

from django.urls import path
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ModelSerializer
from rest_framework.views import APIView

from apps.signals.api.serializers import SignalSerializer
from apps.signals.models import Signal
from benchmarks.bare_webhooks import keep

ROWS = 50


class BareSerializer(ModelSerializer[Signal]):
    """The same columns as ours, as the framework renders them by itself."""

    class Meta:
        model = Signal
        fields = [name for name in SignalSerializer.Meta.fields if name != "strategy"]


class BareView(APIView):
    """The same rows as the first page of ours: no caller, no rules, no filters, no cursor."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    renderer_classes = (JSONRenderer,)

    def get(self, request: Request) -> Response:
        """Return the rows."""
        rows = Signal.objects.order_by("-bar_time", "-id")[:ROWS]
        return Response(BareSerializer(rows, many=True).data)


urlpatterns = [path("bare", BareView.as_view()), path("bare/webhooks", keep)]
