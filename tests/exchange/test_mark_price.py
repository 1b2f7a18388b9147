"""The venue's mark: its median, its fallback, and its moving averages against floating point."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.exchange.mark_price import (
    BASIS_WINDOW_MS,
    NO_AVERAGE,
    ONE,
    fading,
    mark_price,
    median,
    update,
    value_of,
)

DOLLAR = 1_000_000


def test_the_mark_is_the_median_of_three_views() -> None:
    assert mark_price(100, 103, 101, 0) == 101
    assert mark_price(103, 101, 100, 7) == 101
    assert mark_price(100, 100, 5, 0) == 100


def test_an_absent_view_is_replaced_by_the_smoothed_book_and_two_absent_leave_no_mark() -> None:
    assert mark_price(100, 103, 0, 102) == 102
    assert mark_price(0, 103, 100, 99) == 100
    assert mark_price(100, 103, 0, 0) == 0
    assert mark_price(100, 0, 0, 102) == 0


@given(st.integers(), st.integers(), st.integers())
def test_median_is_the_middle_one(a: int, b: int, c: int) -> None:
    assert median(a, b, c) == sorted((a, b, c))[1]


@given(st.integers(0, 10 * BASIS_WINDOW_MS))
def test_fading_is_the_exponential(elapsed: int) -> None:
    exact = math.exp(-elapsed / BASIS_WINDOW_MS)
    assert fading(elapsed, BASIS_WINDOW_MS) / ONE == pytest.approx(exact, rel=1e-9)


def test_what_is_long_gone_is_forgotten() -> None:
    assert fading(0, BASIS_WINDOW_MS) == ONE
    assert fading(40 * BASIS_WINDOW_MS, BASIS_WINDOW_MS) == 0
    stale = update(NO_AVERAGE, 5 * DOLLAR, 3_000, BASIS_WINDOW_MS)
    assert value_of(update(stale, 9 * DOLLAR, 3_600_000, BASIS_WINDOW_MS)) == 9 * DOLLAR
    assert value_of(NO_AVERAGE) == 0


@given(st.lists(st.tuples(st.integers(-50 * DOLLAR, 50 * DOLLAR), st.integers(1, 20_000)), min_size=1))
def test_the_average_is_the_venues_formula(samples: list[tuple[int, int]]) -> None:
    average, top, bottom = NO_AVERAGE, 0.0, 0.0
    for sample, elapsed in samples:
        kept = math.exp(-elapsed / 150_000)
        top, bottom = top * kept + sample * elapsed, bottom * kept + elapsed
        average = update(average, sample, elapsed, BASIS_WINDOW_MS)
    assert value_of(average) == pytest.approx(top / bottom, rel=1e-3, abs=60_000)
