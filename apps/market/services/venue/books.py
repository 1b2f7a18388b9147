"""The books' channel: a snapshot of every asset at the moments that were priced."""

from collections.abc import Iterable
from functools import partial

from apps.core.errors import AdapterError
from apps.core.moments import from_ms
from apps.market import queries
from apps.market.models import Asset, BookSnapshot
from apps.market.services.outcome import Outcome
from apps.market.services.venue.cycle import Cycle

TURN_SECONDS = 5


def ingest_books(cycle: Cycle, outcome: Outcome) -> None:
    """Keep a book of every asset at each moment that was priced; one that is old by its own time is refused."""
    rows: list[BookSnapshot] = []
    for asset in _in_turn(cycle):
        outcome.attempt(f"book {asset.symbol}", partial(_collect_books, cycle, asset, rows, outcome))
    BookSnapshot.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)


def _in_turn(cycle: Cycle) -> list[Asset]:
    """The assets, beginning with another one each time: where the budget ends early, nobody is always the last."""
    first = int(cycle.now.timestamp()) // TURN_SECONDS % max(1, len(cycle.assets))
    return [*cycle.assets[first:], *cycle.assets[:first]]


def _collect_books(cycle: Cycle, asset: Asset, rows: list[BookSnapshot], outcome: Outcome) -> int:
    before = len(rows)
    for at in cycle.moments:
        tick = cycle.source.book(symbol=asset.symbol, at=at)
        if tick is None or not tick.bids or not tick.asks:
            continue
        said_at = at if tick.at_ms is None else min(at, from_ms(tick.at_ms))
        outcome.saw(said_at)
        if at - said_at > queries.STALE_AFTER:
            raise AdapterError(
                f"by its own time it is {int((at - said_at).total_seconds())} s old",
                transient=False,
            )
        sides = {"bids": _plain(tick.bids), "asks": _plain(tick.asks)}
        rows.append(
            BookSnapshot(asset=asset, at=at, source=asset.source, knowable_at=cycle.known_at(at), **sides)
        )
    return len(rows) - before


def _plain(levels: Iterable[tuple[int, int]]) -> list[list[int]]:
    return [[price, size] for price, size in levels]
