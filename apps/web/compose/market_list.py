"""The market's page: every tracked asset with its price, day and freshness, and what is known around it."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from apps.market import queries as market
from apps.market.queries import AssetState, DayMove
from apps.market.types import AssetCategory, CapitalMetric, PredictionView, SubjectKind
from apps.web import curves, formats, links
from apps.web.compose import market_words
from apps.web.compose.market_predictions import prediction

SORTS = {
    "name": "Asset",
    "price": "Price",
    "change": "24 h",
    "funding": "Funding / h",
    "interest": "Open interest",
    "volume": "Volume, 24 h",
}
DEFAULT_SORT = "volume"
RISING_FIRST = {"name"}
STRIP = (CapitalMetric.TVL, CapitalMetric.STABLECOIN_SUPPLY, CapitalMetric.DEX_VOLUME_24H)
NEXT_MARKETS = 3
LOOKED_AT = 60


def market_list(*, now: datetime, category: str, sort: str, is_turned: bool) -> dict[str, Any]:
    """Everything the page shows at `now`; an unknown category or order is the usual one."""
    category = category if category in AssetCategory.values else ""
    sort = sort if sort in SORTS else DEFAULT_SORT
    assets = list(market.list_assets())
    shown = [asset for asset in assets if category in ("", asset.category)]
    moves = market.day_moves([asset.symbol for asset in shown], at=now)
    rows = [_row(state, moves.get(state.asset.symbol)) for state in market.asset_states(shown, at=now)]
    return {
        "rows": _sorted(rows, sort, is_turned),
        "count": len(assets),
        "heads": _heads(category, sort, is_turned),
        "filters": _filters([asset.category for asset in assets], category, sort, is_turned),
        "capital": _capital(now),
        "predictions": _next_markets(now),
    }


def _row(state: AssetState, move: DayMove | None) -> dict[str, Any]:
    asset, quote = state.asset, state.quote
    mark = quote.mark_micros if quote else None
    change = change_bps(state, move)
    closes = [*move.closes, mark] if move and mark else []
    spark = curves.sparkline(closes)
    moved = change if change is not None else closes[-1] - closes[0] if closes else 0
    interest = interest_micros(state)
    volume = volume_micros(state, move)
    rate = quote.funding_rate_e10 if quote else None
    return {
        "symbol": asset.symbol,
        "url": links.market(asset.symbol),
        "category": AssetCategory(asset.category).label,
        "units": f"{asset.units_per_contract:,} units each" if asset.units_per_contract > 1 else "",
        "is_delisted": asset.is_delisted,
        "price": formats.price(mark) if mark else "–",
        "change": formats.percent(change) if change is not None else "–",
        "tone": formats.tone(moved),
        "funding": formats.rate(rate) if rate is not None else "–",
        "funding_tone": formats.tone(rate or 0),
        "interest": formats.short_dollars(interest) if interest is not None else "–",
        "volume": formats.short_dollars(volume) if volume is not None else "–",
        "spark": spark,
        "area": curves.area(spark),
        "fresh": market_words.freshness(state.health),
        "keys": {
            "name": asset.symbol.lower(),
            "price": mark,
            "change": change,
            "funding": rate,
            "interest": interest,
            "volume": volume,
        },
    }


def change_bps(state: AssetState, move: DayMove | None) -> int | None:
    """The change over a day: by the source's own price of a day ago, else by our hourly candles."""
    before = state.context.previous_day_micros if state.context else None
    before = before or (move.before_micros if move else None)
    if not before or state.quote is None:
        return None
    return (state.quote.mark_micros - before) * 10_000 // before


def interest_micros(state: AssetState) -> int | None:
    """The open interest in micro-dollars at the mark."""
    if state.context is None or state.quote is None:
        return None
    return state.context.open_interest_micros * state.quote.mark_micros // 1_000_000


def volume_micros(state: AssetState, move: DayMove | None) -> int | None:
    """What was traded in a day, in micro-dollars: as the source says, else by our candles."""
    if state.context is not None:
        return state.context.day_notional_micros
    return move.notional_micros if move else None


def _sorted(rows: list[dict[str, Any]], sort: str, is_turned: bool) -> list[dict[str, Any]]:
    """In the order asked for; what is not known comes last in either direction."""
    known = [row for row in rows if row["keys"][sort] is not None]
    unknown = [row for row in rows if row["keys"][sort] is None]
    known.sort(key=lambda row: row["keys"]["name"])
    known.sort(key=lambda row: row["keys"][sort], reverse=(sort in RISING_FIRST) == is_turned)
    return known + unknown


def _heads(category: str, sort: str, is_turned: bool) -> dict[str, dict[str, str]]:
    heads = {}
    for key, title in SORTS.items():
        is_current = key == sort
        rises = (key in RISING_FIRST) != is_turned
        order = ("ascending" if rises else "descending") if is_current else "none"
        turned = is_current and not is_turned
        heads[key] = {"title": title, "url": _address(category, key, turned), "order": order}
    return heads


def _filters(held: list[str], category: str, sort: str, is_turned: bool) -> list[dict[str, Any]]:
    counts = {key: held.count(key) for key in AssetCategory.values}
    every = {
        "title": "All",
        "count": len(held),
        "url": _address("", sort, is_turned),
        "current": not category,
    }
    return [every] + [
        {
            "title": AssetCategory(key).label,
            "count": count,
            "url": _address(key, sort, is_turned),
            "current": key == category,
        }
        for key, count in counts.items()
        if count
    ]


def _address(category: str, sort: str, is_turned: bool) -> str:
    asked = {
        "category": category,
        "sort": "" if sort == DEFAULT_SORT else sort,
        "order": "turned" if is_turned else "",
    }
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"/market?{query}" if query else "/market"


def _next_markets(now: datetime) -> list[dict[str, Any]]:
    """The surest market that ends soon of each of a few assets."""
    found = market.list_predictions(None, view=PredictionView.IMMEDIATE, at=now, limit=LOOKED_AT)
    by_asset = {one.symbol: one for one in reversed(found)}
    firsts = [one for one in found if by_asset[one.symbol] is one]
    return [prediction(one, now=now) for one in firsts[:NEXT_MARKETS]]


def _capital(now: datetime) -> list[dict[str, str]]:
    """The great figures of capital on chain, those that are known."""
    levels = {level.metric: level for level in market.list_capital(at=now, kind=SubjectKind.GLOBAL)}
    return [
        {
            "label": CapitalMetric(metric).label,
            "value": formats.short_dollars(level.value_micros),
            "change": "" if level.change_1d_bps is None else formats.percent(level.change_1d_bps),
            "tone": formats.tone(level.change_1d_bps or 0),
            "age": market_words.since(level.at, now),
        }
        for metric in STRIP
        if (level := levels.get(metric)) is not None
    ]
