"""The streamed source answers from the feed where that is certain, and asks the venue otherwise, sparingly."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.core.errors import AdapterError
from apps.core.moments import to_ms
from apps.market.adapters.hyperliquid.client import InfoClient
from apps.market.adapters.hyperliquid.feed import LiveFeed
from apps.market.adapters.hyperliquid.source import HyperliquidSource
from apps.market.adapters.hyperliquid.streamed import StreamedSource
from apps.market.types import Bar, BookTick, ContextTick, QuoteTick
from tests.market.venue_socket import START, Clock

MINUTE = timedelta(minutes=1)


def bar(minute: int, close: int = 11) -> Bar:
    return Bar(to_ms(START + minute * MINUTE), 10, 12, 9, close, 5)


def quote(mark: int) -> QuoteTick:
    return QuoteTick("BTC", mark, mark, mark, 0)


def context(interest: int) -> ContextTick:
    return ContextTick("BTC", interest, 1, 1, None, None, None, None)


class FakeVenue(HyperliquidSource):
    """The venue over HTTP: it has the bars that a test gives it, and counts what it is asked."""

    def __init__(self, bars: Sequence[Bar] = ()) -> None:
        super().__init__(InfoClient("http://127.0.0.1:9"), symbols=["BTC"])
        self.bars = list(bars)
        self.asked: list[tuple[str, Any]] = []
        self.is_down = False

    def candles(self, *, symbol: str, interval_ms: int, start: datetime, end: datetime) -> list[Bar]:
        self.asked.append(("candles", (start, end)))
        if self.is_down:
            raise AdapterError("down", transient=True)
        return [item for item in self.bars if to_ms(start) < item.open_ms + 60_000 <= to_ms(end)]

    def quotes(self, *, symbols: Sequence[str], at: datetime) -> list[QuoteTick]:
        self.asked.append(("quotes", at))
        return [quote(2)]

    def contexts(self, *, symbols: Sequence[str], at: datetime) -> list[ContextTick]:
        self.asked.append(("contexts", at))
        return [context(2)]

    def book(self, *, symbol: str, at: datetime) -> BookTick | None:
        self.asked.append(("book", at))
        return BookTick(symbol, ((2, 1),), ((3, 1),))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def feed(clock: Clock) -> LiveFeed:
    made = LiveFeed(clock=clock.seconds)
    made.connected(clock.wall_ms())
    return made


def told(feed: LiveFeed, *bars: Bar) -> None:
    for item in bars:
        feed.put_candle("BTC", item, trades=1)


def closed(source: StreamedSource, start: datetime, end: datetime) -> list[Bar]:
    return source.candles(symbol="BTC", interval_ms=60_000, start=start, end=end)


def test_certain_minutes_are_not_asked_for(feed: LiveFeed) -> None:
    venue = FakeVenue()
    told(feed, bar(0), bar(1), bar(2))
    found = closed(StreamedSource(venue, feed), START, START + 2 * MINUTE)
    assert found == [bar(0), bar(1)]
    assert venue.asked == []


def test_a_gap_is_asked_for_over_the_whole_window(feed: LiveFeed) -> None:
    venue = FakeVenue([bar(0), bar(1), bar(2), bar(3)])
    told(feed, bar(0), bar(1), bar(3), bar(4))
    source = StreamedSource(venue, feed)
    assert closed(source, START, START + 4 * MINUTE) == [bar(0), bar(1), bar(2), bar(3)]
    assert source.asked_candles == len(venue.asked) == 1


def test_a_minute_that_the_venue_lacks_is_asked_for_now_and_then(feed: LiveFeed) -> None:
    venue = FakeVenue()
    source = StreamedSource(venue, feed)
    for seconds in range(0, 60, 5):
        assert closed(source, START, START + MINUTE + timedelta(seconds=10 + seconds)) == []
    assert len(venue.asked) == 4, "every twenty seconds, and at once when another minute has closed"


def test_a_failed_question_is_repeated_at_once(feed: LiveFeed) -> None:
    venue = FakeVenue([bar(0)])
    source = StreamedSource(venue, feed)
    venue.is_down = True
    for _ in range(2):
        with pytest.raises(AdapterError):
            closed(source, START, START + MINUTE)
    venue.is_down = False
    assert closed(source, START, START + MINUTE) == [bar(0)]


def test_longer_candles_are_the_venues(feed: LiveFeed) -> None:
    venue = FakeVenue()
    told(feed, bar(0), bar(1), bar(2))
    StreamedSource(venue, feed).candles(
        symbol="BTC", interval_ms=300_000, start=START, end=START + 2 * MINUTE
    )
    assert len(venue.asked) == 1


def hour_of_minutes(feed: LiveFeed, source: StreamedSource, clock: Clock) -> dict[int, list[Bar]]:
    """Hear and read minute after minute; what each reading gave."""
    given = {}
    for minute in range(62):
        clock.now = START + minute * MINUTE
        told(feed, bar(minute - 1), bar(minute))
        clock.forward(1)
        if minute:
            given[minute] = closed(source, START + (minute - 1) * MINUTE, clock.now)
    return given


def test_once_an_hour_what_was_heard_is_compared(feed: LiveFeed, clock: Clock) -> None:
    venue = FakeVenue([bar(minute) for minute in range(62)])
    given = hour_of_minutes(feed, StreamedSource(venue, feed), clock)
    assert len(venue.asked) in {1, 2}
    assert all(bars == [bar(minute - 1)] for minute, bars in given.items())


def test_d07_a_minute_that_was_heard_wrongly_is_given_again_with_all_after_it(
    feed: LiveFeed, clock: Clock
) -> None:
    venue = FakeVenue([bar(minute, close=10 if minute == 3 else 11) for minute in range(62)])
    given = hour_of_minutes(feed, StreamedSource(venue, feed), clock)
    (again,) = [(minute, bars) for minute, bars in given.items() if len(bars) > 1]
    assert again[1] == [bar(3, close=10), *map(bar, range(4, again[0]))]


def test_without_an_answer_what_was_heard_counts(feed: LiveFeed, clock: Clock) -> None:
    venue = FakeVenue()
    venue.is_down = True
    given = hour_of_minutes(feed, StreamedSource(venue, feed), clock)
    assert venue.asked
    assert all(bars == [bar(minute - 1)] for minute, bars in given.items())


def test_prices_come_from_the_feed_while_they_are_fresh(feed: LiveFeed, clock: Clock) -> None:
    venue = FakeVenue()
    source = StreamedSource(venue, feed)
    feed.put_context(quote(1), context(1))
    feed.put_book(BookTick("BTC", ((1, 1),), ((2, 1),)))
    for late, mark, bid, asked in [(0, 1, 1, 0), (5, 1, 1, 0), (6, 2, 1, 2), (11, 2, 2, 3)]:
        clock.now = START + timedelta(seconds=late)
        venue.asked.clear()
        (price,) = source.quotes(symbols=["BTC"], at=clock.now)
        (positioning,) = source.contexts(symbols=["BTC"], at=clock.now)
        book = source.book(symbol="BTC", at=clock.now)
        assert book is not None
        assert (price.mark_micros, positioning.open_interest_micros, book.bids[0][0]) == (mark, mark, bid)
        assert len(venue.asked) == asked
