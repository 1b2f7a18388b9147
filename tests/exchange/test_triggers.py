"""Standing exits: where a level may lie, when it is hit, what a trailing one does, and which one counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.exchange import triggers
from apps.exchange.precision import is_valid_price, tick
from apps.exchange.triggers import STOP, TARGET, TIME, TRAILING, is_hit, level_is_valid, review
from apps.exchange.types import Side, Trigger, TriggerKind
from tests.exchange.world import BTC, DOLLAR, NOW, quote

MARK = 100_000 * DOLLAR
sides = st.sampled_from([1, -1])
prices = st.integers(1_000, 10**12)


def stop(level: int, side: Side = Side.LONG) -> Trigger:
    return Trigger(TriggerKind.STOP, "BTC", side, price_micros=level * DOLLAR)


def target(level: int, side: Side = Side.LONG) -> Trigger:
    return Trigger(TriggerKind.TARGET, "BTC", side, price_micros=level * DOLLAR)


def trailing(bps: int, best: int, side: Side = Side.LONG) -> Trigger:
    return Trigger(TriggerKind.TRAILING, "BTC", side, trail_bps=bps, best_micros=best * DOLLAR)


def at_time(moment: int) -> Trigger:
    return Trigger(TriggerKind.TIME, "BTC", Side.LONG, expires_at_ms=moment)


def reviewed(*standing: Trigger, mark: int, now_ms: int = NOW) -> triggers.Review:
    return review(triggers=standing, quote=quote("BTC", mark * DOLLAR), instrument=BTC, now_ms=now_ms)


@pytest.mark.parametrize(
    ("kind", "side", "level", "expected"),
    [
        (STOP, 1, MARK - 1, 1),
        (STOP, 1, MARK, 0),
        (STOP, 1, MARK + 1, 0),
        (STOP, -1, MARK + 1, 1),
        (STOP, -1, MARK, 0),
        (TRAILING, 1, MARK - 1, 1),
        (TRAILING, 1, MARK, 0),
        (TRAILING, -1, MARK + 1, 1),
        (TARGET, 1, MARK + 1, 1),
        (TARGET, 1, MARK, 0),
        (TARGET, -1, MARK - 1, 1),
        (TARGET, -1, MARK + 1, 0),
        (STOP, 1, 0, 0),
        (TARGET, -1, -5, 0),
        (TIME, 1, 0, 1),
    ],
)
def test_a_level_lies_on_its_own_side_of_the_mark(kind: int, side: int, level: int, expected: int) -> None:
    assert level_is_valid(kind, side, MARK, level) == expected


@given(st.sampled_from([STOP, TARGET, TRAILING]), sides, prices, prices)
def test_a_level_that_may_be_set_is_not_hit_yet(kind: int, side: int, mark: int, level: int) -> None:
    if level_is_valid(kind, side, mark, level):
        assert is_hit(kind, side, mark, level, 0, NOW) == 0
    else:
        assert is_hit(kind, side, mark, level, 0, NOW) == 1


def test_time_exits_when_it_has_come_and_nothing_exits_without_a_mark() -> None:
    assert [is_hit(TIME, 1, MARK, 0, NOW, NOW + late) for late in (-1, 0, 1)] == [0, 1, 1]
    assert is_hit(TIME, 1, 0, 0, NOW, NOW) == 0
    assert is_hit(STOP, 1, 0, MARK, 0, NOW) == 0
    assert is_hit(STOP, 1, -MARK, MARK, 0, NOW) == 0


def test_one_expression_serves_columns() -> None:
    kinds = np.array([STOP, TARGET, TRAILING, TIME, STOP])
    sides_ = np.array([1, 1, -1, 1, -1])
    marks = np.array([99, 101, 103, 100, 100])
    levels = np.array([99, 102, 103, 0, 101])
    found = is_hit(kinds, sides_, marks, levels, np.array([0, 0, 0, NOW, 0]), NOW)
    assert found.tolist() == [1, 0, 1, 1, 0]


@given(sides, st.integers(1_000_000, 10**12), st.integers(1, 5_000), st.integers(0, 5))
def test_a_trailing_level_is_a_price_behind_the_best_mark(
    side: int, best: int, bps: int, decimals: int
) -> None:
    level = triggers.trailing_level(side, best, bps, decimals)
    assert is_valid_price(level, decimals)
    exact = best * (10_000 - side * bps) / 10_000
    behind = side * (exact - level)
    assert -1 <= behind <= tick(level, decimals) + 1 or level == tick(level, decimals)


@given(sides, st.lists(prices, min_size=1, max_size=30), st.integers(1, 5_000))
def test_a_trailing_stop_only_ever_follows_the_position(side: int, path: list[int], bps: int) -> None:
    standing = Trigger(TriggerKind.TRAILING, "BTC", Side(side), trail_bps=bps, best_micros=path[0])
    for mark in path:
        before = standing
        looked = review(triggers=(standing,), quote=quote("BTC", mark), instrument=BTC, now_ms=NOW)
        if looked.moved:
            standing = looked.moved[0]
        assert side * (standing.best_micros - before.best_micros) >= 0
        assert side * (triggers.level_of(standing, BTC) - triggers.level_of(before, BTC)) >= 0
        assert side * (standing.best_micros - mark) >= 0
        beyond = side * (mark - triggers.level_of(standing, BTC)) <= 0
        assert (looked.fired is not None) == beyond


def test_a_trailing_stop_moves_up_and_fires_on_the_way_back() -> None:
    standing = trailing(500, 100_000)
    risen = reviewed(standing, mark=110_000)
    assert risen.fired is None
    assert [one.best_micros for one in risen.moved] == [110_000 * DOLLAR]
    assert triggers.level_of(risen.moved[0], BTC) == 104_500 * DOLLAR
    assert reviewed(risen.moved[0], mark=104_501) == triggers.Review(None, ())
    assert reviewed(risen.moved[0], mark=104_500).fired == risen.moved[0]
    assert reviewed(standing, mark=104_500).fired is None


def test_precedence_is_stop_trailing_target_time() -> None:
    crossed = (at_time(NOW), target(90_000), trailing(100, 110_000), stop(105_000))
    expected = [TriggerKind.STOP, TriggerKind.TRAILING, TriggerKind.TARGET, TriggerKind.TIME]
    for dropped in range(4):
        left = [one for one in crossed if one.kind in expected[dropped:]]
        fired = reviewed(*left, mark=100_000).fired
        assert fired is not None
        assert fired.kind is expected[dropped]


def test_a_mark_that_skips_a_level_still_fires_it_and_a_short_is_mirrored() -> None:
    assert reviewed(stop(99_000), mark=60_000).fired == stop(99_000)
    assert reviewed(stop(101_000, Side.SHORT), mark=101_000).fired == stop(101_000, Side.SHORT)
    assert reviewed(stop(101_000, Side.SHORT), target(90_000, Side.SHORT), mark=100_999).fired is None
    assert reviewed(target(90_000, Side.SHORT), mark=89_000).fired == target(90_000, Side.SHORT)
    assert reviewed(mark=1) == triggers.Review(None, ())
