"""Strict parsing of Hyperliquid info answers; a body of another shape is refused whole."""

from collections.abc import Sequence

from apps.core.errors import AdapterError
from apps.exchange.types import Instrument, MarginTier
from apps.market.adapters.bars import bar_fault
from apps.market.adapters.numbers import positive, scaled, whole
from apps.market.types import INTERVALS_MS, Bar, BookTick, QuoteTick

MAX_BOOK_LEVELS = 20
SINGLE_TIER_TABLES_BELOW = 50
SETTLED_AFTER_MS = 10_000


def _refuse(what: str) -> AdapterError:
    return AdapterError(f"Hyperliquid: {what}", transient=False)


def _list(value: object, what: str) -> list[object]:
    if not isinstance(value, list):
        raise _refuse(f"{what} is not a list")
    return value


def _dict(value: object, what: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise _refuse(f"{what} is not an object")
    return value


def _name(value: object, what: str) -> str:
    if not isinstance(value, str) or not value or len(value) > 40 or not value.isprintable():
        raise _refuse(f"{what} is not a name")
    return value


def meta(body: object) -> list[Instrument]:
    """Return every instrument of a `meta` answer in the venue's order, delisted ones included."""
    document = _dict(body, "meta")
    tables = _margin_tables(document.get("marginTables"))
    instruments = []
    for entry in _list(document.get("universe"), "universe"):
        asset = _dict(entry, "an asset")
        leverage = whole(asset.get("maxLeverage"), low=1, high=1_000)
        instruments.append(
            Instrument(
                symbol=_name(asset.get("name"), "an asset's name"),
                size_decimals=whole(asset.get("szDecimals"), high=6),
                max_leverage=leverage,
                tiers=_tiers(asset.get("marginTableId"), leverage, tables),
                is_delisted=asset.get("isDelisted") is True,
                only_isolated=asset.get("onlyIsolated") is True or asset.get("marginMode") is not None,
            )
        )
    if len({instrument.symbol for instrument in instruments}) != len(instruments):
        raise _refuse("universe names an asset twice")
    return instruments


def _margin_tables(value: object) -> dict[int, tuple[MarginTier, ...]]:
    tables = {}
    for entry in _list([] if value is None else value, "marginTables"):
        pair = _list(entry, "a margin table")
        if len(pair) != 2:
            raise _refuse("a margin table is not a pair")
        tiers = tuple(
            MarginTier(
                scaled(_dict(tier, "a margin tier").get("lowerBound"), 6),
                whole(_dict(tier, "a margin tier").get("maxLeverage"), low=1, high=1_000),
            )
            for tier in _list(_dict(pair[1], "a margin table").get("marginTiers"), "marginTiers")
        )
        bounds = [tier.lower_bound_micros for tier in tiers]
        if not bounds or bounds[0] != 0 or bounds != sorted(set(bounds)):
            raise _refuse("margin tiers do not ascend from zero")
        tables[whole(pair[0])] = tiers
    return tables


def _tiers(table: object, leverage: int, tables: dict[int, tuple[MarginTier, ...]]) -> tuple[MarginTier, ...]:
    if table is None:
        return (MarginTier(0, leverage),)
    number = whole(table)
    if number in tables:
        return tables[number]
    if 0 < number < SINGLE_TIER_TABLES_BELOW:
        return (MarginTier(0, number),)
    if tables:
        raise _refuse(f"margin table {number} is not in the answer")
    return (MarginTier(0, leverage),)


def meta_and_contexts(body: object) -> tuple[list[Instrument], list[QuoteTick]]:
    """Return instruments and their prices, joined by position; unequal lengths refuse everything.

    A null price stays None. One unreadable price becomes None too: the guard records it as missing.
    """
    pair = _list(body, "metaAndAssetCtxs")
    if len(pair) != 2:
        raise _refuse("metaAndAssetCtxs is not a pair")
    instruments = meta(pair[0])
    contexts = _list(pair[1], "contexts")
    if len(instruments) != len(contexts):
        raise _refuse(f"{len(instruments)} assets but {len(contexts)} contexts")
    ticks = []
    for instrument, entry in zip(instruments, contexts, strict=True):
        context = _dict(entry, "a context")
        ticks.append(
            QuoteTick(
                instrument.symbol,
                _price(context.get("markPx")),
                _price(context.get("oraclePx")),
                _price(context.get("midPx")),
                _rate(context.get("funding")),
            )
        )
    return instruments, ticks


def _price(value: object) -> int | None:
    if value is None:
        return None
    try:
        return scaled(value, 6)
    except AdapterError:
        return None


def _rate(value: object) -> int:
    rate = 0 if value is None else scaled(value, 10)
    if abs(rate) > 400_000_000:
        raise _refuse("a funding rate is beyond the venue's cap of 4 % an hour")
    return rate


def all_mids(body: object) -> dict[str, int]:
    """Return mids in micro-dollars by symbol."""
    return {name: positive(price, 6) for name, price in _dict(body, "allMids").items()}


def candles(body: object, *, symbol: str, interval: str, now_ms: int) -> list[Bar]:
    """Return the closed candles of a snapshot, ascending.

    A candle is closed when a later one is in the answer. The last one counts as closed only when its end is
    `SETTLED_AFTER_MS` behind `now_ms`: our clock may run ahead of the venue's, and late trades still enter.
    """
    length = INTERVALS_MS[interval]
    bars: list[Bar] = []
    for entry in _list([] if body is None else body, "candleSnapshot"):
        row = _dict(entry, "a candle")
        if row.get("s") != symbol or row.get("i") != interval:
            raise _refuse(f"candle is of {row.get('s')} {row.get('i')}, asked was {symbol} {interval}")
        first, high, low, last = (positive(row.get(key), 6) for key in "ohlc")
        bar = Bar(whole(row.get("t")), first, high, low, last, scaled(row.get("v"), 6))
        fault = bar_fault(bar, close_ms=whole(row.get("T")), interval_ms=length)
        if fault:
            raise _refuse(f"candle {symbol} at {bar.open_ms}: {fault}")
        if bars and bar.open_ms <= bars[-1].open_ms:
            raise _refuse(f"candle {symbol} at {bar.open_ms} is out of order")
        bars.append(bar)
    if bars and bars[-1].open_ms + length + SETTLED_AFTER_MS > now_ms:
        bars.pop()
    return [bar for bar in bars if bar.open_ms + length <= now_ms]


def book(body: object, *, symbol: str, size_decimals: int) -> BookTick | None:
    """Return a book, None for the venue's null (an unknown coin); crossed or unsorted sides are refused."""
    if body is None:
        return None
    document = _dict(body, "l2Book")
    if document.get("coin") != symbol:
        raise _refuse(f"book is of {document.get('coin')}, asked was {symbol}")
    whole(document.get("time"), low=1)
    sides = _list(document.get("levels"), "levels")
    if len(sides) != 2:
        raise _refuse("a book has two sides")
    bids, asks = (_side(side, size_decimals) for side in sides)
    prices = [price for price, _ in bids]
    if prices != sorted(prices, reverse=True):
        raise _refuse("bids do not descend")
    offers = [price for price, _ in asks]
    if offers != sorted(offers):
        raise _refuse("asks do not ascend")
    if prices and offers and prices[0] >= offers[0]:
        raise _refuse("the book is crossed")
    return BookTick(symbol, bids, asks)


def _side(value: object, size_decimals: int) -> tuple[tuple[int, int], ...]:
    levels: Sequence[object] = _list(value, "a side of the book")[:MAX_BOOK_LEVELS]
    return tuple(
        (
            positive(_dict(level, "a level").get("px"), 6),
            positive(_dict(level, "a level").get("sz"), size_decimals),
        )
        for level in levels
    )


def funding_history(body: object, *, symbol: str) -> dict[int, int]:
    """Return hourly rates (1e-10) by the hour they were paid, in epoch ms."""
    rates = {}
    for entry in _list(body, "fundingHistory"):
        row = _dict(entry, "a funding row")
        if row.get("coin") != symbol:
            raise _refuse(f"funding is of {row.get('coin')}, asked was {symbol}")
        rates[whole(row.get("time")) // 3_600_000 * 3_600_000] = scaled(row.get("fundingRate"), 10)
    return rates
