"""How the lists of trading can be narrowed down."""

from django_filters import rest_framework as filters

from apps.trading.enums import DecisionCode, FollowState, OrderStatus, Side
from apps.trading.models import Decision, Fill, Follow, Order, Position


class FollowFilter(filters.FilterSet):  # type: ignore[misc] # django-filter has no types
    """`?account_id=…&strategy_id=…&state=…`"""

    account_id = filters.NumberFilter()
    strategy_id = filters.NumberFilter(field_name="roster_id")
    state = filters.ChoiceFilter(choices=FollowState.choices)

    class Meta:
        model = Follow
        fields = ("state",)


class OrderFilter(filters.FilterSet):  # type: ignore[misc] # django-filter has no types
    """`?account_id=…&symbol=…&side=…&status=…`"""

    account_id = filters.NumberFilter()
    symbol = filters.CharFilter()
    side = filters.ChoiceFilter(choices=Side.choices)
    status = filters.ChoiceFilter(choices=OrderStatus.choices)
    created_after = filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    created_before = filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="lt")

    class Meta:
        model = Order
        fields = ("status",)


class FillFilter(filters.FilterSet):  # type: ignore[misc] # django-filter has no types
    """`?account_id=…&symbol=…&side=…&executed_after=…`"""

    account_id = filters.NumberFilter(field_name="order__account_id")
    symbol = filters.CharFilter(field_name="order__symbol")
    side = filters.ChoiceFilter(field_name="order__side", choices=Side.choices)
    executed_after = filters.IsoDateTimeFilter(field_name="executed_at", lookup_expr="gte")
    executed_before = filters.IsoDateTimeFilter(field_name="executed_at", lookup_expr="lt")

    class Meta:
        model = Fill
        fields = ("side",)


class PositionFilter(filters.FilterSet):  # type: ignore[misc] # django-filter has no types
    """`?account_id=…&symbol=…`"""

    account_id = filters.NumberFilter(field_name="follow__account_id")
    symbol = filters.CharFilter()

    class Meta:
        model = Position
        fields = ("symbol",)


class DecisionFilter(filters.FilterSet):  # type: ignore[misc] # django-filter has no types
    """`?account_id=…&follow_id=…&strategy_id=…&symbol=…&signal_id=…&side=…&code=…`"""

    account_id = filters.NumberFilter(field_name="follow__account_id")
    follow_id = filters.NumberFilter()
    signal_id = filters.UUIDFilter(field_name="execution__signal_id")
    strategy_id = filters.NumberFilter(field_name="execution__roster_id")
    strategy = filters.CharFilter(field_name="execution__strategy")
    symbol = filters.CharFilter(field_name="execution__symbol")
    side = filters.ChoiceFilter(field_name="execution__side", choices=Side.choices)
    code = filters.ChoiceFilter(choices=DecisionCode.choices)

    class Meta:
        model = Decision
        fields = ("code",)
