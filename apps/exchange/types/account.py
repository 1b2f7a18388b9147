"""What the exchange must know of an account: cash, positions, standing exits."""

from dataclasses import dataclass

from apps.exchange.rounding import mul_div
from apps.exchange.types.words import Side, TriggerKind


@dataclass(frozen=True, slots=True)
class Position:
    """An open position: signed lots and signed notional at entry (both positive for a long).

    An isolated one is backed by `margin_micros` alone, which stays inside the account's cash; a cross one has none.
    """

    symbol: str
    size_lots: int
    cost_micros: int
    leverage: int
    is_isolated: bool = False
    margin_micros: int = 0

    def entry_price_micros(self, size_decimals: int) -> int:
        """Return the average entry price, for display only; zero when flat."""
        if self.size_lots == 0:
            return 0
        return mul_div(abs(self.cost_micros), 10**size_decimals, abs(self.size_lots))


@dataclass(frozen=True, slots=True)
class Trigger:
    """A standing exit of a whole position, fired by the mark or by time; `side` is the side of the position.

    `price_micros` is the level of a stop or target, `trail_bps` the distance of a trailing stop behind
    `best_micros`, the best mark since it was set; `expires_at_ms` the moment of a time exit.
    """

    kind: TriggerKind
    symbol: str
    side: Side
    price_micros: int = 0
    trail_bps: int = 0
    best_micros: int = 0
    expires_at_ms: int = 0


@dataclass(frozen=True, slots=True)
class AccountState:
    """What the exchange must know of an account; `positions` holds no flat one.

    `cash_micros` is all cash, the margin of isolated positions included. `volume_micros` is what was traded in
    the fourteen days before today, which sets the fee tier. `partial_at_ms` is when a liquidation last took a
    part of a position: for a while afterwards it takes the whole.
    """

    status: str
    cash_micros: int
    positions: tuple[Position, ...] = ()
    actions_in_window: int = 0
    last_action_at_ms: int | None = None
    volume_micros: int = 0
    partial_at_ms: int | None = None

    def position(self, symbol: str) -> Position | None:
        """Return the open position in the asset, or None when flat."""
        for held in self.positions:
            if held.symbol == symbol:
                return held
        return None
