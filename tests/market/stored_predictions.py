"""Prediction markets put into memory without a network: parsed from Gamma's shapes, stored at a moment."""

from datetime import datetime
from typing import Any

from apps.market.adapters.polymarket import parse
from apps.market.models import Asset
from apps.market.services.predictions.links import Linker
from apps.market.services.predictions.store import Subjects, store_markets
from tests.market.services.predictions.world import SYMBOLS, register


def subjects() -> Subjects:
    """The registry of the tests, made where it is missing."""
    if not Asset.objects.exists():
        register(*SYMBOLS)
    keys = dict(Asset.objects.values_list("symbol", "pk"))
    return Subjects(Linker((symbol, 1) for symbol in keys), keys)


def store(events: list[dict[str, Any]], *, at: datetime) -> int:
    """Store the events' markets as known at `at`; return how many rows were written."""
    ticks, _ = parse.events_page({"events": events}, {})
    return store_markets(ticks, source="polymarket", subjects=subjects(), at=at)
