"""The synthetic market behind the port: instruments, candles, quotes, books and funding from a seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.core.errors import AdapterError
from apps.core.moments import to_ms
from apps.exchange.types import Instrument
from apps.market.adapters.contracts import instrument_for, units_of
from apps.market.adapters.synthetic.waves import STEP_SECONDS, deviation_ppb, mix
from apps.market.types import (
    HOUR_MS,
    INTERVAL_NAMES,
    MINUTE_MS,
    Bar,
    BookTick,
    ContextTick,
    FundingTick,
    Listing,
    QuoteTick,
    SourceName,
)

BASE_PRICES_MICROS = {
    "BTC": 65_000_000_000,
    "ETH": 1_900_000_000,
    "SOL": 78_000_000,
    "XRP": 1_115_000,
    "DOGE": 73_100,
    "AVAX": 6_600_000,
    "LINK": 8_580_000,
    "HYPE": 62_400_000,
}
DEPTH_MICROS = {"BTC": 900_000_000_000, "ETH": 500_000_000_000, "SOL": 250_000_000_000}
"""Typical notional of one book level; other assets have `OTHER_DEPTH_MICROS`."""
OTHER_DEPTH_MICROS = 80_000_000_000
BOOK_LEVELS = 20
HALF_SPREAD_PPM = 60
_BILLION = 1_000_000_000


def tick_micros(price_micros: int, size_decimals: int) -> int:
    """Return the venue's price step: five significant digits, at most 6 - size_decimals decimals."""
    by_digits = 10 ** max(0, len(str(price_micros)) - 5)
    return max(min(by_digits, 1_000_000), 10**size_decimals)


@dataclass(frozen=True, slots=True)
class _Contract:
    instrument: Instrument
    base_micros: int
    key: int


