"""Hash-based integer value noise: the price of any second without state, trends that last and then switch."""

from functools import lru_cache

_MASK = (1 << 64) - 1

WAVES_SECONDS_PPM = (
    (7 * 86_400, 60_000),
    (86_400 - 600, 45_000),
    (5_400, 40_000),
    (1_260, 5_000),
    (180, 1_200),
    (60, 500),
    (10, 120),
)
"""Knot distance and amplitude (parts per million of the base price) of each wave; the 90-minute one is the
regime: between two of its knots the drift is constant, at a knot it switches."""
STEP_SECONDS = 10


def mix(*parts: int) -> int:
    """Return 64 well-mixed bits of the parts (splitmix64 finaliser)."""
    state = 0x9E3779B97F4A7C15
    for part in parts:
        state = (state + part * 0xBF58476D1CE4E5B9 + 0x94D049BB133111EB) & _MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
        state ^= state >> 31
    return state


@lru_cache(maxsize=65_536)
def knot(key: int, wave: int, index: int, amplitude: int) -> int:
    """Return the wave's height at a knot, uniform in -amplitude..amplitude (parts per billion)."""
    return mix(key, wave, index) % (2 * amplitude + 1) - amplitude


def deviation_ppb(key: int, second: int) -> int:
    """Return how far the price stands from its base at a second, in parts per billion.

    Piecewise linear with knots on multiples of ten seconds, so the extremes of a minute lie on them.
    """
    total = 0
    for wave, (distance, amplitude_ppm) in enumerate(WAVES_SECONDS_PPM):
        shifted = second + (key % 8_640) * STEP_SECONDS if wave <= 2 else second
        index, into = divmod(shifted, distance)
        amplitude = amplitude_ppm * 1_000
        left = knot(key, wave, index, amplitude)
        total += left + (knot(key, wave, index + 1, amplitude) - left) * into // distance
    return total
