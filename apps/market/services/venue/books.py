"""The books' channel: a snapshot of every asset at the moments that were priced."""

from collections.abc import Iterable
from functools import partial

from apps.market.models import Asset, BookSnapshot
from apps.market.services.outcome import Outcome
from apps.market.services.venue.cycle import Cycle


def ingest_books(cycle: Cycle, outcome: Outcome) -> None:
    rows: list[BookSnapshot] = []
    for asset in cycle.assets:
        outcome.attempt(f"book {asset.symbol}", partial(_collect_books, cycle, asset, rows))
    BookSnapshot.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)


def _collect_books(cycle: Cycle, asset: Asset, rows: list[BookSnapshot]) -> int:
    before = len(rows)
    for at in cycle.moments:
        tick = cycle.source.book(symbol=asset.symbol, at=at)
        if tick is None or not tick.bids or not tick.asks:
            continue
        sides = {"bids": _plain(tick.bids), "asks": _plain(tick.asks)}
        rows.append(BookSnapshot(asset=asset, at=at, source=asset.source, knowable_at=at, **sides))
    return len(rows) - before


def _plain(levels: Iterable[tuple[int, int]]) -> list[list[int]]:
    return [[price, size] for price, size in levels]
