"""A series of equities as what a page can draw: thinned points and the path of a sparkline."""

from collections.abc import Sequence

WIDTH = 160
HEIGHT = 44
INSET = 4


def thin(points: Sequence[tuple[int, int]], *, most: int = 160) -> list[tuple[int, int]]:
    """At most `most` of the (time, value) points, evenly picked, first and last kept."""
    count = len(points)
    if count <= most:
        return list(points)
    return [points[index * (count - 1) // (most - 1)] for index in range(most)]


def sparkline(values: Sequence[int]) -> str:
    """The `d` of an SVG path through the values on a 160 x 44 box; empty where there are fewer than two."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    reach = max(high - low, 1)
    last = len(values) - 1
    room = HEIGHT - 2 * INSET
    spots = []
    for index, value in enumerate(values):
        x = WIDTH * 10 * index // last
        y = 10 * (HEIGHT - INSET) - 10 * room * (value - low) // reach if high > low else 10 * HEIGHT // 2
        spots.append(f"{x // 10}.{x % 10} {y // 10}.{y % 10}")
    return "M" + "L".join(spots)


def area(line: str) -> str:
    """The closed area under a sparkline's path."""
    return f"{line}L{WIDTH} {HEIGHT}L0 {HEIGHT}z" if line else ""
