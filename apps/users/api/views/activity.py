"""What you did."""

from rest_framework.mixins import ListModelMixin
from rest_framework.viewsets import GenericViewSet

from apps.kernel.api.permissions import OwnObjects
from apps.kernel.api.schema import operation, operations
from apps.users.api.serializers import ActivitySerializer
from apps.users.models import Activity

ACTIVITY_EXAMPLE = {
    "id": 4711,
    "kind": "follow",
    "summary": "Followed sma_cross_20_50 with account 17",
    "at": "2026-01-01T12:00:00Z",
}


@operations(
    list=operation(
        "List what you did, newest first",
        description="Logins, follows, purchases and courses, each within seconds, for a year.",
        example=ACTIVITY_EXAMPLE,
    )
)
class ActivityViewSet(OwnObjects, ListModelMixin, GenericViewSet[Activity]):
    """The caller's deeds."""

    queryset = Activity.objects.all()
    serializer_class = ActivitySerializer
