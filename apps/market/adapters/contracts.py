"""Contract specifications of well-known perpetuals (venue, 2026-10), and a stated guess for unknown ones."""

import re

from apps.exchange.types import Instrument, MarginTier

_MILLION = 1_000_000_000_000  # micro-dollars

_LARGE_TIERS = {
    "BTC": (5, 40, 150, 20),
    "ETH": (4, 25, 100, 15),
    "SOL": (2, 20, 70, 10),
    "XRP": (0, 20, 40, 10),
    "DOGE": (0, 10, 20, 5),
    "AVAX": (2, 10, 20, 5),
    "LINK": (1, 10, 20, 5),
    "HYPE": (2, 10, 20, 5),
    "LTC": (2, 10, 20, 5),
    "BCH": (3, 10, 20, 5),
    "ADA": (0, 10, 20, 5),
    "SUI": (1, 10, 20, 5),
    "NEAR": (1, 10, 20, 5),
    "UNI": (1, 10, 20, 5),
    "APT": (2, 10, 20, 5),
    "kPEPE": (0, 10, 20, 5),
    "kBONK": (0, 10, 20, 5),
    "kSHIB": (0, 10, 3, 5),
    "BNB": (3, 10, 3, 5),
    "DOT": (1, 10, 3, 5),
    "ARB": (1, 10, 3, 5),
    "TRX": (0, 10, 3, 5),
}
"""symbol: size decimals, max leverage, from this many million dollars of notional, the lower max leverage."""

_LOT_BY_PRICE = ((20_000, 5), (1_000, 4), (200, 3), (10, 2), (1, 1))
UNKNOWN_MAX_LEVERAGE = 5


THOUSANDS = 1_000


def units_of(symbol: str) -> int:
    """Return how many units one contract is: the venue's k-coins are thousands."""
    return THOUSANDS if re.fullmatch(r"k[A-Z0-9]+", symbol) else 1


def instrument_for(symbol: str, *, price_micros: int) -> Instrument:
    """Return the known contract, else one with a lot worth about a dollar and low leverage."""
    known = _LARGE_TIERS.get(symbol)
    if known is not None:
        decimals, leverage, bound, lower = known
        tiers = (MarginTier(0, leverage), MarginTier(bound * _MILLION, lower))
        return Instrument(symbol=symbol, size_decimals=decimals, max_leverage=leverage, tiers=tiers)
    decimals = next((places for dollars, places in _LOT_BY_PRICE if price_micros >= dollars * 1_000_000), 0)
    return Instrument(
        symbol=symbol,
        size_decimals=decimals,
        max_leverage=UNKNOWN_MAX_LEVERAGE,
        tiers=(MarginTier(0, UNKNOWN_MAX_LEVERAGE),),
    )
