"""How each stream is read: from the board's windows, features and memory to facts with their ages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, zip_longest

from apps.core.moments import to_ms
from apps.decisions.engine.presets import Preset
from apps.decisions.engine.stream_facts import (
    BookFact,
    CandleFact,
    CapitalFact,
    CostFact,
    Datum,
    DepthFact,
    FundingFact,
    IndicatorFact,
    LiquidityFact,
    PositioningFact,
    PredictionFact,
    VolatilityFact,
)
from apps.exchange.types import Book
from apps.market.queries import FEATURE_CANDLES, MarketBoard, list_capital
from apps.market.types import (
    CHAIN_OF,
    CandleWindow,
    CapitalLevel,
    Features,
    MarketMemory,
    MemoryStream,
    PredictionValue,
    PredictionView,
    SubjectKind,
)

WORDS_KEPT = 200
"""Characters of a stranger's text that a packet keeps."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where the facts of one asset come from; `lengths` are the candle lengths that features are of."""

    symbol: str
    board: MarketBoard
    preset: Preset
    memory: MarketMemory
    lengths: tuple[int, ...]

    @property
    def now_ms(self) -> int:
        """The moment of the decision."""
        return self.board.at_ms


def read_candles(source: Source, length: int) -> tuple[CandleFact, ...]:
    """The newest candles of one length, if there are any."""
    found = source.board.windows([source.symbol], interval_ms=length, limit=FEATURE_CANDLES)
    return tuple(_candle_fact(window, source) for window in found.values())


