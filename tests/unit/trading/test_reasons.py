"""Every reason code has its sentence, with the numbers in it."""

import pytest

from apps.trading.enums import DecisionCode
from apps.trading.rules.reasons import reason

DETAIL = {
    "SIGNAL_EXPIRED": {"age_bars": 4},
    "PRICE_DEVIATION_EXCEEDED": {"price": "101", "signal_price": "100", "limit_bps": "25"},
    "MAX_OPEN_POSITIONS": {"limit": 2},
    "DAILY_LOSS_LIMIT": {"limit_pct": "5"},
    "BELOW_MIN_NOTIONAL": {"notional": "9.5", "limit": "10"},
    "NOTIONAL_EXCEEDS_MAX_PER_ORDER": {"notional": "2000", "limit": "1500"},
    "INSUFFICIENT_BUYING_POWER": {"needed": "1001", "available": "12.5"},
}


@pytest.mark.parametrize("code", DecisionCode.values)
def test_every_code_has_a_sentence_with_all_its_numbers(code):
    detail = DETAIL.get(code)
    sentence = reason(code, detail=detail)
    assert sentence.endswith(".")
    assert "{" not in sentence
    for number in (detail or {}).values():
        assert str(number) in sentence
