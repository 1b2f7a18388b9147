"""Leaving the market: all of an account's positions are closed at the market by the exchange's forced
exits.
"""

from datetime import datetime

from apps.exchange.liquidation import close_all, liquidate
from apps.exchange.types import Denied, Policy
from apps.market.queries import MarketBoard
from apps.trading.models import Position, PropAccount
from apps.trading.services.account_state import build_state
from apps.trading.services.booking import Ticket, book_execution
from apps.trading.types import OrderCause


def close_positions(
    *,
    account: PropAccount,
    positions: dict[str, Position],
    policy: Policy,
    board: MarketBoard,
    cause: OrderCause,
    now: datetime,
) -> str:
    """Close every open position at the market; returns "" or, with nothing closed, why that is not possible
    now.

    The caller holds the account's lock, has settled funding, and saves the account afterwards. Nothing is
    closed while any position lacks a believable price. `cause` liquidation also lifts a debt to zero by an
    adjustment.
    """
    state = build_state(account, positions.values())
    symbols = [held.symbol for held in state.positions]
    quotes = board.quotes(symbols)
    forced_exit = liquidate if cause == OrderCause.LIQUIDATION else close_all
    results = forced_exit(
        state=state,
        marks=quotes,
        books={symbol: book for symbol in symbols if (book := board.book(symbol)) is not None},
        instruments=board.instruments(symbols),
        policy=policy,
        now_ms=board.at_ms,
    )
    if isinstance(results, Denied):
        return f"{results.reason}: {results.detail}"
    for result in results:
        symbol = result.fills[0].symbol
        ticket = Ticket(board.asset_id(symbol), quotes[symbol], cause)
        book_execution(account=account, positions=positions, executed=result, ticket=ticket, now=now)
    return ""