class SyntheticSource:
    """Prices of eight well-known perpetuals, wholly determined by the seed."""

    name = SourceName.SYNTHETIC.value
    is_predetermined = True

    def __init__(self, *, seed: int, symbols: Sequence[str] = ()) -> None:
        """Build the market of a seed; `symbols` narrows it. Unknown symbols raise AdapterError."""
        unknown = [symbol for symbol in symbols if symbol not in BASE_PRICES_MICROS]
        if unknown:
            raise AdapterError(f"the synthetic market has no {', '.join(unknown)}", transient=False)
        self.seed = seed
        self.label = f"SYNTHETIC PRICES (seed {seed})"
        self._contracts = {
            symbol: _Contract(
                instrument_for(symbol, price_micros=base), base, mix(seed, *symbol.encode("ascii")) >> 1
            )
            for symbol, base in BASE_PRICES_MICROS.items()
            if not symbols or symbol in symbols
        }

    def listings(self) -> list[Listing]:
        """Return the eight contracts with the venue's real precision and tiers."""
        return [
            Listing(item, units_per_contract=units_of(item.symbol))
            for item in (contract.instrument for contract in self._contracts.values())
        ]

    def tracked(self) -> frozenset[str]:
        """Return every symbol: this market has nothing else."""
        return frozenset(self._contracts)

    def intervals(self, symbol: str) -> tuple[int, ...]:
        """Return one minute: longer candles are derived."""
        self._contract(symbol)
        return (MINUTE_MS,)

    def candles(self, *, symbol: str, interval_ms: int, start: datetime, end: datetime) -> list[Bar]:
        """Return the closed minutes in (start, end]."""
        if interval_ms != MINUTE_MS:
            name = INTERVAL_NAMES.get(interval_ms, f"{interval_ms} ms")
            raise AdapterError(f"the synthetic market has minutes, not {name}", transient=False)
        contract = self._contract(symbol)
        first = to_ms(start) // MINUTE_MS
        last = to_ms(end) // MINUTE_MS
        return [self._minute(contract, minute) for minute in range(first, last)]

    def quotes(self, *, symbols: Sequence[str], at: datetime) -> list[QuoteTick]:
        """Return mark, oracle and mid at a second; the premium moves the funding rate."""
        second = to_ms(at) // 1_000
        return [self._quote(self._contract(symbol), second) for symbol in symbols]

    def book(self, *, symbol: str, at: datetime) -> BookTick:
        """Return twenty levels a side around the mid of that second."""
        contract = self._contract(symbol)
        second = to_ms(at) // 1_000
        bid, ask, tick = self._touch(contract, second)
        wanted = DEPTH_MICROS.get(symbol, OTHER_DEPTH_MICROS)
        typical = wanted * 10**contract.instrument.size_decimals // bid
        seed = mix(contract.key, 101, second // STEP_SECONDS)
        bids, asks = [], []
        for level in range(BOOK_LEVELS):
            seed = mix(seed, level)
            growth = 35 + 5 * level
            bids.append((bid - level * tick, max(1, typical * (growth + seed % 60) // 100)))
            asks.append((ask + level * tick, max(1, typical * (growth + (seed >> 20) % 60) // 100)))
        return BookTick(symbol, tuple(bids), tuple(asks))

    def funding_rate_e10(self, *, symbol: str, at: datetime) -> int:
        """Return the hourly rate of the venue's formula for the synthetic premium."""
        return _hourly_rate(self._premium_e10(self._contract(symbol), to_ms(at) // 1_000))

    def contexts(self, *, symbols: Sequence[str], at: datetime) -> list[ContextTick]:
        """Return open interest that swells with the trend, a day's volume, and the premium of that second."""
        return [self._context(self._contract(symbol), to_ms(at) // 1_000) for symbol in symbols]

    def funding_history(self, *, symbol: str, start: datetime, end: datetime) -> list[FundingTick]:
        """Return the hourly rate and premium at each full hour in [start, end]."""
        contract = self._contract(symbol)
        hours = range(-(-to_ms(start) // HOUR_MS), to_ms(end) // HOUR_MS + 1)
        premiums = [(hour, self._premium_e10(contract, hour * 3_600)) for hour in hours]
        return [FundingTick(hour * HOUR_MS, _hourly_rate(premium), premium) for hour, premium in premiums]

    def rejected(self) -> list[str]:
        """Return nothing: what is made here is sound."""
        return []

    def span(self) -> None:
        """Return None: the market has no first and no last moment."""
        return

    def _contract(self, symbol: str) -> _Contract:
        contract = self._contracts.get(symbol)
        if contract is None:
            raise AdapterError(f"the synthetic market has no {symbol}", transient=False)
        return contract

    def _raw(self, contract: _Contract, second: int) -> int:
        return contract.base_micros * (_BILLION + deviation_ppb(contract.key, second)) // _BILLION

    def _price(self, contract: _Contract, second: int) -> int:
        raw = self._raw(contract, second)
        tick = tick_micros(raw, contract.instrument.size_decimals)
        return (raw + tick // 2) // tick * tick

    def _minute(self, contract: _Contract, minute: int) -> Bar:
        second = minute * 60
        path = [self._price(contract, second + step) for step in range(0, 61, STEP_SECONDS)]
        activity = mix(contract.key, 7, minute)
        units = 5 * DEPTH_MICROS.get(contract.instrument.symbol, OTHER_DEPTH_MICROS) // contract.base_micros
        moved = (max(path) - min(path)) * 4_000 // path[0]
        volume = (units + 1) * 1_000_000 * (20 + activity % 80 + moved * 10) // 100
        return Bar(minute * MINUTE_MS, path[0], max(path), min(path), path[-1], volume)

    def _touch(self, contract: _Contract, second: int) -> tuple[int, int, int]:
        raw = self._raw(contract, second)
        tick = tick_micros(raw, contract.instrument.size_decimals)
        bid = (raw - raw * HALF_SPREAD_PPM // 1_000_000) // tick * tick
        ask = max(bid + tick, -(-(raw + raw * HALF_SPREAD_PPM // 1_000_000) // tick) * tick)
        return bid, ask, tick

    def _premium_e10(self, contract: _Contract, second: int) -> int:
        """Trends are crowded: the premium leans with the drift of the last hour, within ten bps."""
        now, before = deviation_ppb(contract.key, second), deviation_ppb(contract.key, second - 3_600)
        return max(-10_000_000, min(10_000_000, (now - before) // 3))

    def _quote(self, contract: _Contract, second: int) -> QuoteTick:
        bid, ask, _ = self._touch(contract, second)
        mid = (bid + ask) // 2
        premium = self._premium_e10(contract, second)
        oracle = mid - mid * premium // 10**10
        mark = mid - (mid - oracle) // 4
        return QuoteTick(contract.instrument.symbol, mark, oracle, mid, _hourly_rate(premium))

    def _context(self, contract: _Contract, second: int) -> ContextTick:
        symbol, price = contract.instrument.symbol, self._price(contract, second)
        depth = DEPTH_MICROS.get(symbol, OTHER_DEPTH_MICROS)
        trend = abs(deviation_ppb(contract.key, second) - deviation_ppb(contract.key, second - 86_400))
        notional = depth * (400 + trend // 1_000_000)
        bid, ask, tick = self._touch(contract, second)
        return ContextTick(
            symbol=symbol,
            open_interest_micros=2 * notional * 1_000_000 // price,
            day_notional_micros=3 * notional,
            day_base_micros=3 * notional * 1_000_000 // price,
            previous_day_micros=self._price(contract, second - 86_400),
            premium_e10=self._premium_e10(contract, second),
            impact_bid_micros=bid - tick,
            impact_ask_micros=ask + tick,
        )


def _hourly_rate(premium_e10: int) -> int:
    clamped = max(-5_000_000, min(5_000_000, 1_000_000 - premium_e10))
    return (premium_e10 + clamped) // 8
