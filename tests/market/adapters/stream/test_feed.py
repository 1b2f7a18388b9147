"""The feed gives a minute only when it is certain that it is whole."""

import pytest

from apps.market.adapters.hyperliquid.feed import KEPT_MINUTES, LiveFeed
from apps.market.types import Bar, BookTick, ContextTick, QuoteTick

MINUTE = 60_000
START = 1_772_366_400_000
QUOTE = QuoteTick("BTC", 10, 10, 10, 0)
CONTEXT = ContextTick("BTC", 1, 1, 1, None, None, None, None)


class Clock:
    def __init__(self) -> None:
        self.at = 1_000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def feed(clock: Clock) -> LiveFeed:
    made = LiveFeed(clock=clock)
    made.connected(START)
    return made


def bar(minute: int, close: int = 11) -> Bar:
    return Bar(START + minute * MINUTE, 10, 12, 9, close, 5)


def told(feed: LiveFeed, *minutes: int, trades: int = 3) -> None:
    for minute in minutes:
        feed.put_candle("BTC", bar(minute), trades=trades)


def closed(feed: LiveFeed, first: int, last: int, *, late_ms: int = 1_000) -> list[int] | None:
    """The minutes that the feed gives of those closing in (first, last], asked so long after the last closed."""
    window = {"start_ms": START + first * MINUTE, "end_ms": START + last * MINUTE + late_ms}
    bars = feed.candles("BTC", **window)
    return None if bars is None else [(found.open_ms - START) // MINUTE for found in bars]


def test_a_minute_is_closed_only_when_the_next_one_came(feed: LiveFeed) -> None:
    assert not feed.put_candle("BTC", bar(0), trades=1)
    assert not feed.put_candle("BTC", bar(0, close=12), trades=2)
    assert closed(feed, 0, 1) == []
    assert feed.put_candle("BTC", bar(1), trades=1)
    assert closed(feed, 0, 1) == [0]
    assert feed.candles("BTC", start_ms=START, end_ms=START + MINUTE) == [bar(0, close=12)]


def test_a_minute_that_was_not_followed_is_left_to_http_once_it_has_settled(feed: LiveFeed) -> None:
    told(feed, 0)
    assert closed(feed, 0, 1, late_ms=9_999) == []
    assert closed(feed, 0, 1, late_ms=10_000) is None


def test_a_hole_is_left_to_http(feed: LiveFeed) -> None:
    told(feed, 0, 1, 3, 4)
    assert closed(feed, 0, 2) == [0, 1]
    assert closed(feed, 2, 4) is None
    assert closed(feed, 3, 4) == [3]


def test_unknown_coins_are_left_to_http(feed: LiveFeed) -> None:
    assert feed.candles("ETH", start_ms=START, end_ms=START + MINUTE) is None


def test_duplicates_and_older_states_change_nothing(feed: LiveFeed) -> None:
    feed.put_candle("BTC", bar(0, close=12), trades=9)
    feed.put_candle("BTC", bar(0, close=10), trades=4)
    told(feed, 1, 0, 1, 0, trades=2)
    told(feed, 2)
    assert feed.candles("BTC", start_ms=START, end_ms=START + 2 * MINUTE) == [bar(0, close=12), bar(1)]


def test_a_late_trade_takes_the_closed_minute_back(feed: LiveFeed) -> None:
    told(feed, 0, 1)
    assert closed(feed, 0, 1) == [0]
    feed.put_candle("BTC", bar(0, close=12), trades=4)
    assert closed(feed, 0, 1, late_ms=20_000) is None


def test_the_minute_of_a_lost_connection_is_not_trusted_on_the_next(feed: LiveFeed) -> None:
    told(feed, 0, 1)
    feed.disconnected()
    feed.connected(START + 2 * MINUTE + 1_000)
    told(feed, 2, 3)
    assert closed(feed, 0, 1) == [0]
    assert closed(feed, 1, 3) is None
    assert closed(feed, 2, 3) == [2]


def test_an_old_frame_after_a_reconnection_closes_nothing(feed: LiveFeed) -> None:
    feed.disconnected()
    feed.connected(START + 2 * MINUTE + 1_000)
    told(feed, 1, 2)
    assert closed(feed, 1, 2, late_ms=20_000) is None


def test_while_there_is_no_connection_nothing_is_waited_for(feed: LiveFeed) -> None:
    told(feed, 0, 1)
    assert closed(feed, 1, 2) == []
    feed.disconnected()
    assert closed(feed, 1, 2) is None
    assert closed(feed, 0, 1) == [0]


def test_frames_lost_at_the_end_of_a_minute_are_not_overlooked(feed: LiveFeed, clock: Clock) -> None:
    told(feed, 0)
    clock.at += 15.1
    told(feed, 1)
    assert closed(feed, 0, 1, late_ms=20_000) is None


def test_an_interrupted_coin_begins_anew_and_the_others_go_on(feed: LiveFeed) -> None:
    told(feed, 0)
    feed.put_candle("ETH", bar(0), trades=1)
    feed.interrupted("BTC", START + MINUTE + 1)
    told(feed, 1)
    feed.put_candle("ETH", bar(1), trades=1)
    assert closed(feed, 0, 1, late_ms=20_000) is None
    assert feed.candles("ETH", start_ms=START, end_ms=START + MINUTE) == [bar(0)]


def test_memory_is_bounded(feed: LiveFeed) -> None:
    told(feed, *range(KEPT_MINUTES + 10))
    assert closed(feed, 0, 1, late_ms=20_000) is None
    assert closed(feed, 9, KEPT_MINUTES + 9) == list(range(9, KEPT_MINUTES + 9))


def test_prices_and_books_count_while_they_are_fresh(feed: LiveFeed, clock: Clock) -> None:
    assert feed.quotes(["BTC"]) is None
    assert feed.book("BTC") is None
    book = BookTick("BTC", ((10, 1),), ((11, 1),))
    feed.put_context(QUOTE, CONTEXT)
    feed.put_book(book)
    clock.at += 5
    assert feed.quotes(["BTC"]) == [QUOTE]
    assert feed.contexts(["BTC"]) == [CONTEXT]
    assert feed.quotes(["BTC", "ETH"]) is None
    clock.at += 1
    assert feed.quotes(["BTC"]) is None
    assert feed.contexts(["BTC"]) is None
    assert feed.book("BTC") == book
    clock.at += 5
    assert feed.book("BTC") is None


def test_what_is_not_followed_any_more_is_forgotten(feed: LiveFeed) -> None:
    told(feed, 0, 1)
    feed.put_context(QUOTE, CONTEXT)
    feed.forget("BTC")
    assert closed(feed, 0, 1) is None
    assert feed.quotes(["BTC"]) is None
