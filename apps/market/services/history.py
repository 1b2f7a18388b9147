"""Loading long history piece by piece: what is here already is not asked again, so a load that stopped goes on."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from django.db import transaction

from apps.core.errors import NotFound
from apps.core.moments import from_ms, to_ms
from apps.market import queries
from apps.market.adapters.hyperliquid.client import CANDLES_KEPT
from apps.market.adapters.hyperliquid.source import HyperliquidSource
from apps.market.adapters.port import MarketSource
from apps.market.models import Asset, FundingRate, Quote
from apps.market.services import candles, sources
from apps.market.services.assets import register_assets
from apps.market.services.outcome import Outcome
from apps.market.services.prices import close_quote
from apps.market.services.venue.funding import WRITTEN_AFTER
from apps.market.types import DAY_MS, DERIVED_INTERVALS_MS, HOUR_MS, INTERVAL_NAMES, MINUTE_MS

FUNDING_STEP = timedelta(days=200)
"""Some ten pages of a live venue's funding."""
DAY = timedelta(days=1)
PATIENCE_SECONDS = 120.0
"""The venue's budget is full again after a minute; a load waits for it instead of failing."""
FUNDING = 0
"""Stands for the hours of funding where a piece has the length of its candles."""


class Piece(NamedTuple):
    """Candles of one length (or the funding) of one asset that close in (start, end]: one question to the source."""

    symbol: str
    interval_ms: int
    start: datetime
    end: datetime

    @property
    def name(self) -> str:
        """What it is, in words."""
        kind = INTERVAL_NAMES.get(self.interval_ms, "funding")
        return f"{self.symbol} {kind} {self.start:%Y-%m-%d %H:%M} to {self.end:%Y-%m-%d %H:%M}"


class Plan(NamedTuple):
    """What to load from where; `notes` say what the source cannot give."""

    source: MarketSource
    pieces: tuple[Piece, ...]
    notes: tuple[str, ...]


def plan(
    *, symbols: Sequence[str] = (), start: datetime, end: datetime, now: datetime, real_now: datetime
) -> Plan:
    """Return the pieces of (start, end] for these assets (default: all that are tracked), asset by asset.

    A live venue keeps its latest 5000 candles of each length: beyond the reach of minutes its own 5m and 1h candles are
    loaded. Registers the source's assets first. Raises NotFound before a source is chosen and for an unknown asset.
    """
    source = sources.current()
    if isinstance(source, HyperliquidSource):
        source = source.patient(wait_up_to=PATIENCE_SECONDS)
    register_assets(source, now=now)
    known = set(queries.list_registry().values_list("symbol", flat=True))
    missing = [symbol for symbol in symbols if symbol not in known]
    if missing:
        raise NotFound(f"The source has no {', '.join(missing)}.", code="ASSET_UNKNOWN")
    chosen = list(symbols) or [row.symbol for row in queries.list_assets().filter(is_delisted=False)]
    start, end = _floor(start, HOUR_MS), _floor(end, MINUTE_MS)
    wholes = [Piece(symbol, FUNDING, start, end) for symbol in chosen]
    found = [piece for whole in wholes for piece in _pieces_of(whole, source, real_now)]
    notes = () if source.is_predetermined or start >= _oldest(MINUTE_MS, real_now) else (_note(real_now),)
    return Plan(source, tuple(found), notes)


