"""The venue's mark price: a median of three views of an asset, one of them the oracle with a smoothed basis.

Source: the venue's page on robust price indices (mirror of 2026-08-22).
"""

from typing import NamedTuple

from apps.exchange.rounding import mul_div

BASIS_WINDOW_MS = 150_000
ONE = 10**16
INVERSE_E = 3_678_794_411_714_423
"""1 / e in units of 1 / ONE."""
TERMS = 18
FORGOTTEN = 40
"""After so many windows nothing that mattered before is left."""
WEIGHT_OF_MS = 1_000


class Average(NamedTuple):
    """An exponential moving average of prices: weighted sum and weight, both fading with time."""

    weighted: int
    weight: int


NO_AVERAGE = Average(0, 0)


def fading(elapsed_ms: int, window_ms: int) -> int:
    """Return exp(-elapsed / window) in units of 1 / ONE."""
    whole, rest = elapsed_ms // window_ms, elapsed_ms % window_ms
    if whole >= FORGOTTEN:
        return 0
    part = mul_div(rest, ONE, window_ms)
    term, kept = ONE, ONE
    for order in range(1, TERMS):
        term = -mul_div(term, part, order * ONE)
        kept += term
    for _ in range(whole):
        kept = mul_div(kept, INVERSE_E, ONE)
    return kept


def update(average: Average, sample: int, elapsed_ms: int, window_ms: int) -> Average:
    """Return the average after a sample that stood for `elapsed_ms` since the one before.

    The venue's step: numerator and denominator fade by exp(-t / window), then gain sample * t and t.
    """
    kept, gained = fading(elapsed_ms, window_ms), elapsed_ms * WEIGHT_OF_MS
    return Average(
        mul_div(average.weighted, kept, ONE) + sample * gained, mul_div(average.weight, kept, ONE) + gained
    )


def value_of(average: Average) -> int:
    """Return the average, rounded once; zero before any sample."""
    return mul_div(average.weighted, 1, average.weight) if average.weight > 0 else 0


def median(a: int, b: int, c: int) -> int:
    """Return the middle one of three."""
    return max(min(a, b), min(max(a, b), c))


def mark_price(oracle_view: int, book_view: int, outside_view: int, smoothed_book: int) -> int:
    """Return the mark: the median of the views there are (0 is none); 0 where fewer than two can be seen.

    The views: the oracle with the 150 s average of mid less oracle; the median of best bid, best ask and last
    trade; the weighted median of other venues' mids. Where exactly one is absent, the 30 s average of the second
    takes its place.
    """
    absent = (oracle_view <= 0) + (book_view <= 0) + (outside_view <= 0)
    if absent > 1 or (absent == 1 and smoothed_book <= 0):
        return 0
    return median(
        oracle_view if oracle_view > 0 else smoothed_book,
        book_view if book_view > 0 else smoothed_book,
        outside_view if outside_view > 0 else smoothed_book,
    )
