"""Funding that was paid: one rate and premium per hour."""

from typing import NamedTuple

from apps.market.adapters.hyperliquid.parse.contexts import HIGHEST_PREMIUM_E10, HIGHEST_RATE_E10
from apps.market.adapters.hyperliquid.parse.reading import as_dict, as_list, field, readable, refusal
from apps.market.adapters.numbers import within
from apps.market.adapters.times import epoch_ms
from apps.market.types import HOUR_MS, FundingTick


class FundingPage(NamedTuple):
    """One answer: its hours, how many rows the answer had, and the time of its last row (for the next page)."""

    ticks: list[FundingTick]
    rows_count: int
    last_ms: int


def funding_history(
    body: object, *, symbol: str, now_ms: int | None = None, rejected: list[str] | None = None
) -> FundingPage:
    """Return the hours of a `fundingHistory` answer, ascending; a row is of the hour that it begins in.

    The venue writes a row some milliseconds after the hour.
    """
    entries = as_list(body, "fundingHistory")
    rows = readable(
        entries, lambda entry: _row(entry, symbol, now_ms), what=f"funding of {symbol}", rejected=rejected
    )
    hours = {tick.hour_ms: tick for _, tick in sorted(rows, key=lambda row: row[0], reverse=True)}
    return FundingPage(
        sorted(hours.values(), key=lambda tick: tick.hour_ms),
        len(entries),
        max((at_ms for at_ms, _ in rows), default=0),
    )


def _row(entry: object, symbol: str, now_ms: int | None) -> tuple[int, FundingTick]:
    row = as_dict(entry, "a funding row")
    if field(row, "coin") != symbol:
        raise refusal(f"funding is of {str(row['coin'])[:40]}, asked was {symbol}")
    at_ms = epoch_ms(field(row, "time"), now_ms=now_ms)
    rate = within(field(row, "fundingRate"), 10, low=-HIGHEST_RATE_E10, high=HIGHEST_RATE_E10)
    premium = field(row, "premium")
    return at_ms, FundingTick(
        at_ms // HOUR_MS * HOUR_MS,
        rate,
        None if premium is None else within(premium, 10, low=-HIGHEST_PREMIUM_E10, high=HIGHEST_PREMIUM_E10),
    )
