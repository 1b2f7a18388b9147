"""Candles for the tests of features: random walks, one walk that never changes, and the recorded ones."""

import csv
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from hypothesis import strategies as st

from tests.market.places import recorded

COINS = ("AVAX", "BTC", "DOGE", "ETH", "HYPE", "LINK", "SOL", "XRP")


@dataclass(frozen=True)
class Candles:
    """Columns in micro-dollars, ascending."""

    highs: tuple[int, ...]
    lows: tuple[int, ...]
    closes: tuple[int, ...]


def candles(closes: list[int], wick: int = 7) -> Candles:
    """Candles that open where the one before closed, with the same wick at both ends."""
    pairs = list(pairwise([closes[0], *closes]))
    highs = tuple(max(pair) + wick for pair in pairs)
    lows = tuple(max(1, min(pair) - wick) for pair in pairs)
    return Candles(highs, lows, tuple(closes))


@st.composite
def walks(draw: st.DrawFn, least: int = 1, most: int = 260) -> Candles:
    """A walk of up to 3 % a step from a price between a tenth of a cent and a million dollars."""
    price = draw(st.integers(1_000, 10**12))
    closes = [price]
    for step in draw(st.lists(st.integers(-300, 300), min_size=least - 1, max_size=most - 1)):
        price = max(1_000, price + price * step // 10_000)
        closes.append(price)
    return candles(closes, wick=draw(st.integers(0, 5)))


def steady_walk(count: int) -> Candles:
    """A walk from a written-down generator: the same numbers in every version of everything."""
    state, price, closes = 12_345, 65_000_000_000, []
    for _ in range(count):
        state = (state * 1_103_515_245 + 12_345) % 2**31
        price += price * (state // 65_536 % 401 - 200) // 100_000
        closes.append(price)
    return candles(closes, wick=5_000_000)


def recorded_candles(coin: str) -> Candles:
    """The recorded quarter hours of a coin; skips where they are absent."""
    with recorded("hyperliquid-candles").joinpath(f"{coin}_15m.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    highs, lows, closes = (
        tuple(int(Decimal(row[name]) * 1_000_000) for row in rows) for name in ("h", "l", "c")
    )
    return Candles(highs, lows, closes)
