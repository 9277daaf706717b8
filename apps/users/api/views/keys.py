"""The keys that tokens are verified with."""

from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.kernel.api.schema import operation
from apps.users.api.serializers import KeySetSerializer
from apps.users.rules.keys import verifying_keys

KEY_SET_EXAMPLE = {
    "keys": [
        {
            "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
            "kty": "OKP",
            "crv": "Ed25519",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            "alg": "EdDSA",
            "use": "sig",
        }
    ]
}


class KeySetView(APIView):
    """The public halves of the keys that sign access tokens."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @operation(
        "List the keys that access tokens are signed with",
        description="A JSON Web Key Set (RFC 7517), for services that verify tokens by themselves.",
        request=None,
        response=KeySetSerializer,
        example=KEY_SET_EXAMPLE,
    )
    def get(self, request: Request) -> Response:
        keys = [key.jwk for key in verifying_keys().values()]
        return Response({"keys": keys}, headers={"Cache-Control": "public, max-age=300"})
