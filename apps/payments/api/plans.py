"""What is on sale, for everyone."""

from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.permissions import AllowAny
from rest_framework.viewsets import GenericViewSet

from apps.kernel.api.kept import KeptAnswers
from apps.kernel.api.schema import operation, operations
from apps.payments.api import examples, serializers
from apps.payments.apps import DATABASE
from apps.payments.models import Plan
from apps.payments.selectors.plans import PLANS_KEPT, plans


@operations(
    list=operation("List the plans on sale, the lowest first", example=examples.PLAN),
    retrieve=operation("Show a plan with its features and prices", example=examples.PLAN),
)
class PlanViewSet(KeptAnswers, ListModelMixin, RetrieveModelMixin, GenericViewSet[Plan]):
    """The catalogue."""

    queryset = plans()
    serializer_class = serializers.PlanSerializer
    authentication_classes = ()
    permission_classes = (AllowAny,)
    ordering = ("rank", "id")
    lookup_field = "code"
    lookup_value_regex = r"[A-Za-z0-9_-]{1,64}"
    kept_as = PLANS_KEPT
    kept_of = DATABASE
