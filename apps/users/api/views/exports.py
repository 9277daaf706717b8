"""Ask for an archive of all that is kept about you, see how far it is, and fetch it."""

from typing import Any
from uuid import UUID

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.kernel.api.permissions import OwnObjects, caller_id
from apps.kernel.api.schema import operation, operations
from apps.users import services
from apps.users.api.personal_data import ExportSerializer
from apps.users.errors import ExportFailed, ExportNotReady, TooManyExports, UnknownExport
from apps.users.models import Export
from apps.users.selectors import archive_of, ready_export

ARCHIVE_TYPE = "application/zip"
EXPORT_EXAMPLE = {
    "id": "01976f3a-7c11-7d0e-9a52-3f5b8f0c2a11",
    "status": "ready",
    "parts_done": 4,
    "parts_total": 4,
    "size": 48213,
    "requested_at": "2026-01-01T12:00:00Z",
    "ready_at": "2026-01-01T12:00:04Z",
    "expires_at": "2026-01-08T12:00:04Z",
}


class ArchiveRenderer(JSONRenderer):
    """Lets callers ask for a ZIP file by its type; what is refused is told as a problem document all the same."""

    media_type = ARCHIVE_TYPE
    format = "zip"


@operations(
    list=operation("List your archives, newest first", example=EXPORT_EXAMPLE),
    retrieve=operation("Show how far an archive is", example=EXPORT_EXAMPLE),
)
class ExportViewSet(OwnObjects, ListModelMixin, RetrieveModelMixin, GenericViewSet[Export]):
    """The caller's archives."""

    queryset = Export.objects.defer("key")
    serializer_class = ExportSerializer
    lookup_value_converter = "uuid"

    @operation(
        "Ask for an archive of all that is kept about you",
        description=(
            "It is made within minutes and can be fetched for a week; a new one replaces the one before. While one is "
            "being made, asking again answers that one. Ten can be asked for within a day."
        ),
        request=None,
        response=ExportSerializer,
        status=202,
        example={**EXPORT_EXAMPLE, "status": "pending", "parts_done": 0, "size": None, "ready_at": None},
        errors=(TooManyExports,),
    )
    def create(self, request: Request) -> Response:
        export = services.request_export(caller_id(request))
        return Response(self.get_serializer(export).data, status=202)

    @operation(
        "Fetch an archive",
        description="A ZIP file of JSON Lines with a README and a manifest. It is gone a week after it is ready.",
        response=OpenApiTypes.BINARY,
        media_type=ARCHIVE_TYPE,
        errors=(UnknownExport, ExportNotReady, ExportFailed),
    )
    @action(detail=True, methods=["get"], renderer_classes=(ArchiveRenderer, JSONRenderer))
    def archive(self, request: Request, pk: UUID) -> StreamingHttpResponse:
        export = ready_export(caller_id(request), export_id=pk)
        headers: dict[str, Any] = {
            "Content-Length": export.size,
            "Content-Disposition": f'attachment; filename="treum-{export.requested_at:%Y-%m-%d}.zip"',
        }
        return StreamingHttpResponse(archive_of(export), content_type=ARCHIVE_TYPE, headers=headers)
