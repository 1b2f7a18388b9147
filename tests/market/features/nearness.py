"""Comparing our integers with the floats of TA-Lib."""

from collections.abc import Sequence

import numpy


def floats(values: Sequence[int]) -> numpy.ndarray:
    return numpy.array(values, dtype=numpy.float64)


def last(values: numpy.ndarray) -> float | None:
    """TA-Lib's newest value, None where it has none yet."""
    return None if len(values) == 0 or numpy.isnan(values[-1]) else float(values[-1])


def assert_near(ours: int | None, theirs: float | None, *, within: float) -> None:
    assert (ours is None) == (theirs is None)
    assert ours is None or theirs is None or abs(ours - theirs) <= within, (ours, theirs, within)
