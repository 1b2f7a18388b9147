"""F02: the list of failpoints is the code's."""

import re
from collections import Counter
from pathlib import Path

from django.conf import settings

from tests.trading.kills.points import DECISIONS, POINTS, TRADING

REACH = re.compile(r"""\breach\(\s*(["'])(?P<name>[^"']+)\1""")


def test_f02_every_failpoint_of_the_code_is_listed_and_placed_once() -> None:
    found = Counter(
        match["name"]
        for path in Path(settings.BASE_DIR, "apps").rglob("*.py")
        for match in REACH.finditer(path.read_text(encoding="utf-8"))
    )
    assert set(found) == set(POINTS)
    assert len(POINTS) == len(set(POINTS))
    assert {name for name, times in found.items() if times > 1} == set()


def test_f02_there_are_enough_points_between_a_decision_and_the_books() -> None:
    assert len(TRADING) + len(DECISIONS) >= 15
