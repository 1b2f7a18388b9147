"""Liquidity of a book: exact figures by hand, and bounds on random books."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.exchange.types import Book, BookLevel
from apps.market.features.liquidity import liquidity
from apps.market.features.values import Cost, Depth, Liquidity

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DOLLAR = 1_000_000


def book(bids: list[tuple[int, int]], asks: list[tuple[int, int]]) -> Book:
    sides = (tuple(BookLevel(price, size) for price, size in side) for side in (bids, asks))
    return Book("BTC", 0, *sides)


def of(found: Book, size_decimals: int = 0) -> Liquidity | None:
    return liquidity(found, size_decimals=size_decimals, knowable_at=AT)


def test_every_figure_of_a_book_by_hand() -> None:
    """Around 1000 dollars: 999 and 1001 lie exactly 10 bps away, 998 and 1002.5 within 25, 990 and 1010 beyond 50."""
    bids = [(999 * DOLLAR, 5), (998 * DOLLAR, 5), (990 * DOLLAR, 200)]
    asks = [(1_001 * DOLLAR, 10), (1_002_500_000, 10), (1_010 * DOLLAR, 5)]
    assert of(book(bids, asks)) == Liquidity(
        mid_micros=1_000 * DOLLAR,
        spread_e6=2_000,
        depths=(
            Depth(10, 4_995 * DOLLAR, 10_010 * DOLLAR, True),
            Depth(25, 9_985 * DOLLAR, 20_035 * DOLLAR, True),
            Depth(50, 9_985 * DOLLAR, 20_035 * DOLLAR, True),
        ),
        imbalance_bps=-3_342,
        costs=(
            Cost(10_000 * DOLLAR, 10 * DOLLAR, 15 * DOLLAR),
            Cost(100_000 * DOLLAR, None, 5 * DOLLAR + 10 * DOLLAR + 900 * DOLLAR),
        ),
        knowable_at=AT,
    )


def test_a_snapshot_that_ends_early_gives_lower_bounds_and_says_so() -> None:
    found = of(book([(999_900_000, 1)], [(1_000_100_000, 1)]))
    assert found is not None
    assert [depth.is_whole for depth in found.depths] == [False, False, False]
    assert {depth.bid_micros for depth in found.depths} == {999_900_000}


@pytest.mark.parametrize(
    "found",
    [
        book([], [(2, 1)]),
        book([(1, 1)], []),
        book([], []),
        book([(5, 1)], [(5, 1)]),
        book([(6, 1)], [(5, 1)]),
    ],
)
def test_a_book_without_two_sides_in_order_has_no_liquidity(found: Book) -> None:
    assert of(found) is None


SIDES = st.lists(st.tuples(st.integers(1, 10**8), st.integers(0, 10**9)), min_size=1, max_size=20)


@given(st.integers(10**9, 10**11), SIDES, SIDES, st.integers(0, 6))
def test_depth_grows_and_nothing_costs_less_than_half_the_spread(
    mid: int, down: list[tuple[int, int]], up: list[tuple[int, int]], decimals: int
) -> None:
    bids = sorted(((mid - step, size) for step, size in down), reverse=True)
    asks = sorted((mid + step, size) for step, size in up)
    found = of(book(bids, asks), decimals)
    assert found is not None
    assert found.spread_e6 >= 0
    for narrow, wide in zip(found.depths, found.depths[1:], strict=False):
        assert narrow.bid_micros <= wide.bid_micros
        assert narrow.ask_micros <= wide.ask_micros
        assert wide.is_whole <= narrow.is_whole
    assert found.imbalance_bps is None or -10_000 <= found.imbalance_bps <= 10_000
    for cost in found.costs:
        lots = cost.notional_micros * 10**decimals // found.mid_micros
        least = (asks[0][0] - bids[0][0]) * lots // (2 * 10**decimals)
        assert cost.buy_micros is None or cost.buy_micros >= least - 1
        assert cost.sell_micros is None or cost.sell_micros >= least - 1
