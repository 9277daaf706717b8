"""What may be put on sale. Each rule returns what is wrong, a sentence for each field, and nothing if all is well."""

from decimal import Decimal

from apps.kernel.money import ISO_4217_EXPONENTS, exponent, written

HIGHEST_PRICE_UNITS = 49_999_999
"""In the smallest unit of the currency. Providers take twice as much in one payment, so that a tax on top fits."""

LONGEST_INTERVALS = {"month": 36, "year": 3}
"""Three years: https://docs.stripe.com/api/prices/create#create_price-recurring-interval_count."""

LONGEST_TRIAL_DAYS = 730
"""Two years: https://docs.stripe.com/billing/subscriptions/trials."""

MINUTES_OF_A_WEEK = 7 * 24 * 60
LARGEST_COUNT = 1_000_000
LONGEST_TEXT = 64

_LARGEST = {"signals.delay_minutes": MINUTES_OF_A_WEEK}
_WORDS = {"education.tier": ("free", "basic", "pro")}
_KINDS: dict[str, tuple[type, str]] = {
    "boolean": (bool, "true or false"),
    "integer": (int, "a whole number"),
    "text": (str, "a text in quotation marks"),
}


def wrong_value(feature: str, *, kind: str, value: object) -> str | None:
    """Return why a plan cannot bring so much of a feature, or None if it can."""
    takes, words = _KINDS[kind]
    if not isinstance(value, takes) or (takes is int and isinstance(value, bool)):
        return f"{feature} takes {words}."
    if isinstance(value, int) and not isinstance(value, bool):
        largest = _LARGEST.get(feature, LARGEST_COUNT)
        return None if 0 <= value <= largest else f"{feature} takes 0 to {largest}."
    if isinstance(value, str):
        known = _WORDS.get(feature)
        if known is not None and value not in known:
            return f"{feature} takes one of {', '.join(known)}."
        if len(value) > LONGEST_TEXT:
            return f"{feature} takes at most {LONGEST_TEXT} letters."
    return None


def wrong_amount(amount: Decimal, *, currency: str) -> dict[str, str]:
    """Return what is wrong with the amount of a price."""
    if currency not in ISO_4217_EXPONENTS:
        return {"currency": f"Nothing is sold in {currency}: give one of {', '.join(sorted(ISO_4217_EXPONENTS))}."}
    unit = Decimal(1).scaleb(-exponent(currency))
    if amount <= 0:
        return {"unit_amount": "A price is more than zero: what costs nothing is the plan of those without one."}
    if amount % unit:
        return {"unit_amount": f"{currency} has {exponent(currency)} decimal places: nobody can pay {amount:f}."}
    if amount > HIGHEST_PRICE_UNITS * unit:
        return {
            "unit_amount": f"No provider collects so much: at most {written(HIGHEST_PRICE_UNITS * unit, currency)}."
        }
    return {}


def wrong_interval(interval: str, *, count: int) -> dict[str, str]:
    """Return what is wrong with the length of a price's period."""
    longest = LONGEST_INTERVALS[interval]
    if 1 <= count <= longest:
        return {}
    return {"interval_count": f"A period is 1 to {longest} {interval}s long."}


def wrong_trial(days: int) -> dict[str, str]:
    """Return what is wrong with the length of a plan's trial."""
    if 0 <= days <= LONGEST_TRIAL_DAYS:
        return {}
    return {"trial_days": f"A trial is at most {LONGEST_TRIAL_DAYS} days long."}
