"""How long market memory keeps what in rows: candles go to their blocks, and what nobody cites is thinned, then deleted.

Everything is deleted in short batches of their own, so that a writer beside it waits for one of them at most. What
lies after `now` is never touched: a clock that jumps back deletes nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from django.conf import settings
from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from apps.core.moments import to_ms
from apps.market.models import (
    Asset,
    AssetContext,
    BookSnapshot,
    IngestionRun,
    PredictionMarket,
    PredictionSnapshot,
    Quote,
)
from apps.market.services import blocks
from apps.market.services.outcome import Outcome
from apps.market.services.predictions.forgetting import forget_markets
from apps.market.types import FIVE_MINUTES_MS, HOUR_MS, MINUTE_MS
from apps.market.types.blocks import DayKey
from apps.operations.types import Report

Row = TypeVar("Row", bound=Model)

AT_ONCE = 500
"""Rows of one DELETE."""
MOST_DELETED = 100_000
"""Rows of one table in one run; the rest waits for the next."""
LOOK_BACK = timedelta(days=1)
"""What fell due within so long is thinned: retention may be away for a day."""


def keep_memory_short(*, now: datetime) -> Report:
    """Roll closed days up into blocks and delete what memory need not keep; one failing part stops no other."""
    outcome = Outcome()
    report = blocks.roll_up(now=now)
    for asset in Asset.objects.order_by("pk"):
        for interval_ms in blocks.lengths_of(asset):
            before = now - _candles_kept(interval_ms)
            for day in blocks.days_to_forget(asset, interval_ms, before=before):
                key = DayKey(asset.pk, interval_ms, day)
                outcome.attempt(f"{asset.symbol} {interval_ms} {day}", partial(blocks.forget_day, key))
    parts: dict[str, Callable[[], int]] = {
        "quotes": lambda: _thin_quotes(now),
        "books": lambda: _delete_books(now),
        "contexts": lambda: _thin_contexts(now),
        "prediction snapshots": lambda: _thin_snapshots(now),
        "prediction markets": lambda: forget_markets(before=now - _kept("prediction_markets")),
        "runs": lambda: _delete(
            IngestionRun.objects.filter(started_at__lt=now - _kept("runs")).order_by("pk")
        ),
    }
    for what, act in parts.items():
        outcome.attempt(what, act)
    return report + outcome.report()


def _kept(what: str) -> timedelta:
    span: timedelta = settings.MARKET_RETENTION[what]
    return span


def _candles_kept(interval_ms: int) -> timedelta:
    if interval_ms < FIVE_MINUTES_MS:
        return _kept("minute_candles")
    return _kept("hour_candles" if interval_ms >= HOUR_MS else "five_minute_candles")


def _thin_quotes(now: datetime) -> int:
    """Of every whole minute keep the last price before it, later the cited ones and the asset's very last."""
    gone = 0
    for asset_id in Asset.objects.values_list("pk", flat=True):
        rows = Quote.objects.filter(asset_id=asset_id)
        newest = list(rows.order_by("-at").values_list("pk", flat=True)[:1])
        old = rows.filter(at__lt=now - _kept("minute_quotes"), is_cited=False)
        gone += _delete(old.exclude(pk__in=newest).order_by("at"))
        due = _due(rows, "at", now - _kept("quotes"))
        judged = due.values_list("pk", "at", "is_cited")
        gone += _delete_surplus(rows.filter(is_cited=False), judged, step_ms=MINUTE_MS)
    return gone


def _delete_books(now: datetime) -> int:
    gone = 0
    for asset_id in Asset.objects.values_list("pk", flat=True):
        books = BookSnapshot.objects.filter(asset_id=asset_id, at__lt=now - _kept("books"), is_cited=False)
        gone += _delete(books.order_by("at"))
    return gone


def _thin_contexts(now: datetime) -> int:
    """Of every whole hour keep the last context before it."""
    gone = 0
    for asset_id in Asset.objects.values_list("pk", flat=True):
        rows = AssetContext.objects.filter(asset_id=asset_id)
        due = _due(rows, "at", now - _kept("minute_contexts"))
        plain = ((key, at, False) for key, at in due.values_list("pk", "at"))
        gone += _delete_surplus(rows, plain, step_ms=HOUR_MS)
    return gone


def _thin_snapshots(now: datetime) -> int:
    """Of every whole hour keep the last state of each prediction market before it."""
    gone = 0
    until = now - _kept("prediction_snapshots")
    moving = PredictionMarket.objects.filter(
        Q(closed_at__isnull=True) | Q(closed_at__gte=until - LOOK_BACK),
        Exists(PredictionSnapshot.objects.filter(market=OuterRef("pk"))),
    )
    for market_id in moving.values_list("pk", flat=True):
        rows = PredictionSnapshot.objects.filter(market_id=market_id)
        due = _due(rows, "knowable_at", until)
        plain = ((key, at, False) for key, at in due.values_list("pk", "knowable_at"))
        gone += _delete_surplus(rows, plain, step_ms=HOUR_MS)
    return gone


def _due(rows: QuerySet[Row], column: str, until: datetime) -> QuerySet[Row]:
    """The rows that fell due lately, ascending."""
    return rows.filter(**{f"{column}__gte": until - LOOK_BACK, f"{column}__lt": until}).order_by(column)


def _delete_surplus(rows: QuerySet[Row], due: Iterable[tuple[int, datetime, bool]], *, step_ms: int) -> int:
    """Delete of (key, moment, is cited), ascending, all but the last of every step and the cited ones.

    A step ends with its whole minute or hour, so that a read at that very moment answers as before.
    """
    surplus: list[int] = []
    previous: tuple[int, int, bool] | None = None
    for key, at, is_cited in due:
        step = -(-to_ms(at) // step_ms)
        if previous is not None and previous[1] == step and not previous[2]:
            surplus.append(previous[0])
        previous = (key, step, is_cited)
    return _delete_keys(rows, surplus[:MOST_DELETED])


def _delete(rows: QuerySet[Row]) -> int:
    return _delete_keys(rows, list(rows.values_list("pk", flat=True)[:MOST_DELETED]))


def _delete_keys(rows: QuerySet[Row], keys: Sequence[int]) -> int:
    """Delete these of the rows, each batch in a transaction of its own; what was cited meanwhile stays."""
    gone = 0
    for first in range(0, len(keys), AT_ONCE):
        gone += rows.order_by().filter(pk__in=keys[first : first + AT_ONCE]).delete()[0]
    return gone