def _floor(at: datetime, length_ms: int) -> datetime:
    return from_ms(to_ms(at) // length_ms * length_ms)


def _note(real_now: datetime) -> str:
    longer = ", ".join(
        f"{INTERVAL_NAMES[length]} to {_oldest(length, real_now):%Y-%m-%d}" for length in DERIVED_INTERVALS_MS
    )
    return (
        f"The venue keeps {CANDLES_KEPT} candles of each length: minutes reach back to "
        f"{_oldest(MINUTE_MS, real_now):%Y-%m-%d %H:%M}; before that its longer candles are loaded ({longer})."
    )


def _oldest(length_ms: int, real_now: datetime) -> datetime:
    """The first full hour from which a live venue still has its candles of a length."""
    return _floor(real_now - timedelta(milliseconds=CANDLES_KEPT * length_ms), HOUR_MS) + timedelta(hours=1)


def _pieces_of(whole: Piece, source: MarketSource, real_now: datetime) -> Iterator[Piece]:
    """Cut the span of one asset into questions."""
    own = source.intervals(whole.symbol)
    first = whole.start
    if not source.is_predetermined:
        first = min(max(first, _oldest(own[0], real_now)), whole.end)
        for length in DERIVED_INTERVALS_MS:
            start = max(whole.start, _oldest(length, real_now))
            yield from _cut(whole._replace(interval_ms=length, start=start, end=first), _one_answer(length))
    for length in own:
        step = DAY if source.is_predetermined else _one_answer(length)
        yield from _cut(whole._replace(interval_ms=length, start=first), step)
    yield from _cut(whole, FUNDING_STEP)


def _one_answer(length_ms: int) -> timedelta:
    """The whole days that one answer of a live venue holds."""
    return CANDLES_KEPT * length_ms // DAY_MS * DAY


def _cut(piece: Piece, step: timedelta) -> Iterator[Piece]:
    start = piece.start
    while start < piece.end:
        stop = min(start + step, piece.end)
        yield piece._replace(start=start, end=stop)
        start = stop


def load(source: MarketSource, piece: Piece, *, now: datetime, outcome: Outcome) -> None:
    """Load one piece; its failure is counted in `outcome`, a piece that is here already costs nothing.

    What closed before its asset was registered is history: known at its close, and a price there. What closed later
    counts as known from `now`.
    """
    asset = queries.get_asset(piece.symbol)
    if piece.interval_ms == FUNDING:
        outcome.attempt(piece.name, partial(_load_funding, source, asset, piece, now))
    elif not _is_here(piece, now):
        outcome.attempt(piece.name, partial(_load_candles, source, asset, piece, now, outcome))
    for sentence in source.rejected():
        outcome.leave_out(f"{piece.name}: {sentence}")


def _is_here(piece: Piece, now: datetime) -> bool:
    stored = queries.bars_in(
        piece.symbol, interval_ms=piece.interval_ms, start=piece.start, end=piece.end, at=max(now, piece.end)
    )
    return len(stored) >= (piece.end - piece.start) // timedelta(milliseconds=piece.interval_ms)


def _load_candles(source: MarketSource, asset: Asset, piece: Piece, now: datetime, outcome: Outcome) -> int:
    length = piece.interval_ms
    bars = source.candles(symbol=asset.symbol, interval_ms=length, start=piece.start, end=piece.end)
    sound = candles.sound_bars(bars, interval_ms=length, horizon=piece.end, what=piece.name, outcome=outcome)
    known_ms = to_ms(asset.created_at)
    old = [bar for bar in sound if bar.open_ms + length <= known_ms]
    history = candles.rows_of(asset, length, old, written_at=None)
    rows = history + candles.rows_of(asset, length, sound[len(old) :], written_at=now)
    longer = []
    if length == source.intervals(asset.symbol)[0]:
        for target in candles.derived_lengths(source.intervals(asset.symbol)):
            longer += candles.aggregate(rows, target_ms=target)
    prices = [close_quote(source, asset, row) for row in history]
    with transaction.atomic():
        written = candles.write([*rows, *longer], now=now)
        Quote.objects.bulk_create(prices, batch_size=candles.BATCH_ROWS, ignore_conflicts=True)
    return written.inserted + written.revised


def _load_funding(source: MarketSource, asset: Asset, piece: Piece, now: datetime) -> int:
    hours = (piece.end - piece.start) // timedelta(milliseconds=HOUR_MS)
    stored = FundingRate.objects.filter(asset=asset, hour_at__gt=piece.start, hour_at__lte=piece.end)
    before = stored.count()
    if before >= hours:
        return 0
    rows = []
    for tick in source.funding_history(symbol=asset.symbol, start=piece.start, end=piece.end):
        paid_at = from_ms(tick.hour_ms)
        if paid_at <= piece.start:
            continue
        known_at = (
            paid_at + WRITTEN_AFTER if paid_at <= asset.created_at else max(now, paid_at + WRITTEN_AFTER)
        )
        values = {"rate_e10": tick.rate_e10, "premium_e10": tick.premium_e10}
        rows.append(
            FundingRate(asset=asset, hour_at=paid_at, source=asset.source, knowable_at=known_at, **values)
        )
    FundingRate.objects.bulk_create(rows, batch_size=candles.BATCH_ROWS, ignore_conflicts=True)
    return stored.count() - before
