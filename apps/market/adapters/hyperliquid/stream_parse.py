"""Strict parsing of the frames of the venue's socket."""

from collections.abc import Mapping
from typing import NamedTuple

from apps.core import json_strict
from apps.core.errors import AdapterError, DomainError
from apps.market.adapters.bars import bar_fault
from apps.market.adapters.hyperliquid import parse
from apps.market.adapters.numbers import positive, volume, whole
from apps.market.adapters.times import FUTURE_MS, epoch_ms
from apps.market.types import MINUTE_MS, Bar, BookTick, ContextTick, QuoteTick

MAX_FRAME_BYTES = 1_000_000
GREETING = b"Websocket connection established."


class CandleFrame(NamedTuple):
    """The present state of one minute; `trades` only grows while the minute forms."""

    symbol: str
    bar: Bar
    trades: int


def _refuse(what: str) -> AdapterError:
    return AdapterError(f"Hyperliquid socket: {what}", transient=False)


def frame(data: bytes | str) -> tuple[str, object]:
    """Return the channel and the content of a frame; the greeting is the channel "greeting"."""
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    if raw == GREETING:
        return "greeting", None
    try:
        document = json_strict.loads(raw, max_bytes=MAX_FRAME_BYTES)
    except DomainError as error:
        raise _refuse(error.detail) from None
    if not isinstance(document, dict) or not isinstance(document.get("channel"), str):
        raise _refuse("a frame without a channel")
    return document["channel"], document.get("data")


def _content(data: object, symbols: Mapping[str, int], key: str) -> tuple[str, dict[str, object]]:
    if not isinstance(data, dict):
        raise _refuse("the content is not an object")
    symbol = data.get(key)
    if not isinstance(symbol, str) or symbol not in symbols:
        raise _refuse(f"not subscribed to {str(symbol)[:40]!r}")
    return symbol, data


def candle(data: object, *, symbols: Mapping[str, int], now_ms: int) -> CandleFrame:
    """Return the state of a minute; `symbols` are the coins that are followed, with their size decimals."""
    symbol, row = _content(data, symbols, "s")
    if row.get("i") != "1m":
        raise _refuse(f"a candle of {str(row.get('i'))[:10]!r}, not of a minute")
    first, high, low, last = (positive(row.get(name), 6) for name in "ohlc")
    open_ms, close_ms = epoch_ms(row.get("t")), epoch_ms(row.get("T"))
    bar = Bar(open_ms, first, high, low, last, volume(row.get("v")))
    fault = bar_fault(bar, close_ms=close_ms, interval_ms=MINUTE_MS)
    if open_ms > now_ms + FUTURE_MS:
        fault = "it has not begun"  # it would hide every true candle that comes before it
    if fault:
        raise _refuse(f"candle {symbol} at {open_ms}: {fault}")
    return CandleFrame(symbol, bar, whole(row.get("n")))


def context(data: object, *, symbols: Mapping[str, int]) -> tuple[QuoteTick, ContextTick]:
    """Return the prices and the positioning of a coin."""
    symbol, document = _content(data, symbols, "coin")
    return parse.context(symbol, document.get("ctx"))


def book(data: object, *, symbols: Mapping[str, int], now_ms: int) -> BookTick:
    """Return a book in lots of its coin."""
    symbol, document = _content(data, symbols, "coin")
    found = parse.book(document, symbol=symbol, size_decimals=symbols[symbol], now_ms=now_ms)
    if found is None:
        raise _refuse("no book")
    return found
