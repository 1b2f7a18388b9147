"""What fingers and phones need of the style sheets: links high enough, receipts that open in full."""

import re
from pathlib import Path

from django.conf import settings

SHEETS = Path(settings.BASE_DIR) / "static" / "css"


def test_the_links_to_accounts_are_high_enough_for_a_finger() -> None:
    [height] = re.findall(r"\n\.row-account \{[^}]*line-height: (\d+)px", (SHEETS / "board.css").read_text())
    assert int(height) >= 24


def test_an_open_receipt_is_not_cut_by_its_list_on_a_phone() -> None:
    _, phone = (SHEETS / "clone.css").read_text().split("@media (max-width: 760px)")
    assert re.search(r"\.fills:has\(details\[open\]\) \{\s*max-height: none;", phone)
