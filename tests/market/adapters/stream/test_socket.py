"""The socket's thread: what it survives, when it gives a connection up, and how often it comes back."""

import json
import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from apps.market.adapters.hyperliquid.feed import LiveFeed
from apps.market.adapters.hyperliquid.stream import Backoff, VenueSocket
from tests.market.venue import EPOCH, MILLISECOND, Market
from tests.market.venue_socket import START, Clock, SocketVenue, listening

LOTS = {"BTC": 5, "ETH": 4}


class ScriptedLink:
    """A connection without a network: each reading takes a second, and says what the script gives for it."""

    def __init__(self, clock: Clock, script: Callable[[float], str | Exception | None]) -> None:
        self.clock, self.script = clock, script
        self.sent: list[tuple[float, dict[str, Any]]] = []

    def recv(self, timeout: float | None = None, decode: bool | None = None) -> str:
        self.clock.forward(1)
        said = self.script(self.clock.seconds())
        if isinstance(said, Exception):
            raise said
        if said is None:
            raise TimeoutError
        return said

    def send(self, message: str) -> None:
        self.sent.append((self.clock.seconds(), json.loads(message)))

    def close_socket(self) -> None:
        pass


class World:
    """A socket whose connections are scripted; `opened` says when each was made, `waits` how long it waited."""

    def __init__(self, script: Callable[[float], str | Exception | None], *, until: float) -> None:
        self.clock = Clock()
        self.opened: list[float] = []
        self.links: list[ScriptedLink] = []
        self.script, self.until = script, until
        self.feed = LiveFeed(clock=self.clock.seconds)
        self.socket = VenueSocket(
            "ws://nowhere",
            self.feed,
            wall_ms=self.clock.wall_ms,
            clock=self.clock.seconds,
            pause=self.pause,
            rng=random.Random(7),
            opener=self.open,
        )
        self.socket.track(LOTS)

    def pause(self, seconds: float) -> None:
        self.clock.forward(seconds)
        if self.clock.seconds() >= self.until:
            self.socket._stopping.set()

    @contextmanager
    def open(self, url: str) -> Iterator[ScriptedLink]:
        self.opened.append(self.clock.seconds())
        link = ScriptedLink(self.clock, self.read)
        self.links.append(link)
        yield link

    def read(self, second: float) -> str | Exception | None:
        if second >= self.until:
            self.socket._stopping.set()
        return self.script(second)

    def run(self) -> None:
        self.socket.start()
        self.socket._thread.join(20)
        assert not self.socket._thread.is_alive()


def test_waits_grow_with_jitter_and_begin_anew_after_a_good_connection() -> None:
    backoff = Backoff(random.Random(1))
    waits = [backoff.after(0) for _ in range(12)]
    bounds = [min(30.0, 0.5 * 2**number) for number in range(12)]
    assert all(bound / 2 <= wait <= bound for wait, bound in zip(waits, bounds, strict=True))
    assert len({wait / bound for wait, bound in zip(waits, bounds, strict=True)}) == 12
    assert backoff.after(10.0) <= 0.5


@pytest.mark.parametrize("lives", [0, 1, 9, 10, 11])
def test_however_short_connections_live_they_are_few_a_minute(lives: int) -> None:
    world = World(lambda second: None, until=900.0)
    world.script = lambda second: OSError("reset") if second - world.opened[-1] > lives else None
    world.run()
    busiest = max(sum(at <= other < at + 60 for other in world.opened) for at in world.opened)
    assert len(world.opened) > 20
    assert busiest <= 12


def test_d16_a_connection_that_says_nothing_for_forty_seconds_is_given_up() -> None:
    world = World(lambda second: None, until=100.0)
    world.run()
    assert world.opened[0] == 0.0
    assert 41 <= world.opened[1] <= 42
    assert "nothing was heard for 40 s" in world.socket.state.trouble


def test_a_pong_is_a_sign_of_life_and_pings_go_out_every_twenty_seconds() -> None:
    world = World(lambda second: '{"channel":"pong"}' if second % 20 == 1 else None, until=200.0)
    world.run()
    assert world.opened == [0.0]
    pings = [at for at, message in world.links[0].sent if message == {"method": "ping"}]
    assert pings == [20.0 * number for number in range(1, 10)]


def test_each_connection_subscribes_anew() -> None:
    world = World(lambda second: OSError("reset") if second == 15 else '{"channel":"pong"}', until=30.0)
    world.run()
    coins = [
        sorted(message["subscription"]["coin"] for _, message in link.sent if "subscription" in message)
        for link in world.links
    ]
    assert coins == [["BTC"] * 3 + ["ETH"] * 3] * 2


GARBAGE = [
    "",
    "null",
    "[]",
    "{",
    "[" * 2_000,
    '{"channel": 7}',
    '{"channel":"candle"}',
    '{"channel":"candle","data":{"s":"BTC"}}',
    '{"channel":"candle","data":{"t":1e999}}',
    '{"channel":"candle","data":{"s":"DOGE","i":"1m"}}',
    '{"channel":"l2Book","data":null}',
    '{"channel":"l2Book","data":{"coin":"BTC","time":1,"levels":[[{"px":"2","sz":"1"}],[{"px":"1","sz":"1"}]]}}',
    '{"channel":"activeAssetCtx","data":{"coin":"BTC","ctx":[]}}',
    '{"channel":"activeAssetCtx","data":{"coin":["BTC"],"ctx":{}}}',
    "\ud800",
]


