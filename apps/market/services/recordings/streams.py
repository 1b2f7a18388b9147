"""Which columns of which table make the streams of whole numbers on a tape, in the order of the files."""

from collections.abc import Mapping
from typing import NamedTuple

from apps.market.adapters.replay import tape
from apps.market.models import AssetContext, FundingRate, Quote


class Stream(NamedTuple):
    """A table of an asset's moments: the column of the moment, and those of the numbers."""

    model: type[Quote] | type[AssetContext] | type[FundingRate]
    moment: str
    numbers: tuple[str, ...]


STREAMS: Mapping[str, Stream] = {
    tape.QUOTES: Stream(Quote, "at", ("mark_micros", "oracle_micros", "mid_micros", "funding_rate_e10")),
    tape.CONTEXTS: Stream(
        AssetContext,
        "at",
        (
            "open_interest_micros",
            "day_notional_micros",
            "day_base_micros",
            "previous_day_micros",
            "premium_e10",
            "impact_bid_micros",
            "impact_ask_micros",
        ),
    ),
    tape.FUNDING: Stream(FundingRate, "hour_at", ("rate_e10", "premium_e10")),
}
