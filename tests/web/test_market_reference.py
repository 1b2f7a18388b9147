"""The charts' indicators and the server's: one reference, which the islands' own tests compare with too."""

import json
from dataclasses import asdict

from django.conf import settings

from apps.market.features.indicators import indicators

REFERENCE = settings.BASE_DIR / "apps" / "web" / "islands" / "market" / "reference.json"


def test_the_charts_reference_is_what_the_server_computes() -> None:
    reference = json.loads(REFERENCE.read_text())
    assert len(reference["closes"]) > 40
    assert asdict(indicators(reference["closes"])) == reference["indicators"]
