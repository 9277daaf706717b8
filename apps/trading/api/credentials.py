"""Keys of venues: they go in, and only their names come out."""

from typing import Any
from uuid import UUID

from rest_framework import status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.kernel.api.fields import Command
from apps.kernel.api.permissions import OwnObjects, caller_id
from apps.kernel.api.schema import operation, operations
from apps.kernel.features import NotInPlan
from apps.trading import selectors, services
from apps.trading.api import examples, serializers
from apps.trading.errors import CredentialExists, PassphraseMissing, PassphraseNotWanted
from apps.trading.models import VenueCredential

STEP_UP = "Only after a fresh proof of who you are."


@operations(
    list=operation("List your venue credentials, newest first", example=examples.CREDENTIAL),
    retrieve=operation("Show one venue credential, without its secrets", example=examples.CREDENTIAL),
)
class VenueCredentialViewSet(OwnObjects, ListModelMixin, RetrieveModelMixin, GenericViewSet[VenueCredential]):
    """The caller's keys at venues."""

    queryset = selectors.credentials_without_secrets()
    serializer_class = serializers.VenueCredentialSerializer

    @operation(
        "Keep a key of yours at a venue",
        description=f"{STEP_UP} Make the key at the venue for trading only, without the right to withdraw. Key, secret "
        "and passphrase are sealed and never shown again.",
        request=serializers.VenueCredentialCommand,
        request_example={"venue": "okx", "label": "Main", **examples.SECRETS},
        response=serializers.VenueCredentialSerializer,
        example=examples.CREDENTIAL,
        status=201,
        errors=(CredentialExists, NotInPlan, PassphraseMissing, PassphraseNotWanted),
    )
    def create(self, request: Request) -> Response:
        """Keep it."""
        wanted = _validated(serializers.VenueCredentialCommand(data=request.data))
        credential_id = services.keep_credential(
            caller_id(request), venue=wanted["venue"], label=wanted["label"], secrets=_secrets(wanted)
        )
        return Response(self._shown(credential_id), status=status.HTTP_201_CREATED)

    @operation(
        "Rename a venue credential",
        description=STEP_UP,
        request=serializers.LabelCommand,
        request_example={"label": "Main"},
        response=serializers.VenueCredentialSerializer,
        example=examples.CREDENTIAL,
        errors=(CredentialExists,),
    )
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Give it another label."""
        credential = self.get_object()
        wanted = _validated(serializers.LabelCommand(data=request.data))
        services.rename_credential(credential.pk, label=wanted["label"])
        return Response(self._shown(credential.pk))

    @operation(
        "Replace the secrets of a venue credential",
        description=STEP_UP,
        request=serializers.SecretsCommand,
        request_example=examples.SECRETS,
        response=serializers.VenueCredentialSerializer,
        example={**examples.CREDENTIAL, "replaced_at": "2026-02-01T12:00:00Z"},
        errors=(NotInPlan, PassphraseMissing, PassphraseNotWanted),
    )
    def update(self, request: Request, pk: UUID) -> Response:
        """Put others in their place."""
        credential = self.get_object()
        services.replace_secrets(
            credential.pk, secrets=_secrets(_validated(serializers.SecretsCommand(data=request.data)))
        )
        return Response(self._shown(credential.pk))

    @operation("Delete a venue credential", description=STEP_UP, response=None, status=204)
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Delete it with its secrets."""
        services.delete_credential(self.get_object().pk)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _shown(self, credential_id: UUID) -> Any:
        return self.get_serializer(self.get_queryset().get(pk=credential_id)).data


def _validated(command: Command) -> dict[str, Any]:
    command.is_valid(raise_exception=True)
    return dict(command.validated_data)


def _secrets(wanted: dict[str, Any]) -> services.Secrets:
    return services.Secrets(key=wanted["key"], secret=wanted["secret"], passphrase=wanted["passphrase"])
