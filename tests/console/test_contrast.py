"""The console's greens can be read: on white, and on the chips that they are written on."""

import re
from pathlib import Path

import pytest
from django.conf import settings

SHEETS = Path(settings.BASE_DIR) / "static" / "css"
WHITE, LEAST = (255, 255, 255), 4.5
CHIPS = [((64, 192, 87), 0.16), ((128, 128, 128), 0.18)]


def luminance(colour: tuple[int, ...]) -> float:
    """Relative luminance as WCAG defines it, from 0 to 1."""
    parts = [part / 255 for part in colour]
    red, green, blue = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """The ratio of two colours, from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    ("sheet", "place"),
    [
        ("desk.css", r"\n\.dk \{[^}]*--good: #(\w{6})"),
        ("moderation.css", r"\n\.md \{[^}]*--good: #(\w{6})"),
        ("market-data.css", r"\n\.mk \{[^}]*--good: #(\w{6})"),
        ("console.css", r'\n\.pp-health\[data-health="running"\] \{\s*color: #(\w{6})'),
        ("console.css", r"\n\.pp-up \{\s*color: #(\w{6})"),
    ],
)
def test_green_words_are_read_on_white_and_on_their_chips(sheet: str, place: str) -> None:
    [written] = re.findall(place, (SHEETS / sheet).read_text())
    green = tuple(bytes.fromhex(written))
    chips = [tuple(round(share * part + (1 - share) * 255) for part in colour) for colour, share in CHIPS]
    assert all(contrast(green, ground) >= LEAST for ground in (WHITE, *chips))