def _candle_fact(window: CandleWindow, source: Source) -> CandleFact:
    count, length = source.preset.candles, window.interval_ms
    opens = window.open_ms[-count:]
    last = opens[-1]
    is_whole = (last - opens[0]) // length + 1 == len(opens)
    return CandleFact(
        interval_ms=length,
        last_close_at_ms=last + length,
        back=() if is_whole else tuple((last - open_ms) // length for open_ms in opens),
        open_micros=tuple(window.open_micros[-count:]),
        high_micros=tuple(window.high_micros[-count:]),
        low_micros=tuple(window.low_micros[-count:]),
        close_micros=tuple(window.close_micros[-count:]),
        volume_micros=tuple(window.volume_micros[-count:]),
        knowable_at_ms=to_ms(window.knowable_at),
        age_ms=source.now_ms - last - length,
    )


def _features(source: Source) -> Iterable[tuple[Features, int, int]]:
    """The features of every length that has candles, with when they became knowable and their age."""
    for length in source.lengths:
        found = source.board.features([source.symbol], interval_ms=length)[source.symbol]
        if found.closed_at is not None and found.knowable_at is not None:
            yield found, to_ms(found.knowable_at), source.now_ms - to_ms(found.closed_at)


def _indicators(source: Source) -> tuple[IndicatorFact, ...]:
    return tuple(
        IndicatorFact(
            interval_ms=found.interval_ms,
            rsi_14_e6=found.indicators.rsi_14_e6,
            sma_20_micros=found.indicators.sma_20_micros,
            ema_20_micros=found.indicators.ema_20_micros,
            bollinger_upper_micros=found.indicators.bollinger_upper_micros,
            bollinger_lower_micros=found.indicators.bollinger_lower_micros,
            macd_nanos=found.indicators.macd_nanos,
            macd_signal_nanos=found.indicators.macd_signal_nanos,
            macd_histogram_nanos=found.indicators.macd_histogram_nanos,
            knowable_at_ms=known,
            age_ms=age,
        )
        for found, known, age in _features(source)
    )


def _volatility(source: Source) -> tuple[VolatilityFact, ...]:
    return tuple(
        VolatilityFact(
            interval_ms=found.interval_ms,
            realised_20_e6=found.volatility.realised_20_e6,
            realised_100_e6=found.volatility.realised_100_e6,
            annualised_20_bps=found.volatility.annualised_20_bps,
            parkinson_20_e6=found.volatility.parkinson_20_e6,
            atr_14_nanos=found.volatility.atr_14_nanos,
            knowable_at_ms=known,
            age_ms=age,
        )
        for found, known, age in _features(source)
    )


def _funding(source: Source) -> tuple[FundingFact, ...]:
    rates = source.memory.funding[-source.preset.funding_hours :]
    if not rates:
        return ()
    hour_ms = to_ms(rates[-1].hour_at)
    known = max(to_ms(rate.knowable_at) for rate in rates)
    return (FundingFact(hour_ms, tuple(rate.rate_e10 for rate in rates), known, source.now_ms - hour_ms),)


def _positioning(source: Source) -> tuple[PositioningFact, ...]:
    """As old as the open interest, and nothing without it: funding alone is a stream of its own."""
    found, age = source.memory.positioning, source.memory.ages_ms.get(MemoryStream.CONTEXT)
    if found is None or age is None:
        return ()
    return (
        PositioningFact(
            open_interest_micros=found.open_interest_micros,
            open_interest_1h_bps=found.open_interest_1h_bps,
            open_interest_24h_bps=found.open_interest_24h_bps,
            turnover_bps=found.turnover_bps,
            premium_e10=found.premium_e10,
            funding_8h_e10=found.funding_8h_e10,
            funding_24h_e10=found.funding_24h_e10,
            funding_z_e4=found.funding_z_e4,
            knowable_at_ms=to_ms(found.knowable_at),
            age_ms=age,
        ),
    )


def _two_sided(source: Source) -> Book | None:
    """The book, None where a side is empty: half a book is no book."""
    book = source.memory.book
    return book if book is not None and book.bids and book.asks else None


def _order_book(source: Source) -> tuple[BookFact, ...]:
    book, count = _two_sided(source), source.preset.book_levels
    if book is None:
        return ()
    return (
        BookFact(
            bids=tuple((level.price_micros, level.size_lots) for level in book.bids[:count]),
            asks=tuple((level.price_micros, level.size_lots) for level in book.asks[:count]),
            reference=book.reference,
            knowable_at_ms=book.at_ms,
            age_ms=source.now_ms - book.at_ms,
            size_decimals=source.board.instruments([source.symbol])[source.symbol].size_decimals,
        ),
    )


def _liquidity(source: Source) -> tuple[LiquidityFact, ...]:
    found, book = source.memory.liquidity, _two_sided(source)
    if found is None or book is None:
        return ()
    return (
        LiquidityFact(
            mid_micros=found.mid_micros,
            spread_e6=found.spread_e6,
            imbalance_bps=found.imbalance_bps,
            depths=tuple(
                DepthFact(one.bps, one.bid_micros, one.ask_micros, one.is_whole) for one in found.depths
            ),
            costs=tuple(
                CostFact(one.notional_micros, one.buy_micros, one.sell_micros) for one in found.costs
            ),
            knowable_at_ms=to_ms(found.knowable_at),
            age_ms=source.now_ms - book.at_ms,
        ),
    )


def _predictions(source: Source) -> tuple[PredictionFact, ...]:
    """Markets that end soon and later in turns, the best linked of each first."""
    views = source.memory.predictions
    pairs = zip_longest(views.get(PredictionView.IMMEDIATE, ()), views.get(PredictionView.LATER, ()))
    found = [value for value in chain.from_iterable(pairs) if value is not None]
    return tuple(_prediction_fact(value, source) for value in found[: source.preset.predictions])


def _prediction_fact(value: PredictionValue, source: Source) -> PredictionFact:
    known = to_ms(value.knowable_at)
    return PredictionFact(
        source=value.source,
        market_id=value.market_id,
        question=value.question[:WORDS_KEPT],
        event_title=value.event_title[:WORDS_KEPT],
        outcomes=tuple(label[:WORDS_KEPT] for label in value.outcomes),
        prices_e6=value.prices_e6,
        best_bid_e6=value.best_bid_e6,
        best_ask_e6=value.best_ask_e6,
        liquidity_micros=value.liquidity_micros,
        volume_24h_micros=value.volume_24h_micros,
        status=value.status,
        ends_at_ms=None if value.ends_at is None else to_ms(value.ends_at),
        confidence_bps=value.confidence_bps,
        knowable_at_ms=known,
        age_ms=source.now_ms - known,
    )


def _capital(source: Source) -> tuple[CapitalFact, ...]:
    """The figures of the asset's own chain first, then the global ones, which all assets of the board share."""
    levels = _levels(source.board, kind=SubjectKind.GLOBAL, subject=None)
    if source.symbol in CHAIN_OF:
        own = _levels(source.board, kind=SubjectKind.CHAIN, subject=CHAIN_OF[source.symbol])
        levels = (*own, *levels)
    return tuple(
        CapitalFact(
            metric=level.metric,
            kind=level.kind,
            subject=level.subject,
            value_micros=level.value_micros,
            change_1d_bps=level.change_1d_bps,
            change_7d_bps=level.change_7d_bps,
            is_provisional=level.is_provisional,
            knowable_at_ms=to_ms(level.knowable_at),
            age_ms=source.now_ms - to_ms(level.at),
        )
        for level in levels[: source.preset.capital]
    )


def _levels(board: MarketBoard, *, kind: SubjectKind, subject: str | None) -> tuple[CapitalLevel, ...]:
    return board.once(
        ("capital", kind, subject),
        lambda: tuple(list_capital(at=board.at, kind=kind, subject=subject)),
    )


READERS: Mapping[str, Callable[[Source], tuple[Datum, ...]]] = {
    "funding": _funding,
    "order_book": _order_book,
    "positioning": _positioning,
    "indicators": _indicators,
    "volatility": _volatility,
    "liquidity": _liquidity,
    "predictions": _predictions,
    "capital": _capital,
}
"""How each stream that is not candles is read."""
