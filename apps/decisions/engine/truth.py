"""What the books say of an account: figures alone, never what an engine once wrote about them.

Money and prices are micro-dollars, rates 1e-10 of a notional, times milliseconds; what was paid is positive, what was
received negative.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PositionTruth:
    """One open position at the marks of the moment.

    `margin_micros` is what it ties up: its own margin where it is isolated, else notional by leverage.
    `liquidation_price_micros` is the mark that ends it if only this asset moves, None where no positive one does.
    `funding_paid_micros` is what the asset has cost the account in funding so far, `own_funding_micros` how much of that
    this position has since it was opened or turned round; None in packets from before that was told.
    """

    symbol: str
    side: int
    entry_price_micros: int
    mark_micros: int
    unrealized_micros: int
    leverage: int
    is_isolated: bool
    margin_micros: int
    maintenance_micros: int
    liquidation_price_micros: int | None
    funding_paid_micros: int
    own_funding_micros: int | None = None


@dataclass(frozen=True, slots=True)
class ExitTruth:
    """One standing exit (see `exchange.types.Trigger`); zero stands for what its kind does not have."""

    symbol: str
    kind: str
    side: int
    price_micros: int
    trail_bps: int
    best_micros: int
    expires_at_ms: int
    set_at_ms: int


@dataclass(frozen=True, slots=True)
class FillTruth:
    """One fill: `side` 1 bought, -1 sold; `cause` is the order's (action, stop, liquidation and so on)."""

    at_ms: int
    symbol: str
    side: int
    size_lots: int
    price_micros: int
    notional_micros: int
    fee_micros: int
    realized_micros: int
    cause: str


@dataclass(frozen=True, slots=True)
class AccountTruth:
    """An account's own record at `at_ms`: what it pays, what it paid, what is tied up and what stands.

    `free_margin_micros` is equity less what is tied up, never below zero. Fills are the newest, oldest first.
    """

    at_ms: int
    taker_fee_rate_e10: int
    maker_fee_rate_e10: int
    fees_paid_micros: int
    funding_paid_micros: int
    realized_micros: int
    unrealized_micros: int
    margin_used_micros: int
    free_margin_micros: int
    maintenance_micros: int
    positions: tuple[PositionTruth, ...] = ()
    exits: tuple[ExitTruth, ...] = ()
    fills: tuple[FillTruth, ...] = ()
