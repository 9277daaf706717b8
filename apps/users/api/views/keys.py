"""The keys that tokens are verified with."""

from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.kernel.api.schema import operation
from apps.users.api.serializers import KeySetSerializer
from apps.users.rules.keys import verifying_keys


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
