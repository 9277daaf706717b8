"""Have yourself erased."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.kernel.api.permissions import caller_id
from apps.kernel.api.schema import operation
from apps.users import services
from apps.users.api.personal_data import ErasedSerializer, ErasureCommand
from apps.users.errors import ErasureNotConfirmed, StaffNotErased


class ErasureView(APIView):
    """The end of an account."""

    @operation(
        "Have yourself erased",
        description=(
            "Your account ends at once and for good: nobody can log in with it, and tokens and keys stop working. What "
            "is personal is deleted here in the same moment and in the other parts of the platform within minutes. "
            "Books and records of trades stay, under a number that leads to nobody. Open positions keep their exits."
        ),
        request=ErasureCommand,
        request_example={"email": "trader@example.com"},
        response=ErasedSerializer,
        status=202,
        example={"erased_at": "2026-01-01T12:00:00Z"},
        errors=(ErasureNotConfirmed, StaffNotErased),
    )
    def post(self, request: Request) -> Response:
        command = ErasureCommand(data=request.data)
        command.is_valid(raise_exception=True)
        erased_at = services.erase_at_own_wish(caller_id(request), confirmed_with=command.validated_data["email"])
        return Response(ErasedSerializer({"erased_at": erased_at}).data, status=202)
