"""Writing what the exchange did: orders, fills, positions, standing exits and ledger rows of executions."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from apps.core.errors import DomainError
from apps.core.moments import to_ms
from apps.exchange.types import Executed, Instrument, LedgerKind, Quote
from apps.market.services import citations
from apps.operations import failpoints
from apps.trading.models import ActionVerdict, Position, PropAccount, TriggerOrder
from apps.trading.seals import fill_digest
from apps.trading.services import exits, ledger, rows
from apps.trading.services.terms import digest_of, pin_terms
from apps.trading.types import OrderCause, Posting


class BooksDisagree(DomainError):
    """The kernel's ledger lines and its fills do not add up; nothing may be written."""

    status = 500
    code = "BOOKS_DISAGREE"


@dataclass(frozen=True, slots=True)
class Ticket:
    """Where an execution comes from: the asset and its terms, the quote it used, its cause, and the key of
    the action or the standing exit behind it, where there is one.
    """

    asset_id: int
    quote: Quote
    cause: OrderCause
    instrument: Instrument
    action_id: int | None = None
    trigger: TriggerOrder | None = None


class Booked(NamedTuple):
    """What one execution puts into the books: the number of its order, the seals of its fills, its ledger rows."""

    order: int | None = None
    fills: tuple[str, ...] = ()
    ledger: tuple[int, int] | None = None


@dataclass(slots=True)
class Blotter:
    """What has been done and not yet written; `write` puts it down in few statements, in one order.

    `instruments` are to be pinned and `references` to be cited: what fills and records used is kept for ever.
    """

    now: datetime
    verdicts: list[ActionVerdict] = field(default_factory=list)
    orders: list[rows.OrderRow] = field(default_factory=list)
    fills: list[tuple[int, rows.FillRow]] = field(default_factory=list)
    positions: dict[tuple[int, int], Position] = field(default_factory=dict)
    changes: exits.Changes = field(default_factory=exits.Changes)
    legs: list[ledger.Leg] = field(default_factory=list)
    records: list[tuple[ActionVerdict, rows.RecordRow]] = field(default_factory=list)
    instruments: dict[str, Instrument] = field(default_factory=dict)
    references: set[str] = field(default_factory=set)

    def write(self) -> list[int]:
        """Write everything; returns the keys of the orders. The caller writes the accounts."""
        rows.write_verdicts(self.verdicts)
        failpoints.reach("trading.after-verdict")
        keys = rows.write_orders(self.orders)
        failpoints.reach("trading.after-order")
        terms = pin_terms(self.instruments.values(), now=self.now) if self.instruments else {}
        rows.write_fills([(keys[place], terms[row.symbol], row) for place, row in self.fills])
        used = {name for _, row in self.fills for name in (row.quote_reference, row.book_reference)}
        citations.cite(self.references | used)
        failpoints.reach("trading.after-fills")
        rows.write_positions(list(self.positions.values()))
        failpoints.reach("trading.after-positions")
        exits.write(self.changes, keys)
        failpoints.reach("trading.after-triggers")
        ledger.write(self.legs)
        failpoints.reach("trading.after-ledger")
        rows.write_records(self.records)
        failpoints.reach("trading.after-record")
        return keys


def enter(
    blotter: Blotter,
    *,
    account: PropAccount,
    positions: dict[str, Position],
    standing: exits.Standing,
    executed: Executed,
    ticket: Ticket,
) -> Booked:
    """Put one execution on the blotter: the account's balances, its positions and its exits move at once."""
    place, booked = None, Booked()
    if executed.fills:
        place = len(blotter.orders)
        order = _order(account, executed, ticket, blotter.now)
        blotter.orders.append(order)
        blotter.instruments[order.symbol] = ticket.instrument
        fills = _fills(account, executed, ticket, blotter.now)
        blotter.fills += [(place, fill) for fill in fills]
        position = _move_position(account, positions, executed, ticket, blotter.now)
        blotter.positions[account.pk, ticket.asset_id] = position
        legs, seals = _post(account, order.sequence, fills, executed, blotter.now)
        blotter.legs += legs
        booked = Booked(order.sequence, seals, (legs[0].sequence, legs[-1].sequence))
    exits.apply(
        blotter.changes,
        standing,
        account=account,
        executed=executed,
        asset_id=ticket.asset_id,
        symbol=ticket.instrument.symbol,
        action_id=ticket.action_id,
        fired=ticket.trigger,
        order_place=place,
        now=blotter.now,
    )
    return booked


