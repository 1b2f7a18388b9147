"""The live source asks the right questions and trusts no answer."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.core.errors import AdapterError
from apps.market.adapters.hyperliquid.client import InfoClient
from apps.market.adapters.hyperliquid.source import HyperliquidSource

NOW = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)


class FakeVenue(InfoClient):
    """Answers by the type of question and remembers what was asked."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.asked: list[dict[str, Any]] = []

    def _ask(self, document: dict[str, object]) -> object:
        self.asked.append(document)
        return self.answers[str(document["type"])]


def candle(open_ms: int) -> dict[str, Any]:
    numbers = {"o": "10", "h": "12", "l": "9", "c": "11", "v": "1.5", "n": 3}
    return {"t": open_ms, "T": open_ms + 59_999, "s": "BTC", "i": "1m", **numbers}


def venue(**answers: Any) -> FakeVenue:
    assets = [{"name": name, "szDecimals": 5, "maxLeverage": 40} for name in ("BTC", "ETH")]
    context = {"markPx": "10.5", "oraclePx": "10.4", "midPx": "10.45", "funding": "0.0000125"}
    return FakeVenue({"metaAndAssetCtxs": [{"universe": assets}, [context, context]], **answers})


def test_only_chosen_symbols_are_registered_and_priced() -> None:
    source = HyperliquidSource(venue(), symbols=["BTC"])
    assert [item.symbol for item in (listing.instrument for listing in source.listings())] == ["BTC"]
    assert [tick.symbol for tick in source.quotes(symbols=["BTC"], at=NOW)] == ["BTC"]


def test_candles_are_the_closed_ones_in_the_window() -> None:
    minute = NOW_MS // 60_000 * 60_000
    asked = venue(candleSnapshot=[candle(minute - 120_000), candle(minute - 60_000), candle(minute)])
    source = HyperliquidSource(asked, symbols=["BTC"])
    start = NOW - timedelta(seconds=91)
    bars = source.candles(symbol="BTC", interval_ms=60_000, start=start, end=NOW)
    assert [bar.open_ms for bar in bars] == [minute - 120_000, minute - 60_000]
    question = asked.asked[0]["req"]
    assert (question["coin"], question["interval"], question["endTime"]) == ("BTC", "1m", NOW_MS)


def test_a_symbol_that_the_venue_lacks_has_no_book() -> None:
    with pytest.raises(AdapterError, match="no WIF"):
        HyperliquidSource(venue(), symbols=["WIF"]).book(symbol="WIF", at=NOW)


def test_a_book_is_in_lots_of_its_asset() -> None:
    side = [{"px": "10.4", "sz": "0.00012", "n": 1}], [{"px": "10.5", "sz": "2", "n": 1}]
    source = HyperliquidSource(
        venue(l2Book={"coin": "BTC", "time": NOW_MS, "levels": list(side)}), symbols=["BTC"]
    )
    book = source.book(symbol="BTC", at=NOW)
    assert book is not None
    assert (book.bids, book.asks) == (((10_400_000, 12),), ((10_500_000, 200_000),))
