"""Defensive parsing of Gamma answers: a page of another shape is refused, a market of another shape is left out."""

from collections.abc import Mapping
from datetime import datetime

from apps.core.errors import AdapterError, AdapterFault
from apps.core.json_strict import is_sound_text
from apps.market.adapters.polymarket.values import (
    LONGEST_SLUG,
    ONE_E6,
    SkipReason,
    Unreadable,
    dollars_micros,
    flag,
    identifier,
    inner_list,
    moment,
    probability_e6,
    text,
)
from apps.market.types import EventTick, Outcome, PredictionStatus, PredictionTick

SUM_TOLERANCE_E6 = 20_000
LONGEST_CURSOR = 4_096


def events_page(body: object, skipped: dict[str, str]) -> tuple[list[PredictionTick], str | None]:
    """Return the markets of a page of events and the cursor of the next page, None at the end.

    Markets that cannot be read are put into `skipped` with the reason. Raises AdapterError SCHEMA_DRIFT for
    a page that is not one.
    """
    if not isinstance(body, dict) or not isinstance(body.get("events"), list):
        raise _drift("a page without a list of events")
    cursor = body.get("next_cursor") or None
    if cursor is not None and (not isinstance(cursor, str) or len(cursor) > LONGEST_CURSOR):
        raise _drift("next_cursor is not a text")
    ticks: list[PredictionTick] = []
    for place, entry in enumerate(body["events"]):
        ticks += _event_markets(entry, place, skipped)
    return ticks, cursor


def _drift(what: str) -> AdapterError:
    return AdapterError(f"Polymarket: {what}", transient=False, fault=AdapterFault.SCHEMA_DRIFT)


def _event_markets(entry: object, place: int, skipped: dict[str, str]) -> list[PredictionTick]:
    try:
        event = _event(entry)
    except Unreadable as error:
        skipped[f"event:{_shown_id(entry, place)}"] = error.reason.value
        return []
    markets = entry.get("markets") if isinstance(entry, dict) else None
    if not isinstance(markets, list):
        skipped[f"event:{event.event_id}"] = SkipReason.SHAPE.value
        return []
    ticks = []
    for number, market in enumerate(markets):
        try:
            ticks.append(_market(market, event))
        except Unreadable as error:
            skipped[_shown_id(market, f"{event.event_id}/{number}")] = error.reason.value
    return ticks


def _shown_id(entry: object, place: object) -> str:
    """What an unreadable row is counted under: its id where that at least can be read, else its place."""
    try:
        return identifier(entry.get("id") if isinstance(entry, dict) else None)
    except Unreadable:
        return f"at {place}"


def single_market(body: object, skipped: dict[str, str]) -> PredictionTick | None:
    """Return the market of an answer about one; None, and counted in `skipped`, when it cannot be read."""
    try:
        events = body.get("events") if isinstance(body, dict) else None
        event = _event(events[0]) if isinstance(events, list) and events else None
        return _market(body, event)
    except Unreadable as error:
        skipped[_shown_id(body, "a single market")] = error.reason.value
        return None


def _event(entry: object) -> EventTick:
    if not isinstance(entry, dict):
        raise Unreadable(SkipReason.SHAPE)
    return EventTick(
        event_id=identifier(entry.get("id")),
        slug=text(entry.get("slug"), longest=LONGEST_SLUG),
        title=text(entry.get("title")),
        tags=_slugs(entry.get("tags")),
        starts_at=_decoration(entry.get("startDate")),
        ends_at=_decoration(entry.get("endDate")),
        series=_slugs(entry.get("series")),
    )


def _decoration(value: object) -> datetime | None:
    """A time of an event: its markets have their own, so an unreadable one costs none of them."""
    try:
        return moment(value)
    except Unreadable:
        return None


def _slugs(value: object) -> tuple[str, ...]:
    """The slugs of tags or series; they are decoration, so what cannot be read of them is passed over."""
    rows = value if isinstance(value, list) else []
    slugs = (row.get("slug") for row in rows if isinstance(row, dict))
    return tuple(
        slug
        for slug in slugs
        if isinstance(slug, str) and 0 < len(slug) <= LONGEST_SLUG and is_sound_text(slug)
    )


def _market(entry: object, event: EventTick | None) -> PredictionTick:
    if not isinstance(entry, dict):
        raise Unreadable(SkipReason.SHAPE)
    question = text(entry.get("question"))
    if not question.strip():
        raise Unreadable(SkipReason.TEXT)
    outcomes, prices = _outcomes(entry)
    return PredictionTick(
        market_id=identifier(entry.get("id")),
        condition_id=text(entry.get("conditionId"), longest=80),
        slug=text(entry.get("slug"), longest=LONGEST_SLUG),
        question=question,
        description=text(entry.get("description")),
        resolution_source=text(entry.get("resolutionSource")),
        outcomes=outcomes,
        prices_e6=prices,
        best_bid_e6=probability_e6(entry.get("bestBid")),
        best_ask_e6=probability_e6(entry.get("bestAsk")),
        last_e6=probability_e6(entry.get("lastTradePrice")),
        liquidity_micros=dollars_micros(entry.get("liquidity")),
        volume_micros=dollars_micros(entry.get("volume")),
        volume_24h_micros=dollars_micros(entry.get("volume24hr")),
        status=_status(entry),
        ends_at=moment(entry.get("endDate")),
        event=event,
    )


def _outcomes(entry: Mapping[str, object]) -> tuple[tuple[Outcome, ...], tuple[int, ...]]:
    """Labels, token ids and prices belong together by position: all of them or none."""
    labels = inner_list(entry.get("outcomes"))
    tokens = inner_list(entry.get("clobTokenIds")) or [""] * len(labels)
    prices = [probability_e6(price) for price in inner_list(entry.get("outcomePrices"))]
    if not labels or len(tokens) != len(labels) or (prices and len(prices) != len(labels)):
        raise Unreadable(SkipReason.LENGTHS)
    outcomes = tuple(
        Outcome(text(label, longest=LONGEST_SLUG), _token(token))
        for label, token in zip(labels, tokens, strict=True)
    )
    known = tuple(price for price in prices if price is not None)
    if len(known) != len(prices):
        raise Unreadable(SkipReason.NUMBER)
    if not any(known):
        return outcomes, ()  # closed markets of the first years say ["0", "0"]: no price
    if abs(sum(known) - ONE_E6) > SUM_TOLERANCE_E6:
        raise Unreadable(SkipReason.PRICES)
    return outcomes, known


def _token(value: object) -> str:
    if (
        not isinstance(value, str)
        or len(value) > 100
        or (value and not (value.isascii() and value.isdecimal()))
    ):
        raise Unreadable(SkipReason.ID)
    return value


def _status(entry: Mapping[str, object]) -> PredictionStatus:
    """Closed by the source's word alone; a market that takes no orders is paused."""
    if flag(entry.get("closed")) or flag(entry.get("archived", False)):
        return PredictionStatus.CLOSED
    is_trading = flag(entry.get("active", True)) and flag(entry.get("acceptingOrders", True))
    return PredictionStatus.OPEN if is_trading else PredictionStatus.PAUSED
