"""Taxes and prorations worked by hand: each row says how. Money as text, periods as (seconds left, seconds).

Rates: European Commission, "VAT rates applied in the Member States" (DE 19, AT 20, HU 27, FI 25.5), Swiss FTA (8.1),
National Tax Agency of Japan (10), National Bureau for Revenue of Bahrain (10). Exponents: ISO 4217 (JPY 0, BHD 3).
Ties: half-even, ISO 80000-1 rule A. Days of months: the Gregorian calendar.
"""

from typing import NamedTuple

DAY = 86_400


class TaxCase(NamedTuple):
    why: str
    amount: str
    percentage: str
    behavior: str
    currency: str
    net: str
    tax: str


class UnusedCase(NamedTuple):
    why: str
    paid_net: str
    paid_tax: str
    percentage: str
    left: int
    seconds: int
    currency: str
    net: str
    tax: str


class RemainingCase(NamedTuple):
    why: str
    price: str
    percentage: str
    behavior: str
    left: int
    seconds: int
    currency: str
    net: str
    tax: str


class PeriodCase(NamedTuple):
    why: str
    anchor: str
    interval: str
    count: int
    number: int
    start: str
    end: str


TAXES = [
    TaxCase("49 × 19/119 = 7.823…", "49", "19", "inclusive", "EUR", "41.18", "7.82"),
    TaxCase("490 × 19/119 = 78.235…", "490", "19", "inclusive", "EUR", "411.76", "78.24"),
    TaxCase("19 × 20/120 = 3.166…", "19", "20", "inclusive", "EUR", "15.83", "3.17"),
    TaxCase("49 × 25.5/125.5 = 9.956…", "49", "25.5", "inclusive", "EUR", "39.04", "9.96"),
    TaxCase("2 × 27/127 = 0.425…", "2", "27", "inclusive", "EUR", "1.57", "0.43"),
    TaxCase("0 % leaves the price whole", "49", "0", "inclusive", "EUR", "49", "0"),
    TaxCase("0 % puts nothing on top", "49", "0", "exclusive", "USD", "49", "0"),
    TaxCase("49 × 8.1 % = 3.969", "49", "8.1", "exclusive", "USD", "49", "3.97"),
    TaxCase("0.50 × 5 % = 0.025, a tie, down to the even 0.02", "0.50", "5", "exclusive", "USD", "0.50", "0.02"),
    TaxCase("1.50 × 5 % = 0.075, a tie, up to the even 0.08", "1.50", "5", "exclusive", "USD", "1.50", "0.08"),
    TaxCase("2.50 × 5 % = 0.125, a tie, down to the even 0.12", "2.50", "5", "exclusive", "USD", "2.50", "0.12"),
    TaxCase("0.21 × 5/105 = 0.01", "0.21", "5", "inclusive", "USD", "0.20", "0.01"),
    TaxCase("0.01 × 19/119 = 0.001…: no tax of a cent", "0.01", "19", "inclusive", "EUR", "0.01", "0"),
    TaxCase("yen have no places: 1000 × 10/110 = 90.9…", "1000", "10", "inclusive", "JPY", "909", "91"),
    TaxCase("15 yen × 10 % = 1.5, a tie, up to 2", "15", "10", "exclusive", "JPY", "15", "2"),
    TaxCase("25 yen × 10 % = 2.5, a tie, down to 2", "25", "10", "exclusive", "JPY", "25", "2"),
    TaxCase("dinars have three places: 1 × 10/110 = 0.0909…", "1.000", "10", "inclusive", "BHD", "0.909", "0.091"),
    TaxCase("0.005 × 10 % = 0.0005, a tie, down to 0", "0.005", "10", "exclusive", "BHD", "0.005", "0"),
    TaxCase("0.015 × 10 % = 0.0015, a tie, up to 0.002", "0.015", "10", "exclusive", "BHD", "0.015", "0.002"),
    TaxCase("a credit is the mirror of its charge", "-49", "19", "inclusive", "EUR", "-41.18", "-7.82"),
    TaxCase("a tie is the mirror too", "-0.50", "5", "exclusive", "USD", "-0.50", "-0.02"),
]

