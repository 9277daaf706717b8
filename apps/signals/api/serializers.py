"""How signals, instruments, candles and strategies look on the wire."""

from typing import Any

from rest_framework import serializers

from apps.kernel.api.fields import DecimalString, ModelSerializer
from apps.signals.enums import Outcome, SignalStatus
from apps.signals.models import Candle, Instrument, Signal, Strategy
from apps.signals.rules.sight import veiled


class EvidenceSerializer(serializers.Serializer[Any]):
    """One measured value behind a signal."""

    indicator = serializers.CharField()
    value = serializers.CharField(help_text="A plain decimal.")
    time = serializers.CharField(help_text="Open time of the bar that it was measured on.")


class SignalSerializer(ModelSerializer[Signal]):
    """A signal as it was published, with what has become of it: as far as the caller's plan lets them see.

    Without `signals.realtime` what has become of it is null, without `signals.targets` target, stop and analysis are.
    """

    strategy = serializers.CharField(source="strategy_code", help_text="The code of the strategy.")
    evidence = EvidenceSerializer(many=True)
    analysis = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(choices=SignalStatus.choices, allow_null=True)
    outcome = serializers.ChoiceField(choices=Outcome.choices, allow_null=True)

    def to_representation(self, instance: Signal) -> dict[str, Any]:
        """Render what the caller sees."""
        return veiled(super().to_representation(instance), self.context["sight"])

    class Meta:
        model = Signal
        fields = (
            "id",
            "strategy_id",
            "strategy",
            "strategy_version",
            "symbol",
            "timeframe",
            "type",
            "price",
            "target",
            "stop_loss",
            "confidence",
            "analysis",
            "evidence",
            "bar_time",
            "data_as_of",
            "generated_at",
            "expires_at",
            "sequence",
            "revision",
            "supersedes",
            "status",
            "outcome",
            "decided_at",
            "hypothetical_return",
            "correlation_id",
        )
        read_only_fields = fields


class InstrumentSerializer(ModelSerializer[Instrument]):
    """An instrument with its grid."""

    class Meta:
        model = Instrument
        fields = ("symbol", "base_currency", "quote_currency", "tick", "lot", "min_notional", "simulated")
        read_only_fields = fields


class CandleSerializer(ModelSerializer[Candle]):
    """One closed bar."""

    symbol = serializers.CharField(source="series.instrument.symbol")
    timeframe = serializers.CharField(source="series.timeframe")

    class Meta:
        model = Candle
        fields = ("symbol", "timeframe", "open_time", "open", "high", "low", "close", "volume")
        read_only_fields = fields


class TrackRecordSerializer(serializers.Serializer[Any]):
    """What came of every signal of a strategy. Hypothetical, before fees; past results promise nothing."""

    signals = serializers.IntegerField()
    buys = serializers.IntegerField()
    sells = serializers.IntegerField()
    target_hit = serializers.IntegerField()
    stop_hit = serializers.IntegerField()
    time_exit = serializers.IntegerField()
    undecided = serializers.IntegerField(help_text="BUYs whose outcome is still open.")
    hit_rate = DecimalString(allow_null=True, help_text="Targets hit, in percent of the decided BUYs.")
    average_return = DecimalString(allow_null=True, help_text="Mean hypothetical return of the decided BUYs.")


class StrategySerializer(ModelSerializer[Strategy]):
    """A strategy with its track record."""

    track_record = TrackRecordSerializer()

    class Meta:
        model = Strategy
        fields = ("id", "code", "version", "timeframe", "name", "description", "parameters", "track_record")
        read_only_fields = fields
