"""The live source asks the right questions and trusts no answer."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.core.errors import AdapterError
from apps.market.adapters.hyperliquid.client import InfoClient
from apps.market.adapters.hyperliquid.source import HyperliquidSource

NOW = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)


HOUR_MS = 3_600_000
POSITIONING = {
    "openInterest": "605822.2557999999",
    "prevDayPx": "9.5",
    "dayNtlVlm": "1947297768.6154108047",
    "premium": "-0.0004434847",
    "impactPxs": ["10.44", "10.46"],
    "dayBaseVlm": "23194.12424",
}


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
    context = {"markPx": "10.5", "oraclePx": "10.4", "midPx": "10.45", "funding": "0.0000125", **POSITIONING}
    return FakeVenue({"metaAndAssetCtxs": [{"universe": assets}, [context, context]], **answers})


def test_everything_is_listed_and_only_the_chosen_symbols_are_tracked_and_priced() -> None:
    source = HyperliquidSource(venue(), symbols=["BTC"])
    listings = source.listings()
    assert [(item.instrument.symbol, item.venue_index) for item in listings] == [("BTC", 0), ("ETH", 1)]
    assert source.tracked() == {"BTC"}
    assert [tick.symbol for tick in source.quotes(symbols=["BTC"], at=NOW)] == ["BTC"]


def test_prices_and_positioning_come_from_one_answer_while_it_is_fresh() -> None:
    asked = venue()
    source = HyperliquidSource(asked, symbols=["BTC", "ETH"])
    source.quotes(symbols=["BTC"], at=NOW)
    (context,) = source.contexts(symbols=["ETH"], at=NOW + timedelta(seconds=1))
    assert len(asked.asked) == 1
    assert context == (
        "ETH",
        605_822_255_800,
        1_947_297_768_615_411,
        23_194_124_240,
        9_500_000,
        -4_434_847,
        10_440_000,
        10_460_000,
    )
    source.contexts(symbols=["ETH"], at=NOW + timedelta(seconds=9))
    assert len(asked.asked) == 2


def test_an_unreadable_contract_stops_the_registry_and_no_price() -> None:
    broken = venue()
    broken.answers["metaAndAssetCtxs"][0]["universe"][1]["szDecimals"] = 77
    source = HyperliquidSource(broken, symbols=["BTC", "ETH"])
    assert [tick.mark_micros for tick in source.quotes(symbols=["BTC", "ETH"], at=NOW)] == [10_500_000] * 2
    with pytest.raises(AdapterError, match="contract: 1 of 2 left out: not a whole"):
        source.listings()


def paid(hour: int, *, coin: str = "BTC", rate: str = "0.0000125") -> dict[str, Any]:
    return {"coin": coin, "fundingRate": rate, "premium": "0.0001", "time": hour * HOUR_MS + 15}


class PagedVenue(FakeVenue):
    """Has a row of funding for every hour up to NOW, five hundred to an answer."""

    def __init__(self) -> None:
        super().__init__({})

    def _ask(self, document: dict[str, object]) -> object:
        self.asked.append(document)
        begin, end = int(str(document["startTime"])), min(int(str(document["endTime"])), NOW_MS)
        hours = range(begin // HOUR_MS - 1, end // HOUR_MS + 1)
        rows = [paid(hour, rate=f"0.0000{hour % 90 + 10}") for hour in hours]
        return [row for row in rows if begin <= row["time"] <= end][:500]


def test_funding_history_is_asked_page_after_page_without_a_hole_or_a_repetition() -> None:
    asked = PagedVenue()
    source = HyperliquidSource(asked, symbols=["BTC"])
    ticks = source.funding_history(symbol="BTC", start=NOW - timedelta(hours=1_200), end=NOW)
    assert [tick.hour_ms for tick in ticks] == [
        (NOW_MS // HOUR_MS - 1_199 + step) * HOUR_MS for step in range(1_200)
    ]
    assert len(asked.asked) == 3
    assert [question["startTime"] % HOUR_MS for question in asked.asked[1:]] == [16, 16]


def test_a_venue_that_repeats_its_page_is_left() -> None:
    stuck = FakeVenue({"fundingHistory": [paid(hour) for hour in range(400_000, 400_500)]})
    source = HyperliquidSource(stuck, symbols=["BTC"])
    assert source.funding_history(symbol="BTC", start=NOW - timedelta(hours=1_200), end=NOW) == []
    assert len(stuck.asked) == 1


def test_the_rate_at_a_moment_is_that_of_the_last_hour_before_it_and_costs_one_question() -> None:
    asked = PagedVenue()
    source = HyperliquidSource(asked, symbols=["BTC"])
    hour = NOW_MS // HOUR_MS
    expected = [(10 + (hour - back) % 90) * 10_000 for back in (1, 2, 3)]
    full = NOW.replace(second=0)
    rates = [source.funding_rate_e10(symbol="BTC", at=full - timedelta(hours=back)) for back in (2, 1, 0)]
    assert rates == [expected[2], expected[1], expected[0]]
    for minute in range(60):
        source.funding_rate_e10(symbol="BTC", at=full - timedelta(minutes=minute))
    assert len(asked.asked) == 1


def test_without_funding_history_the_prices_stand_and_the_lack_is_said_once_per_cycle() -> None:
    source = HyperliquidSource(FakeVenue({"fundingHistory": {"error": "no"}}), symbols=["BTC"])
    for minute in range(30):
        assert source.funding_rate_e10(symbol="BTC", at=NOW - timedelta(minutes=minute)) == 0
    assert source.rejected() == ["funding of BTC: Hyperliquid: fundingHistory is not a list"]
    assert source.rejected() == []


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
