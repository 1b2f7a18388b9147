"""A socket that is killed fifty times in an hour, or falls silent, costs questions over HTTP and never a candle."""

import csv
import gzip
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.market.adapters.hyperliquid import streamed
from apps.market.adapters.hyperliquid.client import InfoClient, weight_of
from apps.market.adapters.hyperliquid.feed import LiveFeed
from apps.market.adapters.hyperliquid.source import HyperliquidSource
from apps.market.adapters.hyperliquid.stream import VenueSocket
from apps.market.adapters.hyperliquid.streamed import StreamedSource
from apps.market.adapters.numbers import scaled
from apps.market.models import Asset, Candle, CandleRevision
from apps.market.services import ingest, sources
from apps.market.types import Bar
from tests.market.places import recorded
from tests.market.venue import EPOCH, MILLISECOND, MINUTE_MS, Market, running
from tests.market.venue_socket import Clock, listening

pytestmark = pytest.mark.django_db(transaction=True)
START = datetime(2025, 6, 10, 12, 0, tzinfo=UTC)
SYMBOLS = ("BTC", "DOGE", "ETH", "SOL")
STEP = 2.5
CYCLE = 5.0


class RecordedMarket(Market):
    """The synthetic market, with recorded minutes of DOGE."""

    def __init__(self, *, clock: Callable[[], datetime]) -> None:
        super().__init__(seed=7, clock=clock)
        with gzip.open(recorded("minute-candles") / "DOGEUSDT_1m.csv.gz", "rt") as lines:
            self._minutes = {bar.open_ms: bar for bar in map(self._bar, csv.DictReader(lines))}

    @staticmethod
    def _bar(row: dict[str, str]) -> Bar:
        open_ms = (datetime.fromisoformat(row["timestamp"]) - EPOCH) // MILLISECOND
        numbers = (scaled(row[key], 6) for key in ("open", "high", "low", "close", "volume"))
        return Bar(open_ms, *numbers)

    def tape(self, coin: str, start_ms: int, end_ms: int) -> list[Bar]:
        if coin != "DOGE":
            return super().tape(coin, start_ms, end_ms)
        return [self._minutes[at] for at in range(start_ms, end_ms, MINUTE_MS)]


class World:
    """A venue with both doors, a socket that listens, and ingestion every five seconds of the market's time."""

    def __init__(self, market: Market, clock: Clock, stack: ExitStack, *, with_socket: bool = True) -> None:
        self.market, self.clock = market, clock
        self.venue = stack.enter_context(running(market))
        self.doors = stack.enter_context(listening(market))
        feed = LiveFeed(clock=clock.seconds)
        self.socket = VenueSocket(
            self.doors.url,
            feed,
            wall_ms=clock.wall_ms,
            clock=clock.seconds,
            pause=self._pause,
            rng=random.Random(3),
            poll_seconds=0.001,
        )
        stack.callback(self.socket.stop)
        venue = HyperliquidSource(InfoClient(self.venue.url, timeout_seconds=30), symbols=SYMBOLS)
        self.source = StreamedSource(venue, feed)
        self.ingest()
        self.began_asking = len(self.venue.asked)
        if with_socket:
            rows = Asset.objects.filter(symbol__in=SYMBOLS)
            self.socket.track(dict(rows.values_list("symbol", "size_decimals")))
            self.socket.start()
            self.wait(lambda: self.subscribed() == 3 * len(SYMBOLS))

    def _pause(self, seconds: float) -> None:
        until = self.clock.seconds() + seconds
        while self.clock.seconds() < until and not self.socket._stopping.is_set():
            time.sleep(0.001)

    def subscribed(self) -> int:
        return sum(len(peer.subscriptions) for peer in self.doors.peers)

    @staticmethod
    def wait(holds: Callable[[], bool], seconds: float = 10) -> None:
        limit = time.monotonic() + seconds
        while not holds() and time.monotonic() < limit:
            time.sleep(0.001)

    def ingest(self) -> None:
        ingest.ingest_all(now=self.clock.now, real_now=self.clock.now, source=self.source)

    def play(self, seconds: float, before_step: Callable[[float], None] = lambda second: None) -> None:
        """Let the market live for so long: the socket speaks every few seconds, ingestion looks as often as it does."""
        begin, cycles = self.clock.seconds(), 0
        while (passed := self.clock.seconds() - begin) < seconds:
            before_step(self.clock.seconds())
            before = self.socket.state.frames
            expected = before + self.doors.speak()
            self.wait(lambda expected=expected: self.socket.state.frames >= expected, 0.2)
            if passed >= cycles * CYCLE:
                cycles += 1
                self.ingest()
            self.clock.forward(STEP)

    def asked(self) -> Counter[str]:
        return Counter(question["type"] for question in self.venue.asked[self.began_asking :])

    def weight(self) -> int:
        """What prices, candles and books cost; funding is asked hourly, whatever the transport."""
        asked = self.venue.asked[self.began_asking :]
        return sum(weight_of(question) for question in asked if question["type"] != "fundingHistory")

    def check_tape(self, minutes: int) -> None:
        """Every closed minute of every coin is stored once, as the venue has it, and none had to be corrected."""
        begin = (START - EPOCH) // MILLISECOND
        for symbol in SYMBOLS:
            rows = Candle.objects.filter(
                asset__symbol=symbol,
                interval_ms=MINUTE_MS,
                open_at__gte=START,
                open_at__lt=START + timedelta(minutes=minutes),
            ).order_by("open_at")
            stored = [
                Bar(
                    (row.open_at - EPOCH) // MILLISECOND,
                    row.open_micros,
                    row.high_micros,
                    row.low_micros,
                    row.close_micros,
                    row.volume_micros,
                )
                for row in rows
            ]
            assert stored == self.market.tape(symbol, begin, begin + minutes * MINUTE_MS), symbol
        assert not CandleRevision.objects.exists()


