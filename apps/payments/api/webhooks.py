"""The door of the payment provider: a webhook is verified, kept and answered; what follows from it is done later."""

import structlog
from drf_spectacular.types import OpenApiTypes
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.kernel.api.schema import operation
from apps.kernel.errors import Refused
from apps.payments.errors import NoticeUnreadable, SignatureInvalid, SignatureStale, WrongAccount, WrongMode
from apps.payments.services import receive_notice

log = structlog.get_logger(__name__)


class WebhookView(APIView):
    """Takes the provider's webhooks. Whoever knows the secret that they are signed with may call."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @operation(
        "Tell of an event at the payment provider",
        description="For the payment provider. The body is verified as it came in, byte by byte; a webhook that is "
        "known, or of a type that we do not need, is answered 200 as well.",
        request={"application/json": OpenApiTypes.OBJECT},
        response=None,
        errors=(SignatureInvalid, SignatureStale, NoticeUnreadable, WrongMode, WrongAccount),
    )
    def post(self, request: Request) -> Response:
        """Keep a webhook."""
        try:
            receive_notice(request.body, request.headers)
        except Refused as refusal:
            log.warning("payments.webhook_refused", reason=refusal.code, sentence=str(refusal))
            raise
        return Response()
