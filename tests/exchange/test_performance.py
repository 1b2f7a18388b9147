"""Performance figures against independent floating-point statistics."""

import statistics
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.exchange import performance

equities = st.lists(st.integers(10**9, 10**12), min_size=3, max_size=40)


def test_summary_of_a_rise_a_fall_and_a_recovery() -> None:
    result = performance.summary([100_000, 120_000, 90_000, 110_000])
    assert (result.return_bps, result.max_drawdown_bps, result.peak_micros) == (1_000, 2_500, 120_000)
    assert (result.start_micros, result.end_micros, result.samples) == (100_000, 110_000, 4)


def test_nothing_to_measure_gives_zeros() -> None:
    assert performance.summary([]).samples == 0
    assert performance.summary([5, 5, 5]).sharpe_e4 == 0
    assert performance.return_bps(0, 100) == 0


@given(equities)
def test_drawdown_is_the_deepest_fall_from_any_earlier_point(series: list[int]) -> None:
    deepest = max((earlier - later) / earlier for n, earlier in enumerate(series) for later in series[n:])
    assert performance.summary(series).max_drawdown_bps == pytest.approx(deepest * 10_000, abs=0.51)


@given(equities)
def test_sharpe_is_mean_over_deviation(series: list[int]) -> None:
    returns = [later / earlier - 1 for earlier, later in pairwise(series)]
    deviation = statistics.stdev(returns)
    if deviation > 1e-4:
        expected = statistics.mean(returns) / deviation * 10_000
        assert performance.sharpe_e4(series) == pytest.approx(expected, abs=2, rel=1e-4)
