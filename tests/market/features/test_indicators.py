"""Indicators equal TA-Lib's on random walks and on recorded candles, and are the same bits every time.

Tolerances: ours are rounded once, to a micro-dollar (MACD: a nano-dollar, RSI: 1e-6 of a point). TA-Lib adds floats in
another order, which is worth about 1e-11 of the price; its bands take the variance as a difference of two large
numbers, which loses up to sqrt(1e-15), so 1e-7 of the price.
"""

from collections.abc import Sequence

import pytest
import talib
from hypothesis import given, settings

from apps.market.features.indicators import bollinger, ema, indicators, macd, rsi, sma
from apps.market.features.values import Indicators
from tests.market.features.nearness import assert_near, floats, last
from tests.market.features.walks import COINS, Candles, recorded_candles, steady_walk, walks

WINDOW = 200


def assert_as_talib(closes: Sequence[int]) -> None:
    given_ = floats(closes)
    price = max(closes)
    assert_near(sma(closes), last(talib.SMA(given_, 20)), within=1 + price * 1e-12)
    assert_near(ema(closes), last(talib.EMA(given_, 20)), within=1 + price * 1e-12)
    lower, upper = bollinger(closes)
    highest, _, lowest = talib.BBANDS(given_, 20, 2.0, 2.0, 0) if len(closes) > 1 else (given_[:0],) * 3
    assert_near(upper, last(highest), within=1.5 + price * 1e-7)
    assert_near(lower, last(lowest), within=1.5 + price * 1e-7)
    if len(set(closes)) > 1:
        theirs = last(talib.RSI(given_, 14))
        assert_near(rsi(closes), None if theirs is None else theirs * 1e6, within=2)


@given(walks())
def test_averages_bands_and_rsi_are_those_of_talib(walk: Candles) -> None:
    assert_as_talib(walk.closes)


@settings(max_examples=50)
@given(walks(least=WINDOW, most=WINDOW))
def test_macd_of_a_whole_window_is_that_of_talib(walk: Candles) -> None:
    """TA-Lib begins the fast average 14 candles later; after 174 more candles that is 0.846^174 of nothing much."""
    line, signal = macd(walk.closes)
    theirs, their_signal, _ = talib.MACD(floats(walk.closes), 12, 26, 9)
    assert_near(line, last(theirs) * 1_000, within=1 + max(walk.closes) * 1e-8)
    assert_near(signal, last(their_signal) * 1_000, within=1 + max(walk.closes) * 1e-8)


@given(walks(least=34, most=80))
def test_macd_of_a_short_window_differs_from_talib_by_the_seed_of_the_fast_average_alone(
    walk: Candles,
) -> None:
    """We seed each average by the mean of its first closes: the fast one at the 12th.

    TA-Lib seeds both at the 26th, the fast one by closes 15 to 26. Give ours the closes from the 15th on, and it is
    TA-Lib's line.
    """
    theirs, _, _ = talib.MACD(floats(walk.closes), 12, 26, 9)
    fast, slow = ema(walk.closes[14:], 12), ema(walk.closes, 26)
    assert fast is not None
    assert slow is not None
    assert_near(fast - slow, last(theirs), within=2)
    line, _ = macd(walk.closes)
    whole = ema(walk.closes, 12)
    assert whole is not None
    assert_near(line, (whole - slow) * 1_000, within=2_000)


@pytest.mark.recorded
@pytest.mark.parametrize("coin", COINS)
def test_recorded_candles_give_the_indicators_of_talib(coin: str) -> None:
    closes = recorded_candles(coin).closes
    for end in range(WINDOW, len(closes), 97):
        window = closes[end - WINDOW : end]
        assert_as_talib(window)
        line, signal = macd(window)
        theirs, their_signal, _ = talib.MACD(floats(window), 12, 26, 9)
        assert_near(line, last(theirs) * 1_000, within=1 + max(window) * 1e-8)
        assert_near(signal, last(their_signal) * 1_000, within=1 + max(window) * 1e-8)


def test_a_steady_walk_gives_the_same_integers_on_every_machine() -> None:
    assert indicators(steady_walk(WINDOW).closes) == Indicators(
        rsi_14_e6=36_109_690,
        sma_20_micros=64_835_421_542,
        ema_20_micros=64_829_120_716,
        bollinger_upper_micros=65_020_022_712,
        bollinger_lower_micros=64_650_820_372,
        macd_nanos=-77_807_918_958,
        macd_signal_nanos=-64_897_404_853,
        macd_histogram_nanos=-12_910_514_105,
    )


@pytest.mark.parametrize(("count", "known"), [(14, 0), (15, 1), (19, 1), (20, 5), (26, 6), (33, 6), (34, 8)])
def test_each_indicator_is_none_until_there_is_enough(count: int, known: int) -> None:
    found = indicators(steady_walk(count).closes)
    assert sum(getattr(found, name) is not None for name in Indicators.__slots__) == known


def test_nothing_at_all_gives_nothing() -> None:
    assert indicators([]) == Indicators()


def test_a_price_that_never_moves_is_neither_strong_nor_weak() -> None:
    """TA-Lib says 0 here, which would read as the weakest market there can be."""
    found = indicators([5_000_000] * 40)
    assert found == Indicators(50_000_000, 5_000_000, 5_000_000, 5_000_000, 5_000_000, 0, 0, 0)
    assert indicators(range(1_000, 1_040)).rsi_14_e6 == 100_000_000
    assert indicators(range(1_040, 1_000, -1)).rsi_14_e6 == 0


def test_bands_are_of_the_population() -> None:
    """Ten closes at 9 and ten at 11 dollars deviate by exactly one dollar; a sample's deviation would be 1.026."""
    assert bollinger([9_000_000] * 10 + [11_000_000] * 10) == (8_000_000, 12_000_000)