UNUSED = [
    UnusedCase("15 of April's 30 days", "30", "5.70", "19", 15 * DAY, 30 * DAY, "EUR", "15", "2.85"),
    UnusedCase("10 of the 29 days of a leap February", "29", "5.51", "19", 10 * DAY, 29 * DAY, "EUR", "10", "1.90"),
    UnusedCase("7 of the 28 days of another February", "28", "5.32", "19", 7 * DAY, 28 * DAY, "EUR", "7", "1.33"),
    UnusedCase("100 of the 365 days of a year", "365", "0", "0", 100 * DAY, 365 * DAY, "USD", "100", "0"),
    UnusedCase("100 of the 366 days of a leap year", "366", "0", "0", 100 * DAY, 366 * DAY, "USD", "100", "0"),
    UnusedCase("first second: all of it, 2.08 though 10.92 × 19 % = 2.07…", "10.92", "2.08", "19", 30 * DAY, 30 * DAY,
               "EUR", "10.92", "2.08"),
    UnusedCase("a second later: 12.61 × 19 % = 2.3959, 2.39 was paid", "12.61", "2.39", "19", 30 * DAY - 1, 30 * DAY,
               "EUR", "12.61", "2.39"),
    UnusedCase("last second: 41.18 / 2,592,000 = 0.00001…", "41.18", "7.82", "19", 1, 30 * DAY, "EUR", "0", "0"),
    UnusedCase("nothing left", "41.18", "7.82", "19", 0, 30 * DAY, "EUR", "0", "0"),
    UnusedCase("half of 0.01, a tie, down to 0", "0.01", "0", "19", 1, 2, "EUR", "0", "0"),
    UnusedCase("half of 0.03 = 0.015, a tie, up to 0.02", "0.03", "0.01", "19", 1, 2, "EUR", "0.02", "0"),
    UnusedCase("half of 0.05 = 0.025, a tie, down to 0.02", "0.05", "0.01", "19", 1, 2, "EUR", "0.02", "0"),
    UnusedCase("half of 1001 yen = 500.5, down to the even 500", "1001", "100", "10", 1, 2, "JPY", "500", "50"),
    UnusedCase("half of 1003 yen = 501.5, up to the even 502", "1003", "100", "10", 1, 2, "JPY", "502", "50"),
    UnusedCase("half of 1.001 dinar = 0.5005, down to 0.500", "1.001", "0.100", "10", 1, 2, "BHD", "0.500", "0.050"),
    UnusedCase("41.18 less a refund of 20: half of 21.18; × 19 % = 2.0121", "21.18", "4.02", "19", 15 * DAY, 30 * DAY,
               "EUR", "10.59", "2.01"),
    UnusedCase("all of it refunded", "0", "0", "19", 15 * DAY, 30 * DAY, "EUR", "0", "0"),
]  # fmt: skip

REMAINING = [
    RemainingCase("half of 49; 24.50 × 19/119 = 3.911…", "49", "19", "inclusive", 15 * DAY, 30 * DAY,
                  "EUR", "20.59", "3.91"),
    RemainingCase("first second: the whole price", "49", "19", "inclusive", 30 * DAY, 30 * DAY, "EUR", "41.18", "7.82"),
    RemainingCase("last second: 49 / 2,678,400 = 0.00001…", "49", "19", "inclusive", 1, 31 * DAY, "EUR", "0", "0"),
    RemainingCase("49 × 10/31 = 15.806…, no tax", "49", "0", "exclusive", 10 * DAY, 31 * DAY, "USD", "15.81", "0"),
    RemainingCase("3100 × 10/31 = 1000; × 10/110 = 90.9…", "3100", "10", "inclusive", 10 * DAY, 31 * DAY,
                  "JPY", "909", "91"),
    RemainingCase("3.1 × 10/31 = 1; 10 % on top", "3.100", "10", "exclusive", 10 * DAY, 31 * DAY,
                  "BHD", "1.000", "0.100"),
    RemainingCase("490 × 184/368 = 245, of two half years; × 19/119 = 39.117…", "490", "19", "inclusive",
                  184 * DAY, 368 * DAY, "EUR", "205.88", "39.12"),
]  # fmt: skip

PERIODS = [
    PeriodCase("the first period", "2026-01-15T10:00", "month", 1, 0, "2026-01-15T10:00", "2026-02-15T10:00"),
    PeriodCase("31 January, clamped", "2026-01-31T10:00", "month", 1, 0, "2026-01-31T10:00", "2026-02-28T10:00"),
    PeriodCase("and back to the 31st", "2026-01-31T10:00", "month", 1, 1, "2026-02-28T10:00", "2026-03-31T10:00"),
    PeriodCase("and on to the 30th", "2026-01-31T10:00", "month", 1, 2, "2026-03-31T10:00", "2026-04-30T10:00"),
    PeriodCase("a leap February", "2028-01-31T10:00", "month", 1, 0, "2028-01-31T10:00", "2028-02-29T10:00"),
    PeriodCase("1900 rules: 2100 is no leap year", "2100-01-31T10:00", "month", 1, 0, "2100-01-31T10:00",
               "2100-02-28T10:00"),
    PeriodCase("29 February, a year", "2028-02-29T10:00", "year", 1, 0, "2028-02-29T10:00", "2029-02-28T10:00"),
    PeriodCase("29 February, the fourth year", "2028-02-29T10:00", "year", 1, 3, "2031-02-28T10:00",
               "2032-02-29T10:00"),
    PeriodCase("three months from 30 November", "2026-11-30T10:00", "month", 3, 0, "2026-11-30T10:00",
               "2027-02-28T10:00"),
    PeriodCase("over the new year", "2026-12-31T23:59", "month", 1, 0, "2026-12-31T23:59", "2027-01-31T23:59"),
    PeriodCase("clocks change in Europe, not in UTC", "2026-03-28T12:00", "month", 1, 0, "2026-03-28T12:00",
               "2026-04-28T12:00"),
]  # fmt: skip
