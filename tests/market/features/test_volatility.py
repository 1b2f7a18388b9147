"""Volatility equals its definition by libm and TA-Lib's average true range, and is the same bits every time."""

import math
from itertools import pairwise

import pytest
import talib
from hypothesis import given
from hypothesis import strategies as st

from apps.market.features.values import Volatility
from apps.market.features.volatility import atr, log_ratio, volatility
from tests.market.features.nearness import assert_near, floats, last
from tests.market.features.walks import COINS, Candles, recorded_candles, steady_walk, walks

PRICES = st.integers(1, 10**15)
MINUTE_MS = 60_000


def of(walk: Candles) -> Volatility:
    return volatility(walk.highs, walk.lows, walk.closes, interval_ms=MINUTE_MS)


@given(PRICES, PRICES)
def test_the_logarithm_is_that_of_the_library(new: int, old: int) -> None:
    assert math.isclose(log_ratio(new, old), math.log(new) - math.log(old), rel_tol=1e-12, abs_tol=1e-13)
    assert log_ratio(new, old) == pytest.approx(-log_ratio(old, new), rel=1e-15)


@given(walks())
def test_the_average_true_range_is_that_of_talib(walk: Candles) -> None:
    theirs = last(talib.ATR(floats(walk.highs), floats(walk.lows), floats(walk.closes), 14))
    ours = atr(walk.highs, walk.lows, walk.closes)
    assert_near(ours, None if theirs is None else theirs * 1_000, within=1 + max(walk.highs) * 1e-9)


@given(walks(least=101))
def test_deviations_are_those_of_the_definition(walk: Candles) -> None:
    found = of(walk)
    returns = [math.log(close / before) for before, close in pairwise(walk.closes)]
    for ours, count in ((found.realised_20_e6, 20), (found.realised_100_e6, 100)):
        theirs = math.sqrt(math.fsum(value**2 for value in returns[-count:]) / count)
        assert_near(ours, theirs * 1e6, within=0.51)
    yearly = math.sqrt(math.fsum(value**2 for value in returns[-20:]) / 20 * 365 * 1_440)
    assert_near(found.annualised_20_bps, yearly * 1e4, within=0.51)
    spans = [math.log(high / low) ** 2 for high, low in zip(walk.highs, walk.lows, strict=True)][-20:]
    assert_near(found.parkinson_20_e6, math.sqrt(math.fsum(spans) / (80 * math.log(2))) * 1e6, within=0.51)


@pytest.mark.recorded
@pytest.mark.parametrize("coin", COINS)
def test_recorded_candles_give_the_average_true_range_of_talib(coin: str) -> None:
    walk = recorded_candles(coin)
    theirs = last(talib.ATR(floats(walk.highs), floats(walk.lows), floats(walk.closes), 14))
    assert theirs is not None
    assert_near(atr(walk.highs, walk.lows, walk.closes), theirs * 1_000, within=1 + max(walk.highs) * 1e-9)


def test_a_steady_walk_gives_the_same_integers_on_every_machine() -> None:
    assert of(steady_walk(200)) == Volatility(
        realised_20_e6=1_044,
        realised_100_e6=1_189,
        annualised_20_bps=7_572,
        parkinson_20_e6=707,
        atr_14_nanos=69_590_961_519,
    )


@pytest.mark.parametrize(("count", "known"), [(14, 0), (15, 1), (20, 2), (21, 4), (100, 4), (101, 5)])
def test_each_figure_is_none_until_there_is_enough(count: int, known: int) -> None:
    found = of(steady_walk(count))
    assert sum(getattr(found, name) is not None for name in Volatility.__slots__) == known


def test_a_price_that_never_moves_has_none() -> None:
    assert of(Candles((7,) * 120, (7,) * 120, (7,) * 120)) == Volatility(0, 0, 0, 0, 0)


def test_a_crash_to_nearly_nothing_is_still_quick_and_finite() -> None:
    assert log_ratio(1, 10**15) == pytest.approx(math.log(1e-15), rel=1e-14)
