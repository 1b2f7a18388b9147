"""What must always hold in market memory; each check returns what breaks it."""

from django.db.models import Count, F, Q

from apps.market.models import Candle
from apps.operations.invariants import invariant


@invariant("I-31", "A candle has the shape of one, and is stored once.")
def candles_have_their_shape() -> list[str]:
    """Candles whose extremes do not hold open and close, and twins."""
    crooked = Candle.objects.filter(
        Q(high_micros__lt=F("low_micros"))
        | Q(open_micros__gt=F("high_micros"))
        | Q(open_micros__lt=F("low_micros"))
        | Q(close_micros__gt=F("high_micros"))
        | Q(close_micros__lt=F("low_micros"))
        | Q(low_micros__lte=0)
        | Q(volume_micros__lt=0)
        | Q(knowable_at__lte=F("open_at"))
    )
    twins = Candle.objects.order_by().values("asset_id", "interval_ms", "open_at")
    return [
        *(f"candle:{key}" for key in crooked.values_list("pk", flat=True)[:100]),
        *(
            f"candle of asset {row['asset_id']} at {row['open_at']:%Y-%m-%dT%H:%M} twice"
            for row in twins.annotate(copies=Count("pk")).filter(copies__gt=1)[:100]
        ),
    ]
