"""What you agreed to, and taking it back."""

from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.kernel.api.permissions import caller_id
from apps.kernel.api.schema import operation
from apps.users import services
from apps.users.api.serializers import ConsentCommand, ConsentSerializer, ConsentsSerializer
from apps.users.enums import ConsentKind
from apps.users.errors import NothingToAgreeTo, UnknownConsent, VersionNotInForce
from apps.users.selectors import consents_of

CONSENT_EXAMPLE = {
    "kind": "terms",
    "version": "2",
    "title": "Terms of service",
    "url": "https://treum.example/terms/2",
    "accepted": True,
    "given_at": "2026-02-01T12:00:00Z",
    "history": [
        {"version": "2", "given_at": "2026-02-01T12:00:00Z", "withdrawn_at": None},
        {"version": "1", "given_at": "2026-01-01T12:00:00Z", "withdrawn_at": "2026-01-15T12:00:00Z"},
    ],
}


class ConsentsView(APIView):
    """All kinds of consent."""

    @operation(
        "List what you are asked to agree to, and what you answered",
        description="One entry for each kind, with the version in force and your last 20 answers, newest first.",
        request=None,
        response=ConsentsSerializer,
        example={"results": [CONSENT_EXAMPLE]},
    )
    def get(self, request: Request) -> Response:
        return Response(ConsentsSerializer({"results": consents_of(caller_id(request))}).data)


class ConsentView(APIView):
    """One kind of consent."""

    @operation(
        "Agree to the version in force",
        description="Name the version that was shown to you: only the one in force can be agreed to.",
        request=ConsentCommand,
        request_example={"version": "2"},
        response=ConsentSerializer,
        example=CONSENT_EXAMPLE,
        errors=(NothingToAgreeTo, VersionNotInForce),
    )
    def put(self, request: Request, kind: str) -> Response:
        chosen = _kind(kind)
        command = ConsentCommand(data=request.data)
        command.is_valid(raise_exception=True)
        services.give_consent(caller_id(request), kind=chosen, version=command.validated_data["version"])
        shown = next(one for one in consents_of(caller_id(request)) if one.document.kind == chosen)
        return Response(ConsentSerializer(shown).data)

    @operation(
        "Withdraw your consent", description="To every version. Harmless when repeated.", response=None, status=204
    )
    def delete(self, request: Request, kind: str) -> Response:
        services.withdraw_consent(caller_id(request), kind=_kind(kind))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _kind(text: str) -> ConsentKind:
    if text not in ConsentKind.values:
        raise UnknownConsent(kind=text)
    return ConsentKind(text)