def candle(open_ms: int, **changes: Any) -> str:
    numbers = {"o": "10", "h": "12", "l": "9", "c": "11", "v": "1.5", "n": 3}
    row = {"t": open_ms, "T": open_ms + 59_999, "s": "BTC", "i": "1m", **numbers, **changes}
    return json.dumps({"channel": "candle", "data": row})


def test_frames_that_make_no_sense_are_counted_and_end_nothing() -> None:
    begin = World(lambda second: None, until=0).clock.wall_ms()
    absurd = [
        candle(begin, o="NaN"),
        candle(begin, h="8"),
        candle(begin, v="-1"),
        candle(begin + 1),
        candle(begin, T=begin),
        candle(begin, n=True),
        candle(begin, i="5m"),
        candle(begin + 100 * 60_000),
        candle(begin // 1_000),
        candle(begin, o=10.0),
    ]
    script = [*GARBAGE, *absurd, candle(begin), candle(begin + 60_000)]
    world = World(lambda second: script[int(second) - 1], until=len(script))
    world.run()
    state = world.socket.state
    assert (state.connections, state.frames) == (1, len(script))
    assert state.malformed == len(script) - 2
    bars = world.feed.candles("BTC", start_ms=begin, end_ms=begin + 60_000)
    assert bars is not None
    assert [bar.open_ms for bar in bars] == [begin]


def test_other_channels_are_ignored_and_counted() -> None:
    script = [
        "Websocket connection established.",
        '{"channel":"pong"}',
        '{"channel":"notification","data":1}',
    ]
    world = World(lambda second: script[int(second) - 1], until=3.0)
    world.run()
    assert (world.socket.state.malformed, world.socket.state.unknown) == (0, 1)


def test_a_venue_without_a_socket_is_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    world = World(lambda second: ConnectionRefusedError(111, "refused"), until=600.0)
    with caplog.at_level(logging.WARNING):
        world.run()
    assert world.socket.state.failures > 20
    lines = [record.getMessage() for record in caplog.records]
    assert lines == [
        "The venue's socket is lost (ConnectionRefusedError: [Errno 111] refused); prices come over HTTP."
    ]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def venue(clock: Clock) -> Iterator[SocketVenue]:
    with listening(Market(seed=7, clock=lambda: clock.now)) as started:
        yield started


@pytest.fixture
def feed(clock: Clock) -> LiveFeed:
    return LiveFeed(clock=clock.seconds)


@pytest.fixture
def socket(venue: SocketVenue, feed: LiveFeed, clock: Clock) -> Iterator[VenueSocket]:
    made = VenueSocket(
        venue.url,
        feed,
        wall_ms=clock.wall_ms,
        clock=clock.seconds,
        pause=lambda seconds: time.sleep(0.01),
        poll_seconds=0.01,
    )
    made.track(LOTS)
    made.start()
    until(lambda: subscribed(venue) == 6)
    yield made
    made.stop()


def subscribed(venue: SocketVenue) -> int:
    return sum(len(peer.subscriptions) for peer in venue.peers)


def until(holds: Callable[[], bool]) -> None:
    """Wait for what another thread is about to do."""
    limit = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < limit, "it never came to hold"
        time.sleep(0.005)


def speak(venue: SocketVenue, socket: VenueSocket) -> None:
    expected = socket.state.frames
    expected += venue.speak()
    until(lambda: socket.state.frames >= expected)


def test_over_a_real_connection_it_hears_prices_books_and_minutes(
    venue: SocketVenue, socket: VenueSocket, feed: LiveFeed, clock: Clock
) -> None:
    for seconds in (30, 29, 2):
        speak(venue, socket)
        clock.forward(seconds)
    speak(venue, socket)
    begin = (START - EPOCH) // MILLISECOND
    until(lambda: bool(feed.candles("ETH", start_ms=begin, end_ms=begin + 61_000)))
    bars = feed.candles("ETH", start_ms=begin, end_ms=begin + 61_000)
    assert bars == venue.market.tape("ETH", begin, begin + 60_000)
    quotes = feed.quotes(["BTC", "ETH"])
    assert quotes is not None
    assert [quote.symbol for quote in quotes] == ["BTC", "ETH"]
    book = feed.book("BTC")
    assert book is not None
    assert len(book.bids) == len(book.asks) == 20
    assert socket.state.malformed == 0


def test_a_reset_connection_comes_back_and_subscribes_again(
    venue: SocketVenue, socket: VenueSocket, clock: Clock
) -> None:
    for _ in range(5):
        venue.kill()
        until(lambda: subscribed(venue) == 6)
    assert socket.state.connections == 6
    speak(venue, socket)
    assert socket.state.connected_at is not None


def test_d16_a_venue_that_falls_silent_is_left_for_a_new_connection(
    venue: SocketVenue, socket: VenueSocket, feed: LiveFeed, clock: Clock
) -> None:
    venue.is_silent = True
    clock.forward(41)
    until(lambda: venue.accepted == 2)
    assert feed.quotes(["BTC"]) is None
    venue.is_silent = False
    venue.kill()
    until(lambda: subscribed(venue) == 6)
    speak(venue, socket)
    until(lambda: feed.quotes(["BTC"]) is not None)


def test_stopping_ends_the_thread_at_once(socket: VenueSocket) -> None:
    before = time.monotonic()
    socket.stop()
    assert time.monotonic() - before < 1
    assert not socket._thread.is_alive()
