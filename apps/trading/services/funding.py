"""Hourly funding of the open positions, charged exactly once per account, asset and hour.

On an isolated position it moves its margin as well as the cash that the margin is a part of. A charge may take the
margin below zero, where the next mark that may fill liquidates it; while exits are forbidden it stays below zero.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from apps.exchange import funding as rules
from apps.market.queries import MarketBoard
from apps.market.services import citations
from apps.trading.models import Position, PropAccount
from apps.trading.services import ledger
from apps.trading.services.account_state import policy_of
from apps.trading.services.prices import price_faults
from apps.trading.types import Posting

HOUR = timedelta(hours=1)
MAX_HOURS = rules.MAX_HOURS
"""Hours charged in one go after a long silence; the venue's older rates are taken as unknown."""


def floor_hour(at: datetime) -> datetime:
    """The whole hour at or before `at`."""
    return at.replace(minute=0, second=0, microsecond=0)


def settle_due(
    *, account: PropAccount, positions: Iterable[Position], board: MarketBoard, now: datetime
) -> bool:
    """Charge every whole hour since the last settlement on the positions held; True when the account changed.

    The caller holds the account's lock and saves it with the ledger fields and `funded_through_at`. It runs
    before any fill, so a position pays only for hours it was held over. An hour without a quote of that
    hour, or at which a newer price was held back, is free. Nothing is settled while a position has no price that
    may be used: the hours wait, so that a clock that jumped ahead of the market gives none of them away.
    """
    through = floor_hour(now)
    since = account.funded_through_at or floor_hour(account.opened_at or now)
    if since >= through:
        return False
    held = [row for row in positions if row.size_lots != 0]
    quotes = board.quotes(row.symbol for row in held)
    if held and price_faults(held, quotes, at_ms=board.at_ms, policy=policy_of(account)):
        return False
    account.funded_through_at = through
    postings: list[Posting] = []
    if held:
        hour = max(since + HOUR, through - HOUR * (MAX_HOURS - 1))
        while hour <= through:
            postings += _hour_postings(held, board.earlier(hour), board, hour)
            hour += HOUR
    if postings:
        for row in held:
            row.save(update_fields=["realized_micros", "margin_micros"])
    ledger.post(account=account, postings=postings, now=now)
    return True


def _hour_postings(
    held: list[Position], prices: MarketBoard, board: MarketBoard, hour: datetime
) -> list[Posting]:
    symbols = [row.symbol for row in held]
    quotes = prices.quotes(symbols)
    instruments = board.instruments(symbols)
    postings: list[Posting] = []
    cited: list[str] = []
    for row in held:
        quote = quotes.get(row.symbol)
        if quote is None or quote.fault:
            continue
        if not 0 <= prices.at_ms - quote.at_ms <= HOUR // timedelta(milliseconds=1):
            continue
        if quote.oracle_micros <= 0 or row.symbol not in instruments:
            continue
        paid = rules.payment(
            row.size_lots, quote.oracle_micros, quote.funding_rate_e10, instruments[row.symbol].size_decimals
        )
        if paid:
            row.realized_micros -= paid
            if row.is_isolated:
                row.margin_micros -= paid
            cited.append(quote.reference)
            postings.append(Posting("funding", -paid, f"funding:{row.symbol}:{hour:%Y-%m-%dT%H}Z"))
    citations.cite(cited)
    return postings
