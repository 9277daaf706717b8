"""What venues ask of whoever calls them, by their names at ccxt."""

WITH_PASSPHRASE = frozenset(
    {
        "apex",
        "bitget",
        "blofin",
        "coinbaseexchange",
        "coinbaseinternational",
        "deepcoin",
        "kucoin",
        "kucoineu",
        "kucoinfutures",
        "myokx",
        "ndax",
        "okx",
        "okxus",
        "weex",
    }
)
"""The venues whose keys come with a passphrase."""
