"""The catalogue to begin with. Staff change it in the admin; what they have changed is never seeded over.

Standard rates of value added tax: European Commission, "VAT rates applied in the Member States" (Taxes in Europe
database), the United Kingdom's HMRC and the Swiss FTA. Where no rate is known no tax is charged.
"""

from datetime import date
from decimal import Decimal
from typing import Any

FEATURES = {
    "signals.realtime": ("boolean", "Signals are seen as soon as they are made."),
    "signals.delay_minutes": ("integer", "Otherwise they are seen so many minutes later."),
    "signals.targets": ("boolean", "Target and stop of a signal are shown."),
    "trading.auto_execute": ("boolean", "Signals are executed in the person's accounts."),
    "trading.max_follows": ("integer", "So many strategies can be followed at once."),
    "trading.live": ("boolean", "Accounts at a venue can be connected."),
    "education.tier": ("text", "The courses that are open: free, basic or pro."),
}

PLANS: dict[str, dict[str, Any]] = {
    "free": {
        "name": "Free",
        "description": "Signals an hour late, and one strategy to follow.",
        "rank": 0,
        "fallback": True,
        "features": {
            "signals.realtime": False,
            "signals.delay_minutes": 60,
            "signals.targets": False,
            "trading.auto_execute": False,
            "trading.max_follows": 1,
            "trading.live": False,
            "education.tier": "free",
        },
        "prices": {},
    },
    "basic": {
        "name": "Basic",
        "description": "Signals at once with target and stop, executed in a paper account.",
        "rank": 10,
        "trial_days": 14,
        "features": {
            "signals.realtime": True,
            "signals.delay_minutes": 0,
            "signals.targets": True,
            "trading.auto_execute": True,
            "trading.max_follows": 3,
            "trading.live": False,
            "education.tier": "basic",
        },
        "prices": {"month": Decimal(19), "year": Decimal(190)},
    },
    "pro": {
        "name": "Pro",
        "description": "Everything, in accounts at a venue too.",
        "rank": 20,
        "trial_days": 14,
        "features": {
            "signals.realtime": True,
            "signals.delay_minutes": 0,
            "signals.targets": True,
            "trading.auto_execute": True,
            "trading.max_follows": 100,
            "trading.live": True,
            "education.tier": "pro",
        },
        "prices": {"month": Decimal(49), "year": Decimal(490)},
    },
}

TAX_BEHAVIOR = {"EUR": "inclusive", "USD": "exclusive"}
"""The currencies that are sold in, and whether their prices hold the tax."""

LONG_AGO = date(2020, 1, 1)

TAX_RATES = [
    ("AT", "20", LONG_AGO, None), ("BE", "21", LONG_AGO, None), ("BG", "20", LONG_AGO, None),
    ("CH", "7.7", LONG_AGO, date(2024, 1, 1)), ("CH", "8.1", date(2024, 1, 1), None),
    ("CY", "19", LONG_AGO, None), ("CZ", "21", LONG_AGO, None), ("DE", "19", date(2021, 1, 1), None),
    ("DK", "25", LONG_AGO, None),
    ("EE", "22", date(2024, 1, 1), date(2025, 7, 1)), ("EE", "24", date(2025, 7, 1), None),
    ("ES", "21", LONG_AGO, None),
    ("FI", "24", LONG_AGO, date(2024, 9, 1)), ("FI", "25.5", date(2024, 9, 1), None),
    ("FR", "20", LONG_AGO, None), ("GB", "20", LONG_AGO, None), ("GR", "24", LONG_AGO, None),
    ("HR", "25", LONG_AGO, None), ("HU", "27", LONG_AGO, None), ("IE", "23", date(2021, 3, 1), None),
    ("IT", "22", LONG_AGO, None), ("LT", "21", LONG_AGO, None), ("LU", "17", date(2024, 1, 1), None),
    ("LV", "21", LONG_AGO, None), ("MT", "18", LONG_AGO, None), ("NL", "21", LONG_AGO, None),
    ("PL", "23", LONG_AGO, None), ("PT", "23", LONG_AGO, None),
    ("RO", "19", LONG_AGO, date(2025, 8, 1)), ("RO", "21", date(2025, 8, 1), None),
    ("SE", "25", LONG_AGO, None), ("SI", "22", LONG_AGO, None),
    ("SK", "20", LONG_AGO, date(2025, 1, 1)), ("SK", "23", date(2025, 1, 1), None),
]  # fmt: skip
"""Country, percent, first day, and the first day on which it no longer holds."""
