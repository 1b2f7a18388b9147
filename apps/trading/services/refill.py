"""Filling every order of the past again from the rows that its fill cites, and comparing price, fee and receipt."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any

from apps.core.moments import to_ms
from apps.exchange.fees import fee
from apps.exchange.fills import price_order
from apps.exchange.posting import market_of
from apps.exchange.types import KERNEL_VERSION, Policy
from apps.market import queries as market
from apps.trading.models import PolicySnapshot
from apps.trading.queries.replay import CHUNK, ByAccount, Replay, fill_rows
from apps.trading.services.rebuild import Difference
from apps.trading.services.terms import instrument_of
from apps.trading.types import OrderCause

_BATCH = 400
_AT_THE_MARK = (OrderCause.BACKSTOP, OrderCause.DELISTING)
"""Exits that walk no book and pay no fee."""


def compare_fills(*, account_ids: Collection[int] | None = None) -> Iterator[Difference]:
    """Every fill that the kernel, given what the fill cites, would not make again as it was.

    A fill of an older kernel, or one whose quote or book is no longer kept, is passed over.
    """
    pinned = PolicySnapshot.objects.select_related("account").order_by("account_id", "sequence")
    policies = ByAccount(pinned.iterator(chunk_size=CHUNK), lambda row: int(row.account_id))
    fills = fill_rows(account_ids=account_ids)
    account_id, name, ruled, replay = 0, "", list[tuple[datetime, Policy]](), Replay()
    while batch := list(islice(fills, _BATCH)):
        named = {fill.quote_reference for fill in batch} | {fill.book_reference for fill in batch}
        cited = market.cited(named - {""})
        for fill in batch:
            if fill.account_id != account_id:
                account_id, replay = fill.account_id, Replay()
                rows = list(policies.of(account_id))
                name = rows[0].account.public_id if rows else ""
                ruled = [(row.at, Policy.from_document(row.document)) for row in rows]
            held = replay.positions.get(fill.symbol)
            volume = replay.volume_before(fill.at.date())
            replay.take(fill)
            made = _again(fill, held.size_lots if held else 0, volume, ruled, cited)
            for column, rebuilt in made.items():
                if getattr(fill, column) != rebuilt:
                    where = f"{fill.order_sequence}/{fill.index}"
                    yield Difference(name, "trading_fill", where, column, getattr(fill, column), rebuilt)


def _again(
    fill: Any, held: int, volume: int, ruled: list[tuple[datetime, Policy]], cited: market.Cited
) -> dict[str, int]:
    """The columns of the fill as its citations make them; nothing where they are not all kept."""
    quote, book = cited.quotes.get(fill.quote_reference), cited.books.get(fill.book_reference)
    in_force = [policy for at, policy in ruled if at <= fill.at]
    if fill.kernel_version != KERNEL_VERSION or fill.terms is None or quote is None or not in_force:
        return {}
    if fill.book_reference and book is None:
        return {}
    if fill.order.cause in _AT_THE_MARK:
        return {"price_micros": quote.mark_micros, "fee_micros": 0}
    if fill.asset.is_delisted and fill.asset.delisted_at and fill.asset.delisted_at <= fill.at:
        quote = replace(quote, mid_micros=quote.mark_micros, oracle_micros=quote.mark_micros)
    place = market_of(
        quote=quote,
        book=book,
        side=fill.side,
        instrument=instrument_of(fill.terms.document),
        policy=in_force[-1],
        volume_micros=volume,
        now_ms=to_ms(fill.at),
        taken_lots=fill.taken_lots,
    )
    priced = price_order(fill.side, fill.size_lots, held, fill.taken_lots, place)
    return {
        "price_micros": priced.price,
        "notional_micros": priced.notional,
        "fee_micros": fee(priced.notional, place.fee_rate),
        "mid_micros": priced.mid,
        "half_spread_micros": priced.half_spread,
        "walk_micros": priced.walk,
    }