def _order(account: PropAccount, executed: Executed, ticket: Ticket, now: datetime) -> rows.OrderRow:
    account.order_sequence += 1
    first = executed.fills[0]
    return rows.OrderRow(
        account_id=account.pk,
        sequence=account.order_sequence,
        action_id=ticket.action_id,
        cause=ticket.cause.value,
        asset_id=ticket.asset_id,
        symbol=first.symbol,
        side=int(first.side),
        size_lots=sum(fill.size_lots for fill in executed.fills),
        placed_at=now,
    )


def _fills(account: PropAccount, executed: Executed, ticket: Ticket, now: datetime) -> list[rows.FillRow]:
    age, digest = to_ms(now) - ticket.quote.at_ms, digest_of(ticket.instrument)
    return [
        rows.FillRow(
            index=index,
            account_id=account.pk,
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
            leverage=fill.leverage,
            is_isolated=fill.is_isolated,
            margin_micros=fill.margin_micros,
            taken_lots=fill.taken_lots,
            price_age_ms=age,
            kernel_version=fill.kernel_version,
            at=now,
            terms_digest=digest,
        )
        for index, fill in enumerate(executed.fills)
    ]


def _move_position(
    account: PropAccount, positions: dict[str, Position], executed: Executed, ticket: Ticket, now: datetime
) -> Position:
    symbol = executed.fills[0].symbol
    row = positions.get(symbol) or Position(account_id=account.pk, asset_id=ticket.asset_id, symbol=symbol)
    after = executed.position_after
    row.size_lots = after.size_lots if after else 0
    row.cost_micros = after.cost_micros if after else 0
    row.leverage = after.leverage if after else row.leverage
    row.is_isolated = after.is_isolated if after else False
    row.margin_micros = after.margin_micros if after else 0
    row.realized_micros += sum(fill.realized_micros - fill.fee_micros for fill in executed.fills)
    row.updated_at = now
    positions[symbol] = row
    return row


def _post(
    account: PropAccount, sequence: int, fills: list[rows.FillRow], executed: Executed, now: datetime
) -> tuple[list[ledger.Leg], tuple[str, ...]]:
    """The ledger rows of one execution, and the seals of its fills that stand on them."""
    postings: list[Posting] = []
    digests: dict[str, str] = {}
    seals = tuple(fill_digest(fill, order_sequence=sequence) for fill in fills)
    for fill, digest in zip(fills, seals, strict=True):
        source = f"fill:{sequence}:{fill.index}"
        postings.append(Posting("fee", -fill.fee_micros, f"{source}:fee"))
        if fill.realized_micros:
            postings.append(Posting("realized_pnl", fill.realized_micros, f"{source}:pnl"))
        digests |= {f"{source}:fee": digest, f"{source}:pnl": digest}
    for line in executed.lines:
        if line.kind in _LIFTS:
            postings.append(
                Posting(line.kind.value, line.amount_micros, f"order:{sequence}:{_LIFTS[line.kind]}")
            )
    total = sum(posting.amount_micros for posting in postings)
    if total != sum(line.amount_micros for line in executed.lines):
        raise BooksDisagree(
            "The fills and the ledger lines of one execution do not add up; nothing was written."
        )
    return ledger.draft(account=account, postings=postings, now=now, digests=digests), seals


_LIFTS = {LedgerKind.ADJUSTMENT: "debt", LedgerKind.BACKSTOP: "backstop"}
"""Lines that no fill explains, and the word for them in the reference of their posting."""
