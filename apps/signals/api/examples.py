"""One example of each answer, for the API's documents."""

SIGNAL = {
    "id": "01976f3a-7c11-7d0e-9a52-3f5b8f0c2a11",
    "strategy_id": 1,
    "strategy": "sma_cross_20_50",
    "strategy_version": 1,
    "symbol": "BTC-USDT",
    "timeframe": "1h",
    "type": "BUY",
    "price": "33922.96",
    "target": "35410.33",
    "stop_loss": "32931.38",
    "confidence": None,
    "analysis": (
        "BUY BTC-USDT: at the close of the bar, 33922.96, the fast average crossed above the slow one "
        "(SMA(20) 33310.2, SMA(50) 33305.9, ATR(14) 495.79). Target 35410.33 is 3 and stop 32931.38 is 2 average true "
        "ranges away. Confidence: not enough data, SMA(200) is not defined yet."
    ),
    "evidence": [{"indicator": "SMA(20)", "value": "33310.2", "time": "2021-01-05T20:00:00Z"}],
    "bar_time": "2021-01-05T20:00:00Z",
    "data_as_of": "2021-01-05T21:00:00Z",
    "generated_at": "2026-01-05T08:12:00.120Z",
    "expires_at": "2021-01-06T01:00:00Z",
    "sequence": 3,
    "revision": 0,
    "supersedes": None,
    "status": "closed",
    "outcome": "target_hit",
    "decided_at": "2021-01-06T05:00:00Z",
    "hypothetical_return": "0.0438455912",
    "correlation_id": "01976f3a-7c11-7d0e-9a52-3f5b8f0c2a12",
}
INSTRUMENT = {
    "symbol": "BTC-USDT",
    "base_currency": "BTC",
    "quote_currency": "USDT",
    "tick": "0.00000001",
    "lot": "0.00000001",
    "min_notional": "0",
    "simulated": True,
}
CANDLE = {
    "symbol": "BTC-USDT",
    "timeframe": "1h",
    "open_time": "2021-01-01T00:00:00Z",
    "open": "28923.63",
    "high": "29031.34",
    "low": "28690.17",
    "close": "28995.13",
    "volume": "2311.811445",
}
STRATEGY = {
    "id": 1,
    "code": "sma_cross_20_50",
    "version": 1,
    "timeframe": "1h",
    "name": "Moving average cross 20/50",
    "description": "Follows the trend: long while the 20-bar average of closes stands above the 50-bar one.",
    "parameters": {"fast": 20, "slow": 50, "atr_period": 14, "target_atr": 3, "stop_atr": 2},
    "track_record": {
        "signals": 208,
        "buys": 104,
        "sells": 104,
        "target_hit": 31,
        "stop_hit": 60,
        "time_exit": 12,
        "undecided": 1,
        "hit_rate": "30.1",
        "average_return": "-0.0007",
    },
}
