"""An account's statement: what it is worth at the last marks, what is open, what it waits for and what it may do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.core.moments import to_ms
from apps.exchange import margin, performance
from apps.exchange.types import AccountState, Instrument, Quote, TradingMode
from apps.exchange.types import Position as PositionValue
from apps.market import queries as market
from apps.trading.models import PolicySnapshot, Position, PropAccount, TradingHalt
from apps.trading.queries.accounts import prices_of, unrealized_micros
from apps.trading.queries.halts import list_halts, strictest
from apps.trading.queries.histories import list_positions
from apps.trading.types import OPEN_STATUSES, AccountStatus, HaltScope

STALE_AFTER = timedelta(minutes=3)
"""An open account with positions that was not valued for longer, or for longer than its prices may be old, is stale."""

_MODES = {AccountStatus.ACTIVE: TradingMode.ACTIVE, AccountStatus.REDUCE_ONLY: TradingMode.REDUCING}


@dataclass(frozen=True, slots=True)
class PositionStatement:
    """An open position at its last mark; money in micro-dollars, `size_lots` signed.

    `margin_micros` is what backs it: its own margin when isolated, else the initial margin it takes of the account's.
    """

    symbol: str
    size_lots: int
    size_decimals: int
    entry_micros: int
    mark_micros: int
    value_micros: int
    unrealized_micros: int
    leverage: int
    is_isolated: bool
    margin_micros: int
    maintenance_micros: int
    liquidation_micros: int | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Wait:
    """An asset whose price keeps the account waiting, and the stable code of what is wrong with it."""

    symbol: str
    code: str


@dataclass(frozen=True, slots=True)
class Statement:
    """An account at the marks of its last valuation; money in micro-dollars, `equity` is cash plus unrealised.

    `free_micros` is what cross margin leaves for new positions; `mode` what may be traded at all, `halts` the kill
    switches that stand over everything or over an asset of the account.
    """

    account: PropAccount
    equity_micros: int
    unrealized_micros: int
    exposure_micros: int
    initial_micros: int
    maintenance_micros: int
    isolated_micros: int
    free_micros: int
    drawdown_bps: int
    positions: tuple[PositionStatement, ...]
    waits: tuple[Wait, ...]
    is_stale: bool
    mode: TradingMode
    halts: tuple[TradingHalt, ...]
    policy: PolicySnapshot | None


def account_statement(account: PropAccount, *, now: datetime) -> Statement:
    """The account's statement at market time `now`, in a fixed number of queries."""
    rows = list(list_positions(account))
    prices = prices_of(account, {row.symbol for row in rows})
    instruments = market.instruments({row.symbol for row in rows})
    quotes = {symbol: Quote(symbol, price, price, price, to_ms(now)) for symbol, price in prices.items()}
    state = state_of(account, rows)
    margins = margin.measure(state, quotes, instruments)
    halts = list_halts({*account.policy.get("allowed_symbols", ()), *(row.symbol for row in rows)})
    return Statement(
        account=account,
        equity_micros=margins.equity_micros,
        unrealized_micros=margins.unrealized_micros,
        exposure_micros=margins.exposure_micros,
        initial_micros=margins.initial_micros,
        maintenance_micros=margins.maintenance_micros,
        isolated_micros=margins.isolated_margin_micros,
        free_micros=max(0, margins.account_value_micros - margins.initial_micros),
        drawdown_bps=performance.drawdown_bps(account.peak_micros, margins.equity_micros),
        positions=tuple(position_statement(row, state, quotes, instruments) for row in rows),
        waits=tuple(waits_of(account)),
        is_stale=_is_stale(account, has_positions=bool(rows), now=now),
        mode=_mode(account, halts),
        halts=tuple(halts),
        policy=PolicySnapshot.objects.filter(account=account, sequence=account.policy_sequence).first(),
    )


def waits_of(account: PropAccount) -> list[Wait]:
    """What the account waits for, asset by asset."""
    parts = [part.rpartition(": ") for part in account.wait_reason.split("; ") if part]
    return [Wait(symbol, code) for symbol, _, code in parts]


def state_of(account: PropAccount, rows: Iterable[Position]) -> AccountState:
    """Cash and these open positions as a value: enough to measure margins by."""
    held = tuple(
        PositionValue(
            row.symbol, row.size_lots, row.cost_micros, row.leverage, row.is_isolated, row.margin_micros
        )
        for row in rows
    )
    return AccountState(status=account.status, cash_micros=account.cash_micros, positions=held)


def position_statement(
    row: Position,
    state: AccountState,
    quotes: Mapping[str, Quote],
    instruments: Mapping[str, Instrument],
) -> PositionStatement:
    """One open position of the account at the marks of the quotes; KeyError where one is missing."""
    held = state.position(row.symbol)
    assert held is not None
    alone = AccountState(status=state.status, cash_micros=0, positions=(held,))
    needs = margin.measure(alone, quotes, instruments)
    decimals = row.asset.size_decimals
    return PositionStatement(
        symbol=row.symbol,
        size_lots=row.size_lots,
        size_decimals=decimals,
        entry_micros=held.entry_price_micros(decimals),
        mark_micros=quotes[row.symbol].mark_micros,
        value_micros=needs.exposure_micros,
        unrealized_micros=unrealized_micros(row, quotes[row.symbol].mark_micros),
        leverage=row.leverage,
        is_isolated=row.is_isolated,
        margin_micros=row.margin_micros if row.is_isolated else needs.initial_micros,
        maintenance_micros=needs.isolated_maintenance_micros if row.is_isolated else needs.maintenance_micros,
        liquidation_micros=margin.liquidation_price(state, row.symbol, quotes, instruments),
        since=row.updated_at,
    )


def _is_stale(account: PropAccount, *, has_positions: bool, now: datetime) -> bool:
    if account.status not in OPEN_STATUSES:
        return False
    if account.wait_reason:
        return True
    patience = max(STALE_AFTER, timedelta(milliseconds=int(account.policy.get("max_price_age_ms", 0))))
    last = account.last_marked_at
    return has_positions and (last is None or now - last > patience)


def _mode(account: PropAccount, halts: Iterable[TradingHalt]) -> TradingMode:
    """The strictest of the account's own state and the switches over everything."""
    own = _MODES.get(AccountStatus(account.status), TradingMode.HALTED)
    everywhere = [TradingMode(one.mode) for one in halts if one.scope == HaltScope.EVERYTHING]
    return strictest([own, *everywhere])
