"""Keeping record of the times in which a held asset had no price to value or close it at."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models import F
from django.db.models.functions import Greatest

from apps.market.queries import MarketBoard
from apps.trading.models import PriceOutage


def record_outages(
    *, faults: Mapping[str, str], good: Collection[str] | None, board: MarketBoard, now: datetime
) -> None:
    """Begin an outage for each faulty asset that has none yet, and end those of assets with a good price.

    `faults` are stable codes by symbol; an outage keeps the code it began with. `good` are the held assets whose
    price may be used; None ends every outage that is not in `faults`, as when all that is held was looked at. Repeating
    the call, or racing it, changes nothing: an asset has at most one open outage.
    """
    standing = PriceOutage.objects.filter(ended_at__isnull=True)
    known = set(standing.values_list("symbol", flat=True))
    over = [symbol for symbol in known if symbol not in faults and (good is None or symbol in good)]
    if over:
        # A clock that was set back ends no outage before it began.
        standing.filter(symbol__in=over).update(ended_at=Greatest(F("began_at"), now))
    begun = [
        PriceOutage(asset_id=board.asset_id(symbol), symbol=symbol, code=code, began_at=now)
        for symbol, code in sorted(faults.items())
        if symbol not in known
    ]
    if begun:
        PriceOutage.objects.bulk_create(begun, ignore_conflicts=True)
