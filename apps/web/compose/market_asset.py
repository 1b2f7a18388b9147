"""The page of one asset: its price and day, its book, what is derived of it, its contract, and the markets about it."""

from datetime import datetime
from typing import Any

from apps.exchange import precision
from apps.market import queries as market
from apps.market.queries import AssetState, DayMove
from apps.market.types import FIVE_MINUTES_MS, AssetCategory
from apps.web import formats
from apps.web.compose import market_predictions, market_words
from apps.web.compose.market_book import book
from apps.web.compose.market_list import change_bps, interest_micros, volume_micros

HOURS_A_YEAR = 24 * 365
SOURCES = {
    "hyperliquid": "Hyperliquid",
    "replay": "a recording",
    "synthetic": "the seed",
}


def market_asset(symbol: str, *, now: datetime) -> dict[str, Any]:
    """Everything the page shows of an asset at `now`; NotFound where the registry has none of that name."""
    asset = market.get_asset(symbol)
    state = market.asset_states([asset], at=now)[0]
    move = market.day_moves([symbol], at=now).get(symbol)
    features = market.features_at(symbol, interval_ms=FIVE_MINUTES_MS, at=now)
    return {
        **_head(state, move),
        "tiles": _tiles(state, move),
        "book": book(symbol, decimals=asset.size_decimals, now=now),
        "groups": [
            {
                "title": "Volatility",
                "note": "5-minute candles",
                "figures": market_words.volatility(features.volatility, interval="5-min"),
            },
            {
                "title": "Indicators",
                "note": "5-minute candles",
                "figures": market_words.indicators(features.indicators),
            },
        ],
        "positioning": market_words.positioning(market.positioning_at(symbol, at=now)),
        "contract": _contract(state),
        "tiers": _tiers(state),
        "views": market_predictions.views(symbol, now=now),
        "known": _known(state, features.closed_at, now),
    }


def _head(state: AssetState, move: DayMove | None) -> dict[str, Any]:
    asset, quote = state.asset, state.quote
    change = change_bps(state, move)
    return {
        "symbol": asset.symbol,
        "category": AssetCategory(asset.category).label,
        "is_tracked": asset.is_tracked,
        "is_delisted": asset.is_delisted,
        "units": f"one contract is {asset.units_per_contract:,} coins"
        if asset.units_per_contract > 1
        else "",
        "price": formats.price(quote.mark_micros) if quote else "No price yet",
        "change": formats.percent(change) if change is not None else "",
        "tone": formats.tone(change or 0),
        "fresh": market_words.freshness(state.health),
    }


def _tiles(state: AssetState, move: DayMove | None) -> list[dict[str, str]]:
    quote = state.quote
    rate = quote.funding_rate_e10 if quote else None
    interest, volume = interest_micros(state), volume_micros(state, move)
    units = state.context.open_interest_micros if state.context else None
    return [
        _tile(
            "Oracle", formats.price(quote.oracle_micros) if quote else None, "the spot price behind funding"
        ),
        _tile(
            "Funding per hour",
            None if rate is None else formats.rate(rate),
            ""
            if rate is None
            else f"{market_words.funding(rate)}, {formats.rate(rate * HOURS_A_YEAR, places=1)} a year",
            formats.tone(rate or 0),
        ),
        _tile(
            "Open interest",
            None if interest is None else formats.short_dollars(interest),
            "" if units is None else f"{formats.short_number(units, decimals=6)} {state.asset.symbol}",
        ),
        _tile(
            "Volume, 24 h",
            None if volume is None else formats.short_dollars(volume),
            "as the venue counts it" if state.context else "counted from candles",
        ),
        _tile(
            "Range, 24 h",
            f"{formats.price(min(move.closes))}" if move else None,
            f"to {formats.price(max(move.closes))}, hourly closes" if move else "",
        ),
    ]


def _tile(label: str, value: str | None, note: str, tone: str = "") -> dict[str, str]:
    known = value is not None
    return {
        "label": label,
        "value": value or "–",
        "note": note if known else "not known yet",
        "tone": tone if known else "",
    }


def _contract(state: AssetState) -> list[dict[str, str]]:
    asset, quote = state.asset, state.quote
    lot = formats.size(1, decimals=asset.size_decimals)
    tick = precision.tick(quote.mark_micros, asset.size_decimals) if quote else None
    worth = quote.mark_micros // 10**asset.size_decimals if quote else None
    isolated = asset.only_isolated or asset.margin_mode in ("strictIsolated", "noCross")
    rows = [
        ("Tick", formats.small(tick) if tick else "–", "smallest step of the price now"),
        ("Lot", f"{lot} {asset.symbol}", f"worth {formats.small(worth)}" if worth is not None else ""),
        ("Largest leverage", f"{asset.max_leverage}×", "of the smallest positions"),
        ("Margin", "isolated only" if isolated else "cross", "how the venue holds it"),
        ("Units per contract", f"{asset.units_per_contract:,}", "k-coins are thousands"),
        (
            "Index at the venue",
            "–" if asset.venue_index is None else str(asset.venue_index),
            "its place in the venue's list",
        ),
    ]
    return [{"label": label, "value": value, "note": note} for label, value, note in rows]


def _tiers(state: AssetState) -> list[dict[str, str]]:
    return [
        {"from": formats.short_dollars(tier.lower_bound_micros), "leverage": f"{tier.max_leverage}×"}
        for tier in state.instrument.tiers
    ]


def _known(state: AssetState, closed_at: datetime | None, now: datetime) -> dict[str, str]:
    return {
        "at": formats.moment(now),
        "source": SOURCES.get(state.asset.source, state.asset.source),
        "price": formats.moment(state.price_at) if state.price_at else "–",
        "context": formats.moment(state.context.at) if state.context else "–",
        "candle": formats.moment(closed_at) if closed_at else "–",
    }
