"""Accounts, follows, orders, fills, positions and decisions of the caller, and no one else's."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.kernel.api.permissions import OwnObjects, caller_id
from apps.kernel.api.schema import operation, operations
from apps.kernel.clock import now
from apps.trading import selectors, services
from apps.trading.api import examples, filters, serializers
from apps.trading.enums import KillSwitch, Sizing
from apps.trading.errors import (
    AccountNameTaken,
    AlreadyFollowing,
    FollowEnded,
    InvalidSizing,
    OrderClosed,
    PositionStillOpen,
    TooManyAccounts,
    TooManyFollows,
    UnknownAccount,
    UnknownStrategy,
)
from apps.trading.models import Account, Decision, Fill, Follow, Order, Position


@operations(
    list=operation("List your accounts at their present worth", example=examples.ACCOUNT),
    retrieve=operation("Show one account at its present worth", example=examples.ACCOUNT),
)
class AccountViewSet(OwnObjects, ListModelMixin, RetrieveModelMixin, GenericViewSet[Account]):
    """The caller's trading accounts."""

    queryset = selectors.accounts_with_equity()
    serializer_class = serializers.AccountSerializer
    lookup_value_converter = "int"

    @operation(
        "Open a paper account",
        description="It starts with the same paper money as everybody's; its results are hypothetical.",
        request=serializers.AccountCommand,
        request_example={"name": "Paper", "currency": "USDT"},
        response=serializers.AccountSerializer,
        example=examples.ACCOUNT,
        status=201,
        errors=(AccountNameTaken, TooManyAccounts),
    )
    def create(self, request: Request) -> Response:
        """Open an account."""
        command = serializers.AccountCommand(data=request.data)
        command.is_valid(raise_exception=True)
        account_id = services.open_paper_account(caller_id(request), **command.validated_data)
        shown = self.get_serializer(self.get_queryset().get(pk=account_id))
        return Response(shown.data, status=status.HTTP_201_CREATED)

    @operation(
        "Show an account through time",
        description="The worth at the last close of each day, and the figures of it. Paper results are hypothetical.",
        response=serializers.PortfolioSerializer,
        example=examples.PORTFOLIO,
    )
    @action(detail=True, methods=["get"], url_path="portfolio-history")
    def portfolio_history(self, request: Request, pk: int) -> Response:
        """Return the daily worth and the statistics of the account."""
        until = selectors.signals_shown_until(caller_id(request), at=now())
        portfolio = selectors.portfolio_history(self.get_object().pk, until=until)
        shown = {
            "starting_cash": portfolio.starting_cash,
            "days": portfolio.days,
            "statistics": selectors.portfolio_statistics(portfolio),
        }
        return Response(serializers.PortfolioSerializer(shown).data)

    @operation(
        "Set the kill switch of an account",
        description="REDUCING stops entries, HALTED stops exits too and cancels what is open. Cancels always pass.",
        request=serializers.KillSwitchCommand,
        request_example={"state": "HALTED"},
        response=serializers.CancelledSerializer,
        example={"state": "HALTED", "cancelled_orders": 1},
    )
    @action(detail=True, methods=["put"], url_path="kill-switch")
    def kill_switch(self, request: Request, pk: int) -> Response:
        """Set how much trading the account allows."""
        account = self.get_object()
        command = serializers.KillSwitchCommand(data=request.data)
        command.is_valid(raise_exception=True)
        state = KillSwitch(command.validated_data["state"])
        cancelled = services.set_kill_switch(
            "account", target=account.pk, state=state, actor=f"user:{caller_id(request)}"
        )
        return Response(serializers.CancelledSerializer({"state": state, "cancelled_orders": cancelled}).data)


