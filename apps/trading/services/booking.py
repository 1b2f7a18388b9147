"""Writing what the exchange did: order, fills, position and ledger rows of one execution."""

from dataclasses import dataclass
from datetime import datetime

from apps.core.errors import DomainError
from apps.core.moments import to_ms
from apps.exchange.types import Executed, LedgerKind, Quote
from apps.market.services import citations
from apps.operations import failpoints
from apps.trading.models import Fill, Order, Position, PropAccount
from apps.trading.seals import fill_digest
from apps.trading.services import ledger
from apps.trading.types import OrderCause, Posting


class BooksDisagree(DomainError):
    """The kernel's ledger lines and its fills do not add up; nothing may be written."""

    status = 500
    code = "BOOKS_DISAGREE"


@dataclass(frozen=True, slots=True)
class Ticket:
    """Where an execution comes from: the asset, the quote it used, its cause and the action's key if
    there is one.
    """

    asset_id: int
    quote: Quote
    cause: OrderCause
    action_id: int | None = None


def book_execution(
    *, account: PropAccount, positions: dict[str, Position], executed: Executed, ticket: Ticket, now: datetime
) -> Order:
    """Write an order with its fills, move the position and post the ledger, under the caller's account lock.

    `positions` is updated in place. The caller saves the account. Raises `BooksDisagree` if the kernel's
    ledger lines are not the sum of its fills.
    """
    order = _write_order(account, executed, ticket, now)
    failpoints.reach("trading.after-order")
    fills = _write_fills(account, order, executed, ticket, now)
    citations.cite({fill.quote_reference for fill in fills} | {fill.book_reference for fill in fills})
    _move_position(account, positions, executed, ticket, now)
    _post(account, order, fills, executed, now)
    failpoints.reach("trading.after-ledger")
    return order


def _write_order(account: PropAccount, executed: Executed, ticket: Ticket, now: datetime) -> Order:
    account.order_sequence += 1
    first = executed.fills[0]
    return Order.objects.create(
        account=account,
        sequence=account.order_sequence,
        action_id=ticket.action_id,
        cause=ticket.cause,
        asset_id=ticket.asset_id,
        symbol=first.symbol,
        side=int(first.side),
        size_lots=sum(fill.size_lots for fill in executed.fills),
        placed_at=now,
    )


def _write_fills(
    account: PropAccount, order: Order, executed: Executed, ticket: Ticket, now: datetime
) -> list[Fill]:
    return Fill.objects.bulk_create(
        Fill(
            order=order,
            index=index,
            account=account,
            asset_id=ticket.asset_id,
            symbol=fill.symbol,
            side=int(fill.side),
            size_lots=fill.size_lots,
            price_micros=fill.price_micros,
            notional_micros=fill.notional_micros,
            fee_micros=fill.fee_micros,
            realized_micros=fill.realized_micros,
            mid_micros=fill.mid_micros,
            half_spread_micros=fill.half_spread_micros,
            walk_micros=fill.walk_micros,
            book_reference=fill.book_reference,
            quote_reference=fill.quote_reference,
            price_age_ms=to_ms(now) - ticket.quote.at_ms,
            kernel_version=fill.kernel_version,
            at=now,
        )
        for index, fill in enumerate(executed.fills)
    )


def _move_position(
    account: PropAccount, positions: dict[str, Position], executed: Executed, ticket: Ticket, now: datetime
) -> None:
    symbol = executed.fills[0].symbol
    row = positions.get(symbol) or Position(account=account, asset_id=ticket.asset_id, symbol=symbol)
    after = executed.position_after
    row.size_lots = after.size_lots if after else 0
    row.cost_micros = after.cost_micros if after else 0
    row.leverage = after.leverage if after else row.leverage
    row.realized_micros += sum(fill.realized_micros - fill.fee_micros for fill in executed.fills)
    row.updated_at = now
    row.save()
    positions[symbol] = row


def _post(account: PropAccount, order: Order, fills: list[Fill], executed: Executed, now: datetime) -> None:
    postings: list[Posting] = []
    digests: dict[str, str] = {}
    for fill in fills:
        source = f"fill:{order.sequence}:{fill.index}"
        postings.append(Posting("fee", -fill.fee_micros, f"{source}:fee"))
        if fill.realized_micros:
            postings.append(Posting("realized_pnl", fill.realized_micros, f"{source}:pnl"))
        digest = fill_digest(fill, order_sequence=order.sequence)
        digests |= {f"{source}:fee": digest, f"{source}:pnl": digest}
    for line in executed.lines:
        if line.kind == LedgerKind.ADJUSTMENT:
            postings.append(Posting("adjustment", line.amount_micros, f"order:{order.sequence}:debt"))
    total = sum(posting.amount_micros for posting in postings)
    if total != sum(line.amount_micros for line in executed.lines):
        raise BooksDisagree(
            "The fills and the ledger lines of one execution do not add up; nothing was written."
        )
    ledger.post(account=account, postings=postings, now=now, digests=digests)
