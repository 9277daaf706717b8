"""Keys with which programs call in a person's name. A key itself comes through none of these doors."""

from uuid import UUID

from rest_framework import status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.kernel.api.permissions import OwnObjects, caller_id
from apps.kernel.api.schema import operation, operations
from apps.users import services
from apps.users.api.serializers import ApiKeyCommand, ApiKeySerializer, NewApiKeySerializer
from apps.users.errors import TooManyKeys
from apps.users.models import ApiKey

KEY_REQUEST = {
    "name": "Dashboard at home",
    "scopes": ["signals:read", "trading:read"],
    "addresses": ["203.0.113.0/24", "2001:db8::/48"],
    "expires_at": "2027-01-01T00:00:00Z",
}
KEY_EXAMPLE = {
    "id": "01976f3a-7c11-7d0e-9a52-3f5b8f0c2a11",
    **KEY_REQUEST,
    "prefix": "treum_1f0c2a11",
    "created_at": "2026-01-01T12:00:00Z",
    "last_used_at": None,
    "revoked_at": None,
}


@operations(
    list=operation("List your keys, newest first", example=KEY_EXAMPLE),
    retrieve=operation("Show one key", example=KEY_EXAMPLE),
)
class ApiKeyViewSet(OwnObjects, ListModelMixin, RetrieveModelMixin, GenericViewSet[ApiKey]):
    """The caller's keys."""

    queryset = ApiKey.objects.all()
    serializer_class = ApiKeySerializer
    lookup_value_converter = "uuid"

    @operation(
        "Make a key for a program",
        description="Only after a fresh proof of who you are. `key` is shown this once: keep it like a password.",
        request=ApiKeyCommand,
        request_example=KEY_REQUEST,
        response=NewApiKeySerializer,
        status=201,
        example={**KEY_EXAMPLE, "key": "treum_1f0c2a11_Zr0c…"},
        errors=(TooManyKeys,),
    )
    def create(self, request: Request) -> Response:
        """Make a key."""
        command = ApiKeyCommand(data=request.data)
        command.is_valid(raise_exception=True)
        made = services.create_key(caller_id(request), **command.validated_data)
        shown = {**ApiKeySerializer(made.key).data, "key": made.text}
        return Response(shown, status=status.HTTP_201_CREATED, headers={"Cache-Control": "no-store"})

    @operation("Revoke a key", description="At once and for good. Harmless when repeated.", response=None, status=204)
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Revoke a key."""
        services.revoke_key(self.get_object().pk)
        return Response(status=status.HTTP_204_NO_CONTENT)
