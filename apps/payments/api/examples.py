"""One whole answer for each kind of thing, shown in the API's documentation."""

PRICE = {
    "lookup_key": "pro-eur-month", "currency": "EUR", "interval": "month", "interval_count": 1, "unit_amount": "49.00",
    "tax_behavior": "inclusive",
}  # fmt: skip
PLAN = {
    "code": "pro", "name": "Pro", "description": "Everything, in accounts at a venue too.", "rank": 20,
    "trial_days": 14, "features": {"signals.realtime": True, "signals.delay_minutes": 0, "education.tier": "pro"},
    "prices": [PRICE],
}  # fmt: skip
CHECKOUT = "https://treum.example/checkout/eyJwYXltZW50IjoiMDE5NzZmM2EifQ:1vMxyz:c2lnbmF0dXJl"
LINK = {"checkout_url": CHECKOUT}
SUBSCRIPTION = {
    "id": "01976f3a-7c11-7d0e-9a52-3f5b8f0c2a11", "status": "active", "price": {"plan": "pro", **PRICE},
    "next_price": None, "current_period_start": "2026-01-31T12:00:00Z", "current_period_end": "2026-02-28T12:00:00Z",
    "trial_end": None, "cancel_at_period_end": False, "past_due_since": None, "canceled_at": None, "ended_at": None,
    "ended_because": "", "checkout_url": None, "created_at": "2026-01-31T12:00:00Z",
}  # fmt: skip
INVOICE = {
    "id": "01976f3a-7c11-7d0e-9a52-3f5b8f0c2a12", "number": "INV-000017", "status": "paid",
    "reason": "subscription_create", "subscription_id": "01976f3a-7c11-7d0e-9a52-3f5b8f0c2a11", "currency": "EUR",
    "country": "DE", "subtotal": "41.18", "tax": "7.82", "total": "49.00",
    "total_taxes": [
        {"country": "DE", "name": "VAT", "percentage": "19", "taxable_amount": "41.18", "amount": "7.82"},
    ],
    "balance_applied": "0.00", "amount_due": "49.00", "amount_paid": "49.00", "amount_credited": "0.00",
    "period_start": "2026-01-31T12:00:00Z", "period_end": "2026-02-28T12:00:00Z", "next_attempt_at": None,
    "finalized_at": "2026-01-31T12:00:00Z", "paid_at": "2026-01-31T12:00:41Z",
    "lines": [
        {
            "kind": "period", "description": "Pro, 31 January 2026 to 28 February 2026", "amount": "49.00",
            "net": "41.18", "tax": "7.82", "period_start": "2026-01-31T12:00:00Z",
            "period_end": "2026-02-28T12:00:00Z",
        }
    ],
    "credit_notes": [],
}  # fmt: skip
CARD = {
    "id": "01976f3a-7c11-7d0e-9a52-3f5b8f0c2a13", "brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2030,
}  # fmt: skip
PAYMENT_METHOD = {**CARD, "is_default": True, "created_at": "2026-01-31T12:00:41Z"}
PAYMENT = {
    "id": "01976f3a-7c11-7d0e-9a52-3f5b8f0c2a14", "invoice_id": "01976f3a-7c11-7d0e-9a52-3f5b8f0c2a12",
    "invoice_number": "INV-000017", "attempt": 1, "status": "succeeded", "amount": "49.00", "currency": "EUR",
    "refunded": "0.00", "payment_method": CARD, "off_session": False, "failure_code": "",
    "created_at": "2026-01-31T12:00:00Z", "settled_at": "2026-01-31T12:00:41Z",
}  # fmt: skip
BILLING = {
    "country": "DE", "balances": [{"amount": "12.50", "currency": "EUR"}], "default_payment_method": CARD,
}  # fmt: skip
REFUND = {
    "id": "01976f3a-7c11-7d0e-9a52-3f5b8f0c2a15", "payment_id": "01976f3a-7c11-7d0e-9a52-3f5b8f0c2a14",
    "invoice_number": "INV-000017", "status": "pending", "amount": "10.00", "currency": "EUR",
    "reason": "requested_by_customer", "note": "Ticket 812", "credit_note": None,
    "requested_by": "01976f3a-7c11-7d0e-9a52-3f5b8f0c2a16", "decided_by": None, "failure_code": "",
    "created_at": "2026-02-03T09:00:00Z", "settled_at": None,
}  # fmt: skip
REFUND_COMMAND = {
    "payment_id": "01976f3a-7c11-7d0e-9a52-3f5b8f0c2a14", "amount": "10.00", "currency": "EUR",
    "reason": "requested_by_customer", "note": "Ticket 812",
}  # fmt: skip
ENTRIES = "https://treum.example/api/v1/reports/entries"
REVENUE = {
    "period": "2026-02-01", "currency": "EUR", "recognised": "1.47", "refunds": "0.00", "net": "1.47", "tax": "0.00",
    "fees": "0.00", "bad_debt": "0.00",
    "entries": f"{ENTRIES}?currency=EUR&since=2026-02-01T00%3A00%3A00Z&until=2026-02-02T00%3A00%3A00Z",
}  # fmt: skip
RECURRING = {
    "month": "2026-02-01", "currency": "EUR", "starting": "411.80", "new": "41.18", "reactivation": "0.00",
    "expansion": "25.21", "contraction": "0.00", "churned": "41.18", "ending": "437.01", "customers_at_start": 10,
    "customers_lost": 1, "customers_at_end": 10, "customer_churn": "0.1", "revenue_churn": "0.1",
    "subscriptions": "https://treum.example/api/v1/reports/recurring-subscriptions?currency=EUR&at=2026-03-01T00%3A00%3A00Z",
}  # fmt: skip
TRIAL_BALANCE = [
    {
        "kind": "provider_clearing", "owner": "stripe", "currency": "EUR", "debit": "49.00", "credit": "0.00",
        "entries": f"{ENTRIES}?kind=provider_clearing&owner=stripe&currency=EUR&until=2026-02-01T00%3A00%3A00Z",
    },
    {
        "kind": "deferred_revenue", "owner": "house", "currency": "EUR", "debit": "0.00", "credit": "49.00",
        "entries": f"{ENTRIES}?kind=deferred_revenue&owner=house&currency=EUR&until=2026-02-01T00%3A00%3A00Z",
    },
]  # fmt: skip
ENTRY = {
    "at": "2026-02-01T23:59:59Z", "key": "revenue:2026-02-01:01976f3a-7c11-7d0e-9a52-3f5b8f0c2a12", "about": "revenue",
    "kind": "revenue", "owner": "house", "currency": "EUR", "amount": "-1.47",
    "invoice_id": "01976f3a-7c11-7d0e-9a52-3f5b8f0c2a12", "payment_id": None, "refund_id": None, "payout_id": "",
}  # fmt: skip
PAYING = {
    "subscription_id": "01976f3a-7c11-7d0e-9a52-3f5b8f0c2a11", "user_id": "01976f3a-7c11-7d0e-9a52-3f5b8f0c2a17",
    "status": "active", "price": {"plan": "pro", **PRICE}, "since": "2026-01-31T12:00:41Z",
}  # fmt: skip