@operations(
    list=operation("List your follows", example=examples.FOLLOW),
    retrieve=operation("Show one follow", example=examples.FOLLOW),
)
class FollowViewSet(OwnObjects, ListModelMixin, RetrieveModelMixin, GenericViewSet[Follow]):
    """Which strategies the caller's accounts follow. Every change counts from the next signal."""

    queryset = Follow.objects.select_related("roster").prefetch_related(Prefetch("terms", selectors.newest_terms()))
    serializer_class = serializers.FollowSerializer
    filterset_class = filters.FollowFilter
    lookup_value_converter = "int"

    @operation(
        "Follow a strategy with an account",
        request=serializers.FollowCommand,
        request_example={"account_id": 17, "strategy_id": 3, **examples.TERMS},
        response=serializers.FollowSerializer,
        example=examples.FOLLOW,
        status=201,
        errors=(AlreadyFollowing, InvalidSizing, TooManyFollows, UnknownAccount, UnknownStrategy),
    )
    def create(self, request: Request) -> Response:
        """Follow from the next signal on."""
        command = serializers.FollowCommand(data=request.data)
        command.is_valid(raise_exception=True)
        wanted = command.validated_data
        follow_id = services.follow_strategy(
            services.NewFollow(wanted["account_id"], _terms(wanted)),
            user_id=caller_id(request),
            strategy_id=wanted["strategy_id"],
        )
        return Response(self._shown(follow_id), status=status.HTTP_201_CREATED)

    @operation(
        "Put a follow on other terms",
        request=serializers.TermsCommand,
        request_example=examples.TERMS,
        response=serializers.FollowSerializer,
        example=examples.FOLLOW,
        errors=(FollowEnded, InvalidSizing),
    )
    def update(self, request: Request, pk: int) -> Response:
        """Replace the terms, from the next signal on."""
        follow = self.get_object()
        command = serializers.TermsCommand(data=request.data)
        command.is_valid(raise_exception=True)
        services.change_follow(follow.pk, terms=_terms(command.validated_data))
        return Response(self._shown(follow.pk))

    @operation(
        "Pause a follow",
        description="Entries stop from the next signal on; the exit of an open position goes on.",
        request=None,
        example={**examples.FOLLOW, "state": "paused"},
        errors=(FollowEnded,),
    )
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: int) -> Response:
        """Stop entries."""
        follow = self.get_object()
        services.pause_follow(follow.pk)
        return Response(self._shown(follow.pk))

    @operation("Resume a paused follow", request=None, example=examples.FOLLOW, errors=(FollowEnded, TooManyFollows))
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: int) -> Response:
        """Take entries again."""
        follow = self.get_object()
        services.resume_follow(follow.pk)
        return Response(self._shown(follow.pk))

    @operation(
        "End a follow",
        description="For good, and only when it holds nothing: pause it first and let the exit come.",
        request=None,
        example={**examples.FOLLOW, "state": "ended"},
        errors=(FollowEnded, PositionStillOpen),
    )
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: int) -> Response:
        """End for good."""
        follow = self.get_object()
        services.end_follow(follow.pk)
        return Response(self._shown(follow.pk))

    def _shown(self, follow_id: int) -> Any:
        return serializers.FollowSerializer(self.get_queryset().get(pk=follow_id)).data


@operations(
    list=operation("List the orders of your accounts, newest first", example=examples.ORDER),
    retrieve=operation("Show one order", example=examples.ORDER),
)
class OrderViewSet(OwnObjects, ListModelMixin, RetrieveModelMixin, GenericViewSet[Order]):
    """The caller's orders."""

    queryset = Order.objects.select_related("execution")
    owner_field = "account__user_id"
    serializer_class = serializers.OrderSerializer
    filterset_class = filters.OrderFilter
    ordering = ("-created_at", "-client_order_id")
    lookup_value_converter = "uuid"

    @operation(
        "Cancel an order that is still open",
        request=None,
        example={**examples.ORDER, "status": "canceled", "cancel_reason": "USER_REQUEST", "filled_qty": "0"},
        errors=(OrderClosed,),
    )
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: Any) -> Response:
        """Cancel and give the held cash back."""
        order = self.get_object()
        services.cancel_order(order.pk)
        return Response(serializers.OrderSerializer(self.get_queryset().get(pk=order.pk)).data)


@operations(list=operation("List the fills of your accounts, newest first", example=examples.FILL))
class FillViewSet(OwnObjects, ListModelMixin, GenericViewSet[Fill]):
    """What has traded, by market time."""

    queryset = Fill.objects.select_related("order")
    owner_field = "order__account__user_id"
    serializer_class = serializers.FillSerializer
    filterset_class = filters.FillFilter
    ordering = ("-executed_at", "-order_id", "-number")


@operations(list=operation("List your open positions at their present worth", example=examples.POSITION))
class PositionViewSet(OwnObjects, ListModelMixin, GenericViewSet[Position]):
    """What the caller's follows hold."""

    queryset = selectors.open_positions().select_related("follow")
    owner_field = "follow__user_id"
    serializer_class = serializers.PositionSerializer
    filterset_class = filters.PositionFilter
    ordering = ("-follow_id", "symbol")


@operations(
    list=operation(
        "List what signals meant for you, and why",
        description="One decision for each signal and follow: executed, or the reason why not, with its numbers.",
        example=examples.DECISION,
    )
)
class DecisionViewSet(OwnObjects, ListModelMixin, GenericViewSet[Decision]):
    """Why not me?"""

    queryset = Decision.objects.select_related("execution", "follow")
    owner_field = "follow__user_id"
    serializer_class = serializers.DecisionSerializer
    filterset_class = filters.DecisionFilter
    ordering = ("-execution_id", "-follow_id")

    def get_queryset(self) -> QuerySet[Decision]:
        """Return the decisions that the caller sees already: those of signals that they see, and what was executed."""
        rows: QuerySet[Decision] = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return rows
        return rows.filter(selectors.decisions_seen(caller_id(self.request), at=now()))


def _terms(wanted: dict[str, Any]) -> services.Terms:
    return services.Terms(
        sizing=Sizing(wanted["sizing"]),
        sizing_value=wanted["sizing_value"],
        max_notional_per_order=wanted["max_notional_per_order"],
        max_price_deviation_bps=wanted["max_price_deviation_bps"],
        max_signal_age_bars=wanted["max_signal_age_bars"],
    )
