"""Begin, change, renew and end subscriptions."""
