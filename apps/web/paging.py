"""Turning the pages of a public list, by number."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: the rows before it, its number, and the numbers before and after; 0 for none."""

    start: int
    number: int
    earlier: int
    later: int
    last: int


def turn(number: str, *, total: int, shown: int) -> Page:
    """The page of this number where there is one, else the nearest; the first for what is no number."""
    last = max(1, -(-total // shown))
    asked = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 1
    chosen = min(max(1, asked), last)
    return Page(
        start=(chosen - 1) * shown,
        number=chosen,
        earlier=chosen - 1,
        later=chosen + 1 if chosen < last else 0,
        last=last,
    )
