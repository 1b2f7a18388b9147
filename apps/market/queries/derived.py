"""What is derived from an asset's book, and from its contexts and funding, as knowable at a moment."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from apps.core.moments import from_ms, to_ms
from apps.exchange.types import Book
from apps.market.features.liquidity import liquidity
from apps.market.features.positioning import WEEK_HOURS, positioning
from apps.market.queries.positioning import list_contexts, list_funding
from apps.market.queries.prices import latest_book
from apps.market.queries.registry import get_asset
from apps.market.types import ContextValue, FundingValue, Liquidity, Positioning

LOOK_BACKS = (timedelta(hours=1), timedelta(hours=24))
SLACK = timedelta(minutes=15)
"""A context this much older than a look-back still stands for it; an older one does not."""


def liquidity_at(symbol: str, *, at: datetime) -> Liquidity | None:
    """Return the liquidity of the book knowable at `at`, None without a book of two sides; raises NotFound."""
    decimals = get_asset(symbol).size_decimals
    return of_book(latest_book(symbol, at=at), size_decimals=decimals)


def positioning_at(symbol: str, *, at: datetime) -> Positioning | None:
    """Return the positioning knowable at `at`, None where neither a context nor a funding rate is known."""
    get_asset(symbol)
    return of_contexts(recent_contexts(symbol, at=at), list_funding(symbol, at=at, limit=WEEK_HOURS))


def recent_contexts(symbol: str, *, at: datetime) -> tuple[ContextValue, ...]:
    """Return the newest context and those that are an hour and a day older, as far as there are any."""
    newest = list_contexts(symbol, at=at, limit=1)
    older = [
        found
        for span in LOOK_BACKS
        for context in newest
        for found in list_contexts(symbol, at=at, limit=1, before=context.at - span + datetime.resolution)
        if found.at > context.at - span - SLACK
    ]
    return (*newest, *older)


def of_book(book: Book | None, *, size_decimals: int) -> Liquidity | None:
    """Return the liquidity of a book, None where there is none with two sides."""
    if book is None:
        return None
    return liquidity(book, size_decimals=size_decimals, knowable_at=from_ms(book.at_ms))


def of_contexts(contexts: Sequence[ContextValue], rates: Sequence[FundingValue]) -> Positioning | None:
    """Return the positioning of what `recent_contexts` and `list_funding` gave, None where both gave nothing."""
    if not contexts and not rates:
        return None
    newest = contexts[0] if contexts else None
    hour_ago, day_ago = (_ago(contexts, span) for span in LOOK_BACKS)
    return positioning(
        open_interest_micros=newest.open_interest_micros if newest else None,
        hour_ago_micros=hour_ago,
        day_ago_micros=day_ago,
        day_base_micros=newest.day_base_micros if newest else None,
        premium_e10=newest.premium_e10 if newest else None,
        rates=[(to_ms(rate.hour_at), rate.rate_e10) for rate in rates],
        knowable_at=max([item.knowable_at for item in contexts] + [rate.knowable_at for rate in rates]),
    )


def _ago(contexts: Sequence[ContextValue], span: timedelta) -> int | None:
    """The open interest of the context that stands for so long ago."""
    for context in contexts[1:]:
        if span <= contexts[0].at - context.at < span + SLACK:
            return context.open_interest_micros
    return None
