"""Who am I, and the keys that tokens are verified with."""

from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.kernel.api.permissions import caller_id
from apps.kernel.api.schema import operation
from apps.users.api.serializers import KeySetSerializer, MeSerializer
from apps.users.rules.keys import verifying_keys
from apps.users.selectors import me

ME_EXAMPLE = {
    "id": "01976f3a-7c11-7d0e-9a52-3f5b8f0c2a11",
    "email": "trader@example.com",
    "name": "",
    "is_staff": False,
    "created_at": "2026-01-01T12:00:00Z",
    "standing": {
        "plan": "pro",
        "status": "active",
        "features": {"signals.realtime": True, "trading.auto_execute": True},
        "valid_until": None,
    },
}


class MeView(APIView):
    """The caller."""

    @operation("Show who you are and how you stand", request=None, response=MeSerializer, example=ME_EXAMPLE)
    def get(self, request: Request) -> Response:
        return Response(MeSerializer(me(caller_id(request))).data)


class KeySetView(APIView):
    """The public halves of the keys that sign access tokens."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @operation(
        "List the keys that access tokens are signed with",
        description="A JSON Web Key Set (RFC 7517), for services that verify tokens by themselves.",
        request=None,
        response=KeySetSerializer,
    )
    def get(self, request: Request) -> Response:
        keys = [key.jwk for key in verifying_keys().values()]
        return Response({"keys": keys}, headers={"Cache-Control": "public, max-age=300"})
