"""Positioning against its past: exact figures by hand, and None where the past is not there."""

import statistics
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.market.features.positioning import HOUR_MS, WEEK_HOURS, positioning
from apps.market.features.values import Positioning

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NOTHING: dict[str, Any] = {
    "open_interest_micros": None,
    "hour_ago_micros": None,
    "day_ago_micros": None,
    "day_base_micros": None,
    "premium_e10": None,
    "rates": [],
}


def of(**known: Any) -> Positioning:
    return positioning(**{**NOTHING, **known}, knowable_at=AT)


def hours(rates: list[int]) -> list[tuple[int, int]]:
    return [(hour * HOUR_MS, rate) for hour, rate in enumerate(rates)]


def test_every_figure_by_hand() -> None:
    rates = [0] * 144 + [1_000] * 16 + [3_000] * 8
    found = of(
        open_interest_micros=1_100,
        hour_ago_micros=1_000,
        day_ago_micros=2_200,
        day_base_micros=550,
        premium_e10=-77,
        rates=hours(rates),
    )
    assert found == Positioning(
        open_interest_micros=1_100,
        open_interest_1h_bps=1_000,
        open_interest_24h_bps=-5_000,
        turnover_bps=5_000,
        premium_e10=-77,
        funding_e10=3_000,
        funding_8h_e10=3_000,
        funding_24h_e10=1_667,
        funding_z_e4=40_410,
        knowable_at=AT,
    )


@given(st.lists(st.integers(-(10**8), 10**8), min_size=120, max_size=400))
def test_the_z_score_is_that_of_the_statistics_module(rates: list[int]) -> None:
    found = of(rates=hours(rates)).funding_z_e4
    week = rates[-WEEK_HOURS:]
    deviation = statistics.pstdev(week)
    if deviation == 0:
        assert found is None
        return
    assert found is not None
    assert abs(found - (rates[-1] - statistics.fmean(week)) / deviation * 10_000) <= 1.01


@pytest.mark.parametrize(
    ("rates", "eight", "day", "week"),
    [
        (hours([5] * 7), None, None, None),
        (hours([5] * 8), 5, None, None),
        (hours([5] * 24), 5, 5, None),
        (hours([*range(119)]), 114, 106, None),
        (hours([5] * 300), 5, 5, None),
        ([item for item in hours([5] * 30) if item[0] != 27 * HOUR_MS], None, None, None),
    ],
    ids=["7 hours", "8 hours", "a day", "less than five days", "no deviation", "a hole"],
)
def test_a_mean_wants_every_hour_and_a_week_most_of_them(
    rates: list[tuple[int, int]], eight: int | None, day: int | None, week: int | None
) -> None:
    found = of(rates=rates)
    assert (found.funding_8h_e10, found.funding_24h_e10, found.funding_z_e4) == (eight, day, week)


def test_nothing_comes_of_nothing() -> None:
    assert of() == Positioning(*[None] * 9, knowable_at=AT)
    assert of(open_interest_micros=0, hour_ago_micros=0, day_base_micros=5).turnover_bps is None
    assert of(open_interest_micros=5, hour_ago_micros=0).open_interest_1h_bps is None
