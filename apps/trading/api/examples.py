"""One whole answer for each kind of thing, shown in the API's documentation."""

ACCOUNT = {
    "id": 17, "name": "Paper", "venue": "paper", "currency": "USDT", "status": "ACTIVE", "kill_switch": "ACTIVE",
    "cash": "8999", "buying_power": "8999", "equity": "10012.5", "fee_bps": "10", "slippage_bps": "0",
    "max_open_positions": None, "daily_loss_limit_pct": None, "created_at": "2026-01-01T12:00:00Z",
}  # fmt: skip
TERMS = {
    "sizing": "fixed_notional", "sizing_value": "1000", "max_notional_per_order": "5000",
    "max_price_deviation_bps": "25", "max_signal_age_bars": 2,
}  # fmt: skip
SECRETS = {"key": "a1b2c3d4-0000-4000-8000-00000000c0de", "secret": "Zr0c…", "passphrase": "…"}
CREDENTIAL = {
    "id": "01976f3a-7c11-7d0e-9a52-3f5b8f0c2a11", "venue": "okx", "label": "Main", "key_hint": "c0de",
    "created_at": "2026-01-01T12:00:00Z", "replaced_at": None,
}  # fmt: skip
FOLLOW = {
    "id": 42, "account_id": 17, "strategy_id": 3, "strategy": "sma_cross_20_50", "state": "active", "terms": TERMS,
    "created_at": "2026-01-01T12:00:00Z",
}  # fmt: skip
ORDER = {
    "id": "5b0f0f0e-7a43-5f0e-8c7e-0a5c9a3f1c22", "client_order_id": "5b0f0f0e-7a43-5f0e-8c7e-0a5c9a3f1c22",
    "account_id": 17, "follow_id": 42, "signal_id": "01976f3a-7c11-7d0e-9a52-3f5b8f0c2a11",
    "strategy": "sma_cross_20_50", "symbol": "BTC-USDT", "side": "buy", "type": "market", "time_in_force": "gtd",
    "order_class": "simple", "qty": None, "notional": "1000", "filled_qty": "0.03448275", "leaves_qty": "0",
    "filled_avg_price": "29000", "status": "filled", "cancel_reason": None,
    "created_at": "2026-01-01T12:00:00.1Z", "updated_at": "2026-01-01T12:00:00.1Z",
}  # fmt: skip
FILL = {
    "id": "9d3c1f52-1c1d-5d4b-9d4e-2f6b0a8c7e11", "order_id": "5b0f0f0e-7a43-5f0e-8c7e-0a5c9a3f1c22", "account_id": 17,
    "follow_id": 42, "symbol": "BTC-USDT", "side": "buy", "qty": "0.03448275", "price": "29000",
    "notional": "999.99975", "fee": "0.99999975", "slippage": "0", "realized_pl": None,
    "executed_at": "2026-01-01T12:00:00Z",
}  # fmt: skip
POSITION = {
    "account_id": 17, "follow_id": 42, "symbol": "BTC-USDT", "qty": "0.03448275", "qty_available": "0.03448275",
    "avg_entry_price": "29000", "cost_basis": "999.99975", "market_value": "1013.5", "unrealized_pl": "13.50025",
}  # fmt: skip
DECISION = {
    "signal_id": "01976f3a-7c11-7d0e-9a52-3f5b8f0c2a11", "account_id": 17, "follow_id": 42, "strategy_id": 3,
    "strategy": "sma_cross_20_50", "symbol": "BTC-USDT", "side": "buy", "bar_time": "2026-01-01T11:00:00Z",
    "code": "INSUFFICIENT_BUYING_POWER", "reason": "The order needed 1001, and 12.5 was available.",
    "detail": {"needed": "1001", "available": "12.5"},
}  # fmt: skip
PORTFOLIO = {
    "starting_cash": "10000",
    "days": [{"day": "2026-01-01", "equity": "10012.5", "cash": "8999", "positions": "1013.5"}],
    "statistics": {
        "total_return": 0.00125, "cagr": 0.5777, "sharpe": None, "sortino": None, "max_drawdown": 0.0, "calmar": None,
        "round_trips": 0, "win_rate": None, "profit_factor": None, "expectancy": None, "exposure": 1.0,
        "turnover": 0.0999, "fees": 0.99999975,
    },
}  # fmt: skip
