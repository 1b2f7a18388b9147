"""What the books say of an account at a moment, for the engine that decides for it: figures by the kernel's own rules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC

from django.db.models import QuerySet

from apps.core.moments import to_ms
from apps.decisions.engine.truth import AccountTruth, ExitTruth, FillTruth, PositionTruth
from apps.exchange import fees, margin
from apps.exchange.translate import rules_of
from apps.exchange.types import Instrument, Policy, Quote
from apps.market.queries import MarketBoard
from apps.trading.models import Fill, LedgerEntry, Position, PropAccount, TriggerOrder
from apps.trading.queries.histories import list_positions, list_standing
from apps.trading.queries.money import Funded, fundings_of
from apps.trading.queries.statements import PositionStatement, position_statement, state_of
from apps.trading.queries.volumes import traded_before
from apps.trading.types import Book

FILLS_TOLD = 10


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows that the books consist of: open positions and exits in any order, cash rows, and fills newest first."""

    positions: Iterable[Position]
    exits: Iterable[TriggerOrder]
    cash: QuerySet[LedgerEntry]
    fills: QuerySet[Fill]


def account_truth(account: PropAccount, board: MarketBoard) -> AccountTruth:
    """The account's own record, valued at the board's marks; a position without one is valued at its entry.

    Nothing that an engine ever wrote is part of it. Raises ValueError where the stored policy is not one.
    """
    standing = [row for row in list_standing(account) if row.set_at <= board.at]
    rows = Rows(list_positions(account), standing, cash_rows(account, board), last_fills(account, board))
    return truth_of(account, rows, board)


def truth_of(account: PropAccount, books: Rows, board: MarketBoard) -> AccountTruth:
    """As `account_truth`, of these rows: those of an earlier moment tell what the books said then.

    Told in the order of symbols, and exits of kinds, as Python sorts them: a database sorts by its own language.
    """
    rows = sorted(books.positions, key=lambda row: row.symbol)
    exits = sorted(books.exits, key=lambda row: (row.symbol, row.kind))
    symbols = [row.symbol for row in rows]
    instruments = board.instruments(symbols)
    quotes = _quotes(rows, instruments, board)
    state = state_of(account, rows)
    margins = margin.measure(state, quotes, instruments)
    funded = fundings_of(books.cash, books.fills, {row.symbol: row.size_lots for row in rows}) if rows else {}
    statements = [position_statement(row, state, quotes, instruments) for row in rows]
    rules, volume = rules_of(Policy.from_document(account.policy)), _volume(account, board)
    taker = fees.charged_rate(volume, rules)
    return AccountTruth(
        at_ms=board.at_ms,
        taker_fee_rate_e10=taker,
        maker_fee_rate_e10=min(taker, fees.maker_rate_e10(volume)),
        fees_paid_micros=account.fees_micros,
        funding_paid_micros=account.funding_micros,
        realized_micros=-account.pnl_micros,
        unrealized_micros=margins.unrealized_micros,
        margin_used_micros=margins.initial_micros + margins.isolated_margin_micros,
        free_margin_micros=max(0, margins.account_value_micros - margins.initial_micros),
        maintenance_micros=margins.maintenance_micros + margins.isolated_maintenance_micros,
        positions=tuple(_position(one, funded.get(one.symbol, Funded())) for one in statements),
        exits=tuple(_exit(row) for row in exits),
        fills=_fills(books.fills),
    )


def _quotes(
    rows: Iterable[Position], instruments: Mapping[str, Instrument], board: MarketBoard
) -> dict[str, Quote]:
    """The board's quotes of what is held, and the entry in place of a price that nobody knows."""
    known = board.quotes(row.symbol for row in rows)
    entries = {
        row.symbol: abs(row.cost_micros) * 10 ** instruments[row.symbol].size_decimals // abs(row.size_lots)
        for row in rows
        if row.symbol not in known
    }
    at_entry = {symbol: Quote(symbol, price, price, price, board.at_ms) for symbol, price in entries.items()}
    return known | at_entry


def cash_rows(account: PropAccount, board: MarketBoard) -> QuerySet[LedgerEntry]:
    """The account's cash rows up to the board's moment."""
    return LedgerEntry.objects.filter(account=account, book=Book.CASH, at__lte=board.at).order_by()


def _volume(account: PropAccount, board: MarketBoard) -> int:
    """What sets today's fee tier: as fixed for today, or what the first fill of the day will fix."""
    today = board.at.astimezone(UTC).date()
    if account.volume_date == today:
        return account.volume_micros
    return traded_before([account.pk], today).get(account.pk, 0) if account.order_sequence else 0


def _position(found: PositionStatement, funded: Funded) -> PositionTruth:
    return PositionTruth(
        symbol=found.symbol,
        side=1 if found.size_lots > 0 else -1,
        entry_price_micros=found.entry_micros,
        mark_micros=found.mark_micros,
        unrealized_micros=found.unrealized_micros,
        leverage=found.leverage,
        is_isolated=found.is_isolated,
        margin_micros=found.margin_micros,
        maintenance_micros=found.maintenance_micros,
        liquidation_price_micros=found.liquidation_micros,
        funding_paid_micros=-funded.in_all,
        own_funding_micros=-funded.own,
    )


def _exit(row: TriggerOrder) -> ExitTruth:
    return ExitTruth(
        symbol=row.symbol,
        kind=row.kind,
        side=row.side,
        price_micros=row.price_micros,
        trail_bps=row.trail_bps,
        best_micros=row.best_micros,
        expires_at_ms=0 if row.expires_at is None else to_ms(row.expires_at),
        set_at_ms=to_ms(row.set_at),
    )


def last_fills(account: PropAccount, board: MarketBoard) -> QuerySet[Fill]:
    """The account's fills up to the board's moment, newest first."""
    return Fill.objects.filter(account=account, at__lte=board.at).select_related("order").order_by("-id")


def _fills(newest: QuerySet[Fill]) -> tuple[FillTruth, ...]:
    """The last fills, oldest first."""
    found = newest[:FILLS_TOLD]
    return tuple(
        FillTruth(
            at_ms=to_ms(fill.at),
            symbol=fill.symbol,
            side=fill.side,
            size_lots=fill.size_lots,
            price_micros=fill.price_micros,
            notional_micros=fill.notional_micros,
            fee_micros=fill.fee_micros,
            realized_micros=fill.realized_micros,
            cause=fill.order.cause,
        )
        for fill in reversed(found)
    )
