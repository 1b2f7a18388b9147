"""What the data streams of one asset say at the moment of a decision, as frozen values in integers.

Units are those of market memory: `_micros` micro-dollars (open interest 1e-6 units), `_nanos` 1e-9 dollars, `_e6`
1e-6, `_e10` 1e-10, `_e4` 1e-4, `_bps` 1e-4; None stands for what there is not enough data for. Every datum carries
`knowable_at_ms`, the moment at which its newest part became known, and `age_ms`, how old it was at the decision.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


class Datum(Protocol):
    """What every fact of a stream tells of itself."""

    @property
    def knowable_at_ms(self) -> int:
        """The moment at which its newest part became known."""
        ...

    @property
    def age_ms(self) -> int:
        """How old it was at the decision."""
        ...


@dataclass(frozen=True, slots=True)
class CandleFact:
    """The newest closed candles of one length as columns of equal length, oldest first, never empty.

    `back` counts how many candle lengths before the newest each one closed; it is empty where none is missing.
    """

    interval_ms: int
    last_close_at_ms: int
    back: tuple[int, ...]
    open_micros: tuple[int, ...]
    high_micros: tuple[int, ...]
    low_micros: tuple[int, ...]
    close_micros: tuple[int, ...]
    volume_micros: tuple[int, ...]
    knowable_at_ms: int
    age_ms: int


@dataclass(frozen=True, slots=True)
class FundingFact:
    """Hourly funding rates of past hours, oldest first; `hour_at_ms` is the newest's hour."""

    hour_at_ms: int
    rates_e10: tuple[int, ...]
    knowable_at_ms: int
    age_ms: int


@dataclass(frozen=True, slots=True)
class PositioningFact:
    """Open interest, turnover, premium and mean funding against their own past."""

    open_interest_micros: int | None
    open_interest_1h_bps: int | None
    open_interest_24h_bps: int | None
    turnover_bps: int | None
    premium_e10: int | None
    funding_8h_e10: int | None
    funding_24h_e10: int | None
    funding_z_e4: int | None
    knowable_at_ms: int
    age_ms: int


@dataclass(frozen=True, slots=True)
class IndicatorFact:
    """Indicators of the closes of one candle length, at its newest candle."""

    interval_ms: int
    rsi_14_e6: int | None
    sma_20_micros: int | None
    ema_20_micros: int | None
    bollinger_upper_micros: int | None
    bollinger_lower_micros: int | None
    macd_nanos: int | None
    macd_signal_nanos: int | None
    macd_histogram_nanos: int | None
    knowable_at_ms: int
    age_ms: int


@dataclass(frozen=True, slots=True)
class VolatilityFact:
    """How much the price moves in one candle of a length, at its newest candle."""

    interval_ms: int
    realised_20_e6: int | None
    realised_100_e6: int | None
    annualised_20_bps: int | None
    parkinson_20_e6: int | None
    atr_14_nanos: int | None
    knowable_at_ms: int
    age_ms: int


@dataclass(frozen=True, slots=True)
class BookFact:
    """The best levels of the book, best first, as (price in micro-dollars, lots); `reference` names the stored one.

    A lot is 10^-`size_decimals` units of the asset; None in packets from before that was told.
    """

    bids: tuple[tuple[int, int], ...]
    asks: tuple[tuple[int, int], ...]
    reference: str
    knowable_at_ms: int
    age_ms: int
    size_decimals: int | None = None


@dataclass(frozen=True, slots=True)
class DepthFact:
    """What rests within `bps` of the mid; a lower bound where the snapshot ends before that."""

    bps: int
    bid_micros: int
    ask_micros: int
    is_whole: bool


@dataclass(frozen=True, slots=True)
class CostFact:
    """What a market order of a size pays beyond the mid; None where the snapshot is not deep enough."""

    notional_micros: int
    buy_micros: int | None
    sell_micros: int | None


@dataclass(frozen=True, slots=True)
class LiquidityFact:
    """How deep the book is around its mid."""

    mid_micros: int
    spread_e6: int
    imbalance_bps: int | None
    depths: tuple[DepthFact, ...]
    costs: tuple[CostFact, ...]
    knowable_at_ms: int
    age_ms: int


@dataclass(frozen=True, slots=True)
class PredictionFact:
    """One prediction market about the asset; prices are probabilities in 1e-6 and belong to `outcomes` by position.

    `question`, `event_title` and `outcomes` are words of strangers, cut but not cleaned: data, never instruction.
    """

    source: str
    market_id: str
    question: str
    event_title: str
    outcomes: tuple[str, ...]
    prices_e6: tuple[int, ...]
    best_bid_e6: int | None
    best_ask_e6: int | None
    liquidity_micros: int | None
    volume_24h_micros: int | None
    status: str
    ends_at_ms: int | None
    confidence_bps: int
    knowable_at_ms: int
    age_ms: int


@dataclass(frozen=True, slots=True)
class CapitalFact:
    """One figure of capital on chain with its changes over a day and a week."""

    metric: str
    kind: str
    subject: str
    value_micros: int
    change_1d_bps: int | None
    change_7d_bps: int | None
    is_provisional: bool
    knowable_at_ms: int
    age_ms: int


@dataclass(frozen=True, slots=True)
class MissingFact:
    """A stream that the strategy names and this packet does not have, and why: `missing` or `stale`."""

    stream: str
    reason: str


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """What the strategy's streams gave; a stream it does not name is empty and not among `missing`.

    Candles, indicators and volatility have one entry for each candle length.
    """

    funding: FundingFact | None = None
    candles: tuple[CandleFact, ...] = ()
    indicators: tuple[IndicatorFact, ...] = ()
    volatility: tuple[VolatilityFact, ...] = ()
    positioning: PositioningFact | None = None
    order_book: BookFact | None = None
    liquidity: LiquidityFact | None = None
    predictions: tuple[PredictionFact, ...] = ()
    capital: tuple[CapitalFact, ...] = ()
    missing: tuple[MissingFact, ...] = ()

    def data(self) -> Iterator[Datum]:
        """Every datum that is there."""
        single: tuple[Datum | None, ...] = (
            self.funding,
            self.positioning,
            self.order_book,
            self.liquidity,
        )
        yield from (fact for fact in single if fact is not None)
        many: tuple[tuple[Datum, ...], ...] = (
            self.candles,
            self.indicators,
            self.volatility,
            self.predictions,
            self.capital,
        )
        for facts in many:
            yield from facts

    @property
    def newest_knowable_at_ms(self) -> int:
        """The latest moment at which any datum here became knowable; 0 where there is none."""
        return max((fact.knowable_at_ms for fact in self.data()), default=0)
