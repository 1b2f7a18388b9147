"""The random market of a sequence: assets with tiers, quotes that wander and jump, books of a few levels."""

import random
from dataclasses import replace
from fractions import Fraction

from apps.exchange.types import Book, BookLevel, Instrument, MarginTier, Policy, Quote
from tests.exchange.reference import rules

DOLLAR = rules.DOLLAR
STEP_MS = 7_000
VENUE = {
    entry.symbol: entry
    for entry in (
        Instrument("BTC", 5, 40, (MarginTier(0, 40), MarginTier(150_000_000 * DOLLAR, 20))),
        Instrument(
            "EARLY",
            3,
            40,
            (MarginTier(0, 40), MarginTier(10_000 * DOLLAR, 25), MarginTier(400_000 * DOLLAR, 10)),
        ),
        Instrument("HYPE", 2, 10, (MarginTier(0, 10), MarginTier(3_000_000 * DOLLAR, 5))),
        Instrument("ONLY", 1, 5, (), only_isolated=True),
        Instrument("kPEPE", 0, 20),
    )
}
PRICES = {
    "BTC": 97_123_456_789,
    "EARLY": 3_456_712_345,
    "HYPE": 42_123_456,
    "ONLY": 1_234_567,
    "kPEPE": 12_345,
}


class Market:
    """Quotes and books of one sequence."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.now_ms = 1_700_000_000_000
        self.venue = dict(VENUE)
        self.quotes = {
            symbol: self._quote(symbol, self._near(price, 0.5)) for symbol, price in PRICES.items()
        }

    def _near(self, price: int, width: float) -> int:
        return max(1_000, int(price * (1 + self.dice.uniform(-width, width))))

    def _quote(self, symbol: str, mark: int) -> Quote:
        return Quote(
            symbol,
            mark,
            self._near(mark, 0.004),
            self._near(mark, 0.004),
            self.now_ms,
            self.dice.randint(-400_000_000, 400_000_000)
            if self.dice.random() < 0.1
            else self.dice.randint(-(10**6), 10**6),
            f"quote:{symbol}:{self.now_ms}",
        )

    def wander(self) -> None:
        """Let some seconds pass and every price move a little."""
        self.now_ms += self.dice.choice((STEP_MS, STEP_MS, 60_000))
        for symbol, quote in self.quotes.items():
            self.quotes[symbol] = self._quote(symbol, self._near(quote.mark_micros, 0.006))

    def gap(self, symbol: str, mark: int) -> None:
        """Let one price jump."""
        self.quotes[symbol] = self._quote(symbol, max(mark, 1_000))

    def delist(self, symbol: str) -> None:
        """Take an asset off the venue."""
        self.venue[symbol] = replace(self.venue[symbol], is_delisted=True)

    def book(self, symbol: str) -> Book | None:
        """A book around the mid, sometimes deep, sometimes thin, sometimes none."""
        quote, instrument = self.quotes[symbol], self.venue[symbol]
        if self.dice.random() < 0.4 or rules.step_at(quote.mid_micros, instrument) * 200 > quote.mid_micros:
            return None
        typical = int(
            Fraction(10 ** self.dice.randint(2, 7) * DOLLAR * 10**instrument.size_decimals, quote.mark_micros)
        )
        gap = self.dice.randint(0, 4) if self.dice.random() < 0.2 else None
        sides: dict[int, tuple[BookLevel, ...]] = {}
        for side in (1, -1):
            price, levels = quote.mid_micros, []
            for place in range(self.dice.randint(1, 6)):
                if place == gap:
                    price += side * (price // self.dice.choice((8, 15, 60)))
                step = rules.step_at(price, instrument)
                price += side * self.dice.choice((step, 3 * step, max(step, price // 500)))
                price = -(-price // step) * step if side > 0 else price // step * step
                if price <= 0:
                    break
                levels.append(BookLevel(price, self.dice.randint(1, 2 * typical + 1)))
            sides[side] = tuple(levels)
        if not (sides[1] and sides[-1]):
            return None
        return Book(symbol, self.now_ms, sides[-1], sides[1], f"book:{symbol}:{self.now_ms}")


def random_policy(dice: random.Random) -> Policy:
    """A policy that bounds leverage and asks a fee; what it bounds beside that is out of reach."""
    beyond = 10**17
    return Policy(
        version="reference",
        allowed_symbols=tuple(VENUE),
        taker_fee_rate_e10=dice.choice((4_500_000, 4_500_000, 3_200_000, 1)),
        has_fee_tiers=dice.random() < 0.7,
        max_leverage=dice.choice((40, 40, 20)),
        max_position_micros=beyond,
        max_exposure_micros=beyond,
        max_net_exposure_micros=beyond,
        max_account_leverage=10**6,
        max_actions_per_window=10**6,
        max_slippage_bps=dice.choice((1_000, 1_000, 200)),
        half_spread_rate_e10=dice.choice((1_000_000, 0, 7_777_777)),
        impact_rate_e10=dice.choice((10_000_000, 0, 123_456_789)),
        impact_depth_micros=dice.choice((10**12, 10**10)),
    )