@contextmanager
def world(market: type[Market], **options: Any) -> Iterator[World]:
    clock = Clock(START)
    made = RecordedMarket(clock=lambda: clock.now) if market is RecordedMarket else None
    with ExitStack() as stack:
        yield World(made or Market(seed=7, clock=lambda: clock.now), clock, stack, **options)


@pytest.fixture(autouse=True)
def chosen(settings: Any) -> None:
    settings.HYPERLIQUID_WEIGHT_PER_MINUTE = 10_000_000
    sources.select(wanted="live", recording=None, seed=7, now=START, answers=lambda: True)


@pytest.mark.parametrize(
    "market",
    [
        pytest.param(Market, id="synthetic"),
        pytest.param(RecordedMarket, id="recorded", marks=pytest.mark.recorded),
    ],
)
def test_d16_a_socket_killed_again_and_again_loses_no_closed_candle(
    market: type[Market], request: pytest.FixtureRequest
) -> None:
    minutes, kills = (60, 50) if request.config.getoption("--long") else (12, 10)
    rng = random.Random(16)
    boundaries = [60 * rng.randrange(1, minutes) + rng.uniform(-3, 3) for _ in range(kills // 2)]
    anywhere = [rng.uniform(5, 60 * minutes - 5) for _ in range(kills - kills // 2)]
    moments = sorted((*boundaries, *anywhere))

    with world(market) as live:
        left = [0]

        def strike(second: float) -> None:
            if moments and moments[0] <= second and left[0] <= 0 and live.doors.peers:
                moments.pop(0)
                left[0] = rng.randrange(1, 3 * len(SYMBOLS) + 1)

        def fate() -> bool:
            left[0] -= 1
            return left[0] == 0

        live.doors.fate = fate
        live.play(60 * minutes + 30, strike)
        live.check_tape(minutes)
        assert live.doors.kills == kills
        assert live.socket.state.connections == kills + 1
        assert live.asked()["candleSnapshot"] < minutes * len(SYMBOLS) / 2


def test_d16_a_socket_that_falls_silent_is_noticed_and_its_gap_filled() -> None:
    with world(Market) as live:
        live.play(120)
        live.doors.is_silent = True
        asked = live.asked()
        live.play(120)
        assert "SilentSocket" in live.socket.state.trouble
        assert live.socket.state.connections >= 3
        assert (live.asked() - asked)["metaAndAssetCtxs"] >= 20, "prices come over HTTP meanwhile"
        live.doors.is_silent = False
        live.play(90)
        asked = live.asked()
        live.play(60)
        assert not live.asked() - asked, "nothing is asked once the socket speaks again"
        live.check_tape(6)


def test_d16_one_coin_without_frames_is_asked_for_alone_and_subscribed_again() -> None:
    with world(Market) as live:
        live.play(60)
        live.doors.muted = {("candle", "ETH")}
        live.play(180)
        asked = [question["req"]["coin"] for question in live.venue.asked if "req" in question]
        assert Counter(asked[len(SYMBOLS) :]).keys() <= {"ETH"}
        assert live.socket.state.resubscribed >= 2
        live.play(30)
        live.check_tape(4)


def test_garbage_repeated_and_old_frames_change_no_candle() -> None:
    minutes = 4
    with world(Market) as live:
        live.doors.echo = True
        live.doors.garbage = ("", "{", b"\xff\xfe", '{"channel":"candle","data":{"s":"BTC"}}')
        live.play(60 * minutes + 30)
        live.check_tape(minutes)
        assert live.socket.state.malformed > 100
        assert live.socket.state.connections == 1


def test_d07_trades_lost_without_a_trace_are_corrected_by_the_venues_own_account(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streamed, "COMPARED_MINUTES", 5)
    with world(Market) as live:
        live.play(170)
        live.doors.lost = {"ETH"}
        live.play(70)
        live.doors.lost = set()
        begin, end = START + timedelta(minutes=2), START + timedelta(minutes=3)
        (wrong,) = Candle.objects.filter(asset__symbol="ETH", interval_ms=MINUTE_MS, open_at=begin)
        (truth,) = live.market.tape("ETH", (begin - EPOCH) // MILLISECOND, (end - EPOCH) // MILLISECOND)
        assert wrong.volume_micros < truth.volume_micros
        live.play(60 * 8)
        (revision,) = CandleRevision.objects.filter(interval_ms=MINUTE_MS)
        assert (revision.asset_id, revision.open_at) == (wrong.asset_id, begin)
        assert revision.volume_micros == wrong.volume_micros
        CandleRevision.objects.all().delete()
        live.check_tape(11)
        longer = Candle.objects.filter(asset__symbol="ETH", interval_ms=300_000, open_at=START).get()
        minutes = live.market.tape(
            "ETH", (START - EPOCH) // MILLISECOND, (START - EPOCH) // MILLISECOND + 300_000
        )
        assert longer.volume_micros == sum(bar.volume_micros for bar in minutes)


def test_with_the_socket_the_venue_is_asked_almost_nothing() -> None:
    minutes, weights = 2, []
    for with_socket in (True, False):
        Candle.objects.all().delete()
        Asset.objects.update(candles_until=None, quotes_until=None)
        with world(Market, with_socket=with_socket) as live:
            live.play(60 * minutes + 30)
            live.check_tape(minutes)
            weights.append(live.weight() / (minutes + 0.5))
    assert weights[0] < 20
    assert weights[1] > 300
