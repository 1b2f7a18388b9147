"""The market section of a prompt: prices and every stream that the packet has, in people's units."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from apps.decisions.engine.briefing import asset, outside
from apps.decisions.engine.figures import (
    UNKNOWN,
    decimal,
    dollars,
    duration,
    moment,
    nano_dollars,
    percent,
    price,
)
from apps.decisions.engine.stream_facts import (
    BookFact,
    CandleFact,
    CapitalFact,
    FundingFact,
    IndicatorFact,
    LiquidityFact,
    PositioningFact,
    PredictionFact,
    StreamFacts,
    VolatilityFact,
)
from apps.decisions.engine.types import ContextPacket


def market_lines(packet: ContextPacket) -> Iterator[str]:
    """Everything known of the asset, prices first."""
    quote, streams = packet.quote, packet.streams
    yield f"# Market of {asset(packet.symbol)}"
    yield f"Mark: {dollars(quote.mark_micros)}"
    yield f"Oracle: {dollars(quote.oracle_micros)}"
    yield f"Mid: {dollars(quote.mid_micros)}"
    yield f"Price of: {moment(quote.at_ms)} ({duration(packet.now_ms - quote.at_ms)} old)"
    yield f"Funding now: {percent(quote.funding_rate_e10, 8)} an hour"
    if streams is None or not _has_closes(streams, packet):
        yield from _close_lines(packet)
    if streams is not None:
        yield from _stream_lines(streams)


def _stream_lines(streams: StreamFacts) -> Iterator[str]:
    for candles in streams.candles:
        yield from _candle_lines(candles)
    for indicators in streams.indicators:
        yield from _indicator_lines(indicators)
    for volatility in streams.volatility:
        yield from _volatility_lines(volatility)
    if streams.funding is not None:
        yield from _funding_lines(streams.funding)
    if streams.positioning is not None:
        yield from _positioning_lines(streams.positioning)
    if streams.order_book is not None:
        yield from _book_lines(streams.order_book)
    if streams.liquidity is not None:
        yield from _liquidity_lines(streams.liquidity)
    for number, prediction in enumerate(streams.predictions, 1):
        yield from _prediction_lines(number, prediction)
    for number, capital in enumerate(streams.capital, 1):
        yield from _capital_lines(number, capital)


def _age(age_ms: int) -> str:
    return f"{duration(age_ms)} old"


def _has_closes(streams: StreamFacts, packet: ContextPacket) -> bool:
    """Whether a candle table says every close of the packet, so that they need not be said twice."""
    for candles in streams.candles:
        told = set(zip(_closed_at(candles), candles.close_micros, strict=True))
        if candles.interval_ms == packet.interval_ms:
            return all((fact.close_at_ms, fact.close_micros) in told for fact in packet.closes)
    return False


def _closed_at(candles: CandleFact) -> list[int]:
    back = candles.back or range(len(candles.close_micros) - 1, -1, -1)
    return [candles.last_close_at_ms - place * candles.interval_ms for place in back]


def _close_lines(packet: ContextPacket) -> Iterator[str]:
    newest = packet.closes[-1].close_at_ms
    back = [(newest - fact.close_at_ms) // packet.interval_ms for fact in packet.closes]
    yield _head("Closes", packet.interval_ms, newest, back, f"{duration(packet.now_ms - newest)} old")
    yield from _rows(back, [(price(fact.close_micros),) for fact in packet.closes], ("close USD",))


def _candle_lines(candles: CandleFact) -> Iterator[str]:
    back = candles.back or tuple(range(len(candles.close_micros) - 1, -1, -1))
    yield _head("Candles", candles.interval_ms, candles.last_close_at_ms, back, _age(candles.age_ms))
    rows = zip(
        map(price, candles.open_micros),
        map(price, candles.high_micros),
        map(price, candles.low_micros),
        map(price, candles.close_micros),
        (decimal(volume, 6) for volume in candles.volume_micros),
        strict=True,
    )
    yield from _rows(back, list(rows), ("open USD", "high USD", "low USD", "close USD", "volume in units"))


def _head(title: str, interval_ms: int, newest: int, back: Sequence[int], age: str) -> str:
    missing = back[0] + 1 - len(back)
    gaps = f", {missing} missing" if missing else ""
    return (
        f"## {title} of {duration(interval_ms)}, oldest first, the last closed {moment(newest)} ({age}){gaps}"
    )


def _rows(back: Sequence[int], rows: list[tuple[str, ...]], heads: tuple[str, ...]) -> Iterator[str]:
    """The rows; with a gap among them each begins with how many lengths before the last one it closed."""
    if back[0] + 1 == len(back):
        yield " | ".join(heads)
        yield from (" | ".join(row) for row in rows)
        return
    yield " | ".join(("lengths before the last", *heads))
    yield from (" | ".join((str(place), *row)) for place, row in zip(back, rows, strict=True))


def _indicator_lines(fact: IndicatorFact) -> Iterator[str]:
    rsi = UNKNOWN if fact.rsi_14_e6 is None else decimal(fact.rsi_14_e6, 6)
    yield f"## Indicators on candles of {duration(fact.interval_ms)} ({_age(fact.age_ms)})"
    yield f"RSI 14, 0 to 100: {rsi}"
    yield f"Mean 20: {dollars(fact.sma_20_micros)}"
    yield f"Exponential mean 20: {dollars(fact.ema_20_micros)}"
    yield (
        f"Bollinger bands 20: {dollars(fact.bollinger_lower_micros)} to {dollars(fact.bollinger_upper_micros)}"
    )
    yield (
        f"MACD 12, 26, 9: {nano_dollars(fact.macd_nanos)}, signal {nano_dollars(fact.macd_signal_nanos)}, "
        f"histogram {nano_dollars(fact.macd_histogram_nanos)}"
    )


def _volatility_lines(fact: VolatilityFact) -> Iterator[str]:
    yield f"## Volatility of candles of {duration(fact.interval_ms)} ({_age(fact.age_ms)})"
    yield f"Of one candle, last 20: {percent(fact.realised_20_e6, 4)}"
    yield f"Of one candle, last 100: {percent(fact.realised_100_e6, 4)}"
    yield f"Of one candle by highs and lows, last 20: {percent(fact.parkinson_20_e6, 4)}"
    yield f"In a year, by the last 20: {percent(fact.annualised_20_bps, 2)}"
    yield f"Average true range 14: {nano_dollars(fact.atr_14_nanos)}"


def _funding_lines(fact: FundingFact) -> Iterator[str]:
    newest = f"the last of {moment(fact.hour_at_ms)} ({_age(fact.age_ms)})"
    yield f"## Funding of past hours, percent an hour, oldest first, {newest}"
    yield " ".join(decimal(rate, 8) for rate in fact.rates_e10)


def _positioning_lines(fact: PositioningFact) -> Iterator[str]:
    interest = UNKNOWN if fact.open_interest_micros is None else decimal(fact.open_interest_micros, 6)
    yield f"## Positioning ({_age(fact.age_ms)})"
    yield f"Open interest in units: {interest}"
    yield f"Its change in an hour: {percent(fact.open_interest_1h_bps, 2)}"
    yield f"Its change in a day: {percent(fact.open_interest_24h_bps, 2)}"
    yield f"Volume of a day, of the open interest: {percent(fact.turnover_bps, 2)}"
    yield f"Premium of the mark over the oracle: {percent(fact.premium_e10, 8)}"
    yield f"Mean funding of 8 hours: {percent(fact.funding_8h_e10, 8)} an hour"
    yield f"Mean funding of a day: {percent(fact.funding_24h_e10, 8)} an hour"
    deviations = UNKNOWN if fact.funding_z_e4 is None else decimal(fact.funding_z_e4, 4)
    yield f"Funding, in deviations from the week's mean: {deviations}"


def _book_lines(fact: BookFact) -> Iterator[str]:
    # A packet from before lots were explained is worded as it was, so that its prompt is made again byte for byte.
    places = fact.size_decimals or 0
    unit = "lots" if fact.size_decimals is None else "units of the asset"
    yield f"## Order book, best first, price USD x size in {unit} ({_age(fact.age_ms)})"
    for side, levels in (("Bids", fact.bids), ("Asks", fact.asks)):
        yield f"{side}: {' '.join(f'{price(level)}x{decimal(lots, places)}' for level, lots in levels)}"


def _liquidity_lines(fact: LiquidityFact) -> Iterator[str]:
    yield f"## Liquidity ({_age(fact.age_ms)})"
    yield f"Spread: {percent(fact.spread_e6, 4)} of {dollars(fact.mid_micros)}"
    yield f"More bids than asks, of both: {percent(fact.imbalance_bps, 2)}"
    for depth in fact.depths:
        least = "" if depth.is_whole else "at least "
        yield (
            f"Within {percent(depth.bps, 2)} of the mid: {least}{dollars(depth.bid_micros)} bid, "
            f"{least}{dollars(depth.ask_micros)} asked"
        )
    for cost in fact.costs:
        yield (
            f"An order of {dollars(cost.notional_micros)} pays beyond the mid: {dollars(cost.buy_micros)} to buy, "
            f"{dollars(cost.sell_micros)} to sell"
        )


def _prediction_lines(number: int, fact: PredictionFact) -> Iterator[str]:
    ends = "no end named" if fact.ends_at_ms is None else f"ends {moment(fact.ends_at_ms)}"
    yield (
        f"## Prediction market {number}: {fact.status}, {ends} ({_age(fact.age_ms)}); "
        f"about the asset with a confidence of {percent(fact.confidence_bps, 2)}"
    )
    yield outside("prediction", f"{number}.question", fact.question)
    if fact.event_title:
        yield outside("prediction", f"{number}.event", fact.event_title)
    for place, outcome in enumerate(fact.outcomes, 1):
        chance = fact.prices_e6[place - 1] if place <= len(fact.prices_e6) else None
        yield outside("prediction", f"{number}.outcome.{place}", outcome)
        yield f"Price of outcome {place}: {percent(chance, 4)}"
    yield f"Best bid {percent(fact.best_bid_e6, 4)}, best ask {percent(fact.best_ask_e6, 4)}"
    yield f"Liquidity {dollars(fact.liquidity_micros)}, volume of a day {dollars(fact.volume_24h_micros)}"


def _capital_lines(number: int, fact: CapitalFact) -> Iterator[str]:
    provisional = ", the day is not over" if fact.is_provisional else ""
    yield (
        f"## Capital {number}: {fact.metric.replace('_', ' ')} of one {fact.kind} ({_age(fact.age_ms)}{provisional})"
    )
    yield outside("capital", f"{number}.subject", fact.subject)
    yield (
        f"Value {dollars(fact.value_micros)}, change in a day {percent(fact.change_1d_bps, 2)}, "
        f"in a week {percent(fact.change_7d_bps, 2)}"
    )
