"""Leaving the market: all of an account's positions are closed at the market by the exchange's forced
exits.
"""

from collections.abc import Sequence
from datetime import datetime

from apps.core.moments import from_ms
from apps.exchange.liquidation import close_all, liquidate
from apps.exchange.types import Denied, DenyReason, Executed, ExitCause, Policy, TradingMode
from apps.market.queries import MarketBoard
from apps.trading.models import Position, PropAccount
from apps.trading.queries.halts import effective_modes
from apps.trading.services import exits
from apps.trading.services.account_state import build_state
from apps.trading.services.booking import Blotter, Ticket, enter
from apps.trading.services.taken import Taken
from apps.trading.services.volumes import fix_volumes
from apps.trading.types import AccountStatus, OrderCause


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

    The caller holds the account's lock, has settled funding, and saves the account afterwards, with
    `VOLUME_FIELDS` and `partial_liquidation_at`. Nothing is closed while any position lacks a believable price,
    or while a kill switch or the account's own state allows no fill. With the cause liquidation the exchange
    decides what is closed: it may leave positions open once maintenance is covered.
    """
    fix_volumes([account], now=now)
    state = build_state(account, positions.values())
    symbols = [held.symbol for held in state.positions]
    halted = _halted(account, symbols)
    if halted:
        return f"{DenyReason.TRADING_HALTED}: {halted}"
    books = {symbol: book for symbol in symbols if (book := board.book(symbol)) is not None}
    taken = Taken([account], books.values())
    forced_exit = liquidate if cause == OrderCause.LIQUIDATION else close_all
    results = forced_exit(
        state=state,
        marks=board.quotes(symbols),
        books=books,
        instruments=board.instruments(symbols),
        policy=policy,
        now_ms=board.at_ms,
        taken_lots={symbol: taken.lots_out(positions[symbol], book) for symbol, book in books.items()},
    )
    if isinstance(results, Denied):
        return f"{results.reason}: {results.detail}"
    _book(account, positions, results, board=board, cause=cause, now=now)
    return ""


def _halted(account: PropAccount, symbols: Sequence[str]) -> str:
    """Why no fill of any kind is possible now, if that is so."""
    if account.status == AccountStatus.HALTED:
        return "the account is halted"
    halted = [symbol for symbol, mode in effective_modes(symbols).items() if mode == TradingMode.HALTED]
    return f"a kill switch stands over {', '.join(sorted(halted))}" if halted else ""


def _book(
    account: PropAccount,
    positions: dict[str, Position],
    results: Sequence[Executed],
    *,
    board: MarketBoard,
    cause: OrderCause,
    now: datetime,
) -> None:
    blotter = Blotter(now)
    standing = exits.load_standing([account.pk]).get(account.pk, {})
    for result in results:
        symbol = result.fills[0].symbol
        is_backstop = result.exit_cause == ExitCause.BACKSTOP
        ticket = Ticket(
            asset_id=board.asset_id(symbol),
            quote=board.quotes([symbol])[symbol],
            cause=OrderCause.BACKSTOP if is_backstop else cause,
            instrument=board.instruments([symbol])[symbol],
        )
        enter(
            blotter,
            account=account,
            positions=positions,
            standing=standing,
            executed=result,
            ticket=ticket,
        )
    blotter.write()
    if results and (partial := results[-1].state_after.partial_at_ms) is not None:
        account.partial_liquidation_at = from_ms(partial)
