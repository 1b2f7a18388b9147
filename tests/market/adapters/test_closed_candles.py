"""A candle that may still change is never given as closed, whatever our clock says."""

from typing import Any

import pytest

from apps.market.adapters.hyperliquid import parse

MINUTE = 60_000
START = 1_772_366_400_000


def row(open_ms: int) -> dict[str, Any]:
    span = {"t": open_ms, "T": open_ms + MINUTE - 1, "s": "BTC", "i": "1m"}
    return {**span, "o": "10", "h": "12", "l": "9", "c": "11", "v": "1.5", "n": 3}


def closed(count: int, *, now_ms: int) -> list[int]:
    body = [row(START + number * MINUTE) for number in range(count)]
    return [bar.open_ms for bar in parse.candles(body, symbol="BTC", interval="1m", now_ms=now_ms)]


@pytest.mark.parametrize("ahead_ms", [0, 1, 2_000, 9_999])
def test_d07_a_clock_ahead_of_the_venue_closes_no_forming_candle(ahead_ms: int) -> None:
    assert closed(2, now_ms=START + 2 * MINUTE + ahead_ms) == [START]


def test_d07_a_later_candle_closes_the_one_before_at_once() -> None:
    assert closed(3, now_ms=START + 2 * MINUTE + 1) == [START, START + MINUTE]


def test_d07_a_quiet_minute_closes_once_it_has_settled() -> None:
    assert closed(2, now_ms=START + 2 * MINUTE + 10_000) == [START, START + MINUTE]


def test_d07_no_candle_beyond_the_moment_asked_about() -> None:
    assert closed(5, now_ms=START + 2 * MINUTE + 30_000) == [START, START + MINUTE]
