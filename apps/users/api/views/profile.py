"""Who am I, how do I stand, and what do I like to be called."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.kernel.api.permissions import caller_id
from apps.kernel.api.schema import operation
from apps.users import services
from apps.users.api.serializers import MeSerializer, ProfileCommand
from apps.users.selectors import me

PROFILE_EXAMPLE = {
    "name": "Ada",
    "locale": "de-CH",
    "time_zone": "Europe/Zurich",
    "base_currency": "CHF",
}
ME_EXAMPLE: dict[str, Any] = {
    "id": "01976f3a-7c11-7d0e-9a52-3f5b8f0c2a11",
    "email": "trader@example.com",
    "email_verified": True,
    "second_factor": True,
    **PROFILE_EXAMPLE,
    "is_staff": False,
    "created_at": "2026-01-01T12:00:00Z",
    "standing": {
        "plan": "pro",
        "status": "active",
        "features": {"signals.realtime": True, "trading.auto_execute": True},
        "valid_until": "2026-02-15T12:00:00Z",
        "current_period_end": "2026-02-01T12:00:00Z",
        "cancel_at_period_end": False,
    },
}


class MeView(APIView):
    """The caller."""

    @operation("Show who you are and how you stand", request=None, response=MeSerializer, example=ME_EXAMPLE)
    def get(self, request: Request) -> Response:
        return Response(MeSerializer(me(caller_id(request))).data)

    @operation(
        "Change your profile",
        description="Change the fields that are sent; the others stay as they are.",
        request=ProfileCommand,
        request_example=PROFILE_EXAMPLE,
        response=MeSerializer,
        example=ME_EXAMPLE,
    )
    def patch(self, request: Request) -> Response:
        command = ProfileCommand(data=request.data)
        command.is_valid(raise_exception=True)
        services.change_profile(caller_id(request), change=services.ProfileChange(**command.validated_data))
        return Response(MeSerializer(me(caller_id(request))).data)
