"""Read what you were told, note that you did, and get a ticket to the live stream."""

from uuid import UUID

from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from apps.kernel.api.permissions import OwnObjects, caller_id
from apps.kernel.api.schema import operation, operations
from apps.notifications import selectors, services
from apps.notifications.api.filters import NotificationFilter
from apps.notifications.api.serializers import (
    MarkedSerializer,
    MarkReadCommand,
    NotificationSerializer,
    TicketSerializer,
    UnreadSerializer,
)
from apps.notifications.errors import LivePushUnavailable
from apps.notifications.models import Notification

NOTIFICATION_EXAMPLE = {
    "id": "01976f3a-7c11-7d0e-9a52-3f5b8f0c2a11",
    "kind": "trade.executed",
    "subject_id": "5b0f0f0e-7a43-5f0e-8c7e-0a5c9a3f1c22",
    "title": "Bought 0.03448275 BTC-USDT",
    "body": "sma_cross_20_50: 0.03448275 BTC-USDT at 29000 USDT, fee 1 USDT. Paper account, hypothetical result.",
    "data": {"symbol": "BTC-USDT", "side": "buy", "qty": "0.03448275", "price": "29000", "simulated": True},
    "correlation_id": "01976f3a-7b90-7c55-8f1d-54c0a1e2b3d4",
    "created_at": "2026-01-01T12:00:00.123456Z",
    "read_at": None,
}
TICKET_EXAMPLE = {
    "ticket": "V3n0cXk2b1R5Z0h4a1JtZ2Q0",
    "expires_at": "2026-01-01T12:01:00Z",
    "url": "https://treum.example/api/v1/stream?ticket=V3n0cXk2b1R5Z0h4a1JtZ2Q0",
}


@operations(
    list=operation("List what you were told, newest first", example=NOTIFICATION_EXAMPLE),
    retrieve=operation("Show one notification", example=NOTIFICATION_EXAMPLE),
)
class NotificationViewSet(OwnObjects, ListModelMixin, RetrieveModelMixin, GenericViewSet[Notification]):
    """What the caller was told."""

    queryset = Notification.objects.all()
    serializer_class = NotificationSerializer
    filterset_class = NotificationFilter
    lookup_value_converter = "uuid"

    @operation(
        "Count what you have not read",
        response=UnreadSerializer,
        example={"unread": 3},
    )
    @action(detail=False, methods=["get"], url_path="unread-count", filterset_class=None, pagination_class=None)
    def unread_count(self, request: Request) -> Response:
        return Response({"unread": selectors.unread_count(caller_id(request))})

    @operation(
        "Mark one notification read",
        request=None,
        response=NotificationSerializer,
        example={**NOTIFICATION_EXAMPLE, "read_at": "2026-01-01T12:05:00Z"},
    )
    @action(detail=True, methods=["post"], url_path="read")
    def mark_one(self, request: Request, pk: UUID) -> Response:
        notification = self.get_object()
        services.mark_read(caller_id(request), ids=[notification.pk])
        notification.refresh_from_db()
        return Response(self.get_serializer(notification).data)

    @operation(
        "Mark many notifications read",
        description="Mark those of the listed notifications read that are yours and unread.",
        request=MarkReadCommand,
        request_example={"ids": [NOTIFICATION_EXAMPLE["id"]]},
        response=MarkedSerializer,
        example={"marked": 1},
    )
    @action(detail=False, methods=["post"], url_path="read", filterset_class=None, pagination_class=None)
    def mark_many(self, request: Request) -> Response:
        command = MarkReadCommand(data=request.data)
        command.is_valid(raise_exception=True)
        return Response({"marked": services.mark_read(caller_id(request), ids=command.validated_data["ids"])})

    @operation("Mark everything read", request=None, response=MarkedSerializer, example={"marked": 12})
    @action(detail=False, methods=["post"], url_path="read-all", filterset_class=None, pagination_class=None)
    def mark_all(self, request: Request) -> Response:
        return Response({"marked": services.mark_all_read(caller_id(request))})


class TicketView(APIView):
    """Tickets to the live stream."""

    @operation(
        "Get a ticket to the live stream",
        description="A browser's EventSource sends no headers: open `url` with it within 60 seconds. Good for one use.",
        request=None,
        response=TicketSerializer,
        status=201,
        example=TICKET_EXAMPLE,
        errors=(LivePushUnavailable,),
    )
    def post(self, request: Request) -> Response:
        issued = services.issue_ticket(caller_id(request))
        url = f"{reverse('stream', request=request)}?ticket={issued.ticket}"
        document = {"ticket": issued.ticket, "expires_at": issued.expires_at, "url": url}
        return Response(TicketSerializer(document).data, status=201, headers={"Cache-Control": "no-store"})
