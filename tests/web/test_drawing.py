"""Amounts, curves and emblems: text and shapes from exact integers."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.web import curves, formats, sigils


@pytest.mark.parametrize(
    ("micros", "text"),
    [(1_234_560_000, "$1,234.56"), (-5_000, "−$0.00"), (0, "$0.00"), (-1_999_999, "−$1.99")],
)
def test_dollars_are_cut_and_never_rounded_up(micros: int, text: str) -> None:
    assert formats.dollars(micros) == text


def test_signs_are_explicit_where_asked_for() -> None:
    assert formats.signed_dollars(12_000_000) == "+$12.00"
    assert formats.signed_dollars(0) == "$0.00"
    assert [formats.percent(bps) for bps in (184, -50, 0)] == ["+1.84%", "−0.50%", "0.00%"]
    assert formats.percent(42, signed=False) == "0.42%"


def test_sizes_lose_their_trailing_zeros_only() -> None:
    assert formats.size(70_512, decimals=5) == "0.70512"
    assert formats.size(-1_500, decimals=2) == "15"
    assert formats.size(1_000, decimals=0) == "1,000"


def test_spans_name_two_neighbouring_units() -> None:
    assert formats.span(timedelta(hours=3, minutes=20, seconds=9)) == "3\u00a0h 20\u00a0min"
    assert formats.span(timedelta(days=1, seconds=5)) == "1\u00a0d"
    assert formats.span(timedelta(seconds=-4)) == "0\u00a0s"


@given(st.lists(st.integers(-(10**15), 10**15), min_size=2, max_size=60))
def test_a_sparkline_stays_in_its_box(values: list[int]) -> None:
    points = [spot.split(" ") for spot in curves.sparkline(values)[1:].split("L")]
    assert len(points) == len(values)
    assert all(0 <= float(x) <= curves.WIDTH and 0 <= float(y) <= curves.HEIGHT for x, y in points)


@given(st.lists(st.tuples(st.integers(), st.integers()), max_size=400), st.integers(2, 50))
def test_thinning_keeps_both_ends_and_the_order(points: list[tuple[int, int]], most: int) -> None:
    thin = curves.thin(points, most=most)
    assert len(thin) <= max(most, 0) and thin[:1] == points[:1] and thin[-1:] == points[-1:]


def test_an_emblem_is_the_same_every_time_and_differs_between_clones() -> None:
    ids = [f"cln_{number}" for number in range(40)]
    assert [sigils.path(one) for one in ids] == [sigils.path(one) for one in ids]
    assert len({sigils.path(one) for one in ids}) == len(ids)


def test_twelve_clones_have_twelve_colours() -> None:
    ids = [f"cln_{number}" for number in range(len(sigils.HUES))]
    assert len(set(sigils.hues(ids).values())) == len(ids)
