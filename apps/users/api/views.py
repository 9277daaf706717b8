"""Log in, log out, and who am I."""

from typing import cast

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from apps.kernel.api.permissions import caller_id
from apps.kernel.api.schema import operation
from apps.users.api.authentication import TokenAuthentication
from apps.users.api.serializers import LoginCommand, MeSerializer, TokenSerializer
from apps.users.api.throttling import LoginThrottle
from apps.users.errors import WrongCredentials
from apps.users.models import AccessToken
from apps.users.selectors import me
from apps.users.services import issue_token, revoke_token

TOKEN_EXAMPLE = {
    "token": "treum_7Jr0mG1zq3o2b8cXyVt5w9KfLhPaEiUsNdRgQvTzYxM",
    "token_type": "Bearer",
    "expires_at": "2026-01-31T12:00:00Z",
}
LOGIN_EXAMPLE = {"email": "trader@example.com", "password": "correct horse battery staple"}
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


class TokenView(APIView):
    """The caller's access token."""

    def get_authenticators(self) -> list[BaseAuthentication]:
        """Look at no token when one is asked for: an old one in the header must not stand in the way."""
        return [] if self._is_login() else [TokenAuthentication()]

    def get_authenticate_header(self, request: Request) -> str:
        """Return the challenge of a 401, also where no token is looked at."""
        return TokenAuthentication().authenticate_header(request)

    def get_permissions(self) -> list[BasePermission]:
        """Let everyone log in."""
        return [AllowAny() if self._is_login() else IsAuthenticated()]

    def get_throttles(self) -> list[BaseThrottle]:
        """Slow down guessing."""
        return [LoginThrottle()] if self._is_login() else []

    @operation(
        "Log in",
        description="Exchange an e-mail address and a password for an access token. Wrong ones are 401.",
        request=LoginCommand,
        request_example=LOGIN_EXAMPLE,
        response=TokenSerializer,
        status=201,
        example=TOKEN_EXAMPLE,
        errors=((401, WrongCredentials),),
    )
    def post(self, request: Request) -> Response:
        command = LoginCommand(data=request.data)
        command.is_valid(raise_exception=True)
        try:
            issued = issue_token(command.validated_data["email"], password=command.validated_data["password"])
        except WrongCredentials as refusal:
            raise AuthenticationFailed(str(refusal), code=refusal.code) from None
        document = {"token": issued.token, "token_type": "Bearer", "expires_at": issued.expires_at}
        return Response(TokenSerializer(document).data, status=201, headers={"Cache-Control": "no-store"})

    @operation("Log out", description="Revoke the token of this request.", request=None, response=None, status=204)
    def delete(self, request: Request) -> Response:
        revoke_token(cast(AccessToken, request.auth))
        return Response(status=204)

    def _is_login(self) -> bool:
        request: Request | None = self.request  # none while the schema looks for the view's parts
        return request is not None and request.method == "POST"


class MeView(APIView):
    """The caller."""

    @operation("Show who you are and how you stand", request=None, response=MeSerializer, example=ME_EXAMPLE)
    def get(self, request: Request) -> Response:
        return Response(MeSerializer(me(caller_id(request))).data)
