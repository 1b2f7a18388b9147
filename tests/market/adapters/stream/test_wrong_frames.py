"""Thousands of wrong frames of the socket: none ends the thread, and none leaves a value that memory could not hold."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from apps.market.adapters.bars import bar_fault
from apps.market.adapters.hyperliquid.feed import LiveFeed
from apps.market.adapters.hyperliquid.stream import VenueSocket
from apps.market.adapters.numbers import HIGHEST_STORED
from apps.market.types import MINUTE_MS
from tests.market.mutations import amount, mutations
from tests.market.venue import Market
from tests.market.venue_socket import Clock

LOTS = {"BTC": 5, "ETH": 4}


def true_frames(market: Market, clock: Clock) -> list[dict[str, Any]]:
    now = clock.wall_ms()
    span = {"coin": "BTC", "interval": "1m", "startTime": now - 2 * MINUTE_MS, "endTime": now}
    minutes = market.answer({"type": "candleSnapshot", "req": span})[1]
    context = market.answer({"type": "metaAndAssetCtxs"})[1][1][0]
    book = market.answer({"type": "l2Book", "coin": "BTC"})[1]
    return [
        *({"channel": "candle", "data": minute} for minute in minutes),
        {"channel": "activeAssetCtx", "data": {"coin": "BTC", "ctx": context}},
        {"channel": "l2Book", "data": book},
    ]


class Wrong:
    """A connection that gives one frame after the other, and ends when there are no more."""

    def __init__(self, frames: Iterator[bytes], ended: threading.Event) -> None:
        self.frames, self.ended = frames, ended

    def recv(self, timeout: float | None = None, decode: bool | None = None) -> bytes:
        data = next(self.frames, None)
        if data is None:
            self.ended.set()
            raise OSError("no more")
        return data

    def send(self, message: str) -> None:
        pass

    def close_socket(self) -> None:
        pass


def test_d21_no_wrong_frame_ends_the_connection_or_is_kept(pytestconfig: pytest.Config) -> None:
    clock, ended, opened = Clock(), threading.Event(), []
    market = Market(seed=7, clock=lambda: clock.now)
    frames = true_frames(market, clock)
    share = -(-amount(pytestconfig) // len(frames))
    wrong = [
        data for seed, frame in enumerate(frames) for _, data in mutations(frame, seed=seed, count=share)
    ]
    feed = LiveFeed(clock=clock.seconds)

    @contextmanager
    def opener(url: str) -> Iterator[Wrong]:
        opened.append(url)
        yield Wrong(iter(wrong), ended)

    socket = VenueSocket(
        "ws://nowhere",
        feed,
        wall_ms=clock.wall_ms,
        clock=clock.seconds,
        pause=lambda seconds: socket._stopping.wait(10),
        opener=opener,
    )
    socket.track(LOTS)
    socket.start()
    assert ended.wait(120)
    socket.stop()
    assert len(opened) == 1
    assert socket.state.frames == len(wrong)
    assert socket.state.malformed > len(wrong) / 4
    for held in feed._minutes.values():
        for bar, _ in held.closed.values():
            assert not bar_fault(bar, close_ms=bar.open_ms + MINUTE_MS - 1, interval_ms=MINUTE_MS)
            assert max(bar) <= HIGHEST_STORED
            assert bar.open_ms <= clock.wall_ms() + MINUTE_MS
    for _, quote, context in feed._contexts.values():
        assert quote.fault or all(abs(price or 0) <= HIGHEST_STORED for price in quote[1:4])
        assert all(0 <= value <= HIGHEST_STORED for value in context[1:4])
    for _, book in feed._books.values():
        assert all(0 < number <= HIGHEST_STORED for level in (*book.bids, *book.asks) for number in level)
