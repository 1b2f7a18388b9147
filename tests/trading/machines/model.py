"""What an account must and must not let happen, in plain Python: no rows, no kernel, no money beyond bounds."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from apps.trading.types import CLOSED_STATUSES, AccountStatus

GROWING = ("open", "flip")
TRADING = ("open", "flip", "close", "reduce")
PRICE_LIFE = timedelta(seconds=60)
MAX_LEVERAGE = 20


@dataclass
class Ask:
    """An action as the machine proposes it."""

    kind: str
    symbol: str
    side: int = 1
    lots: int = 0
    leverage: int = 1
    is_isolated: bool = False
    exits: dict[str, int] = field(default_factory=dict)


@dataclass
class Market:
    """Prices of one asset as the machine published them."""

    mark: int
    quoted_at: datetime
    is_held_back: bool = False
    is_delisted: bool = False

    def is_good(self, now: datetime) -> bool:
        """Whether the price may be used at this moment; the last word of a delisted asset always may."""
        return self.is_delisted or (not self.is_held_back and now - self.quoted_at <= PRICE_LIFE)


@dataclass
class Model:
    """The account beside the one in the database."""

    markets: dict[str, Market]
    status: str = AccountStatus.ACTIVE
    sizes: dict[str, int] = field(default_factory=dict)
    isolated: dict[str, bool] = field(default_factory=dict)
    switches: dict[str, str] = field(default_factory=dict)
    adjusted: int = 0

    @property
    def is_closed(self) -> bool:
        """Whether nothing may ever happen to the account again."""
        return self.status in CLOSED_STATUSES

    def held(self) -> list[str]:
        """Symbols of the open positions."""
        return [symbol for symbol, size in self.sizes.items() if size]

    def mode(self, symbol: str) -> str:
        """What the kill switches leave possible in the asset."""
        modes = {self.switches.get(""), self.switches.get(symbol)}
        return "halted" if "halted" in modes else "reducing" if "reducing" in modes else "active"

    def is_valued(self, now: datetime) -> bool:
        """Whether every held asset has a price that may be used."""
        return all(self.markets[symbol].is_good(now) for symbol in self.held())

    def must_deny(self, ask: Ask, now: datetime) -> str:
        """Why the action may not happen, "" where the model knows no reason."""
        size = self.sizes.get(ask.symbol, 0)
        grows = ask.kind in GROWING
        if self.status not in (AccountStatus.ACTIVE, AccountStatus.REDUCE_ONLY):
            return f"the account is {self.status}"
        if self.mode(ask.symbol) == "halted":
            return "the switch is off"
        if grows and (self.status == AccountStatus.REDUCE_ONLY or self.mode(ask.symbol) == "reducing"):
            return "only reducing"
        if ask.symbol not in self.markets:
            return "no such market"
        market = self.markets[ask.symbol]
        if ask.kind in TRADING and not (market.is_good(now) and self.is_valued(now)):
            return "no good price"
        if grows and market.is_delisted:
            return "delisted"
        if grows and not 1 <= ask.leverage <= MAX_LEVERAGE:
            return "too much leverage"
        if ask.kind == "open" and size * ask.side < 0:
            return "the position is on the other side"
        if ask.kind == "flip" and size * ask.side > 0:
            return "the position is on this side already"
        if ask.kind in ("close", "reduce", "set_stop", "set_target", "set_exit") and not size:
            return "there is no position"
        if ask.kind == "open" and size and self.isolated[ask.symbol] != self.mode_of(ask):
            return "the position has the other margin mode"
        return ""

    def mode_of(self, ask: Ask) -> bool:
        """Whether what is asked for would be isolated."""
        return ask.is_isolated or ask.symbol == "ISO"

    def must_execute(self, ask: Ask, now: datetime, cash: int) -> bool:
        """Whether nothing can stand in the way: leaving at a good price, or a small first position with money."""
        if self.must_deny(ask, now):
            return False
        if ask.kind == "close":
            return True
        worth = self.markets[ask.symbol].mark * ask.lots // 10_000
        is_small = 20_000_000 <= worth <= 500_000_000 and 2 <= ask.leverage <= 10
        return ask.kind == "open" and not self.held() and is_small and cash >= 2_000_000_000 and not ask.exits

    def after(self, ask: Ask) -> int:
        """The position that the executed action leaves."""
        size = self.sizes.get(ask.symbol, 0)
        if ask.kind == "open":
            return size + ask.side * ask.lots
        if ask.kind == "flip":
            return (-1 if size > 0 else 1 if size < 0 else ask.side) * (ask.lots or abs(size))
        if ask.kind == "close":
            return 0
        if ask.kind == "reduce":
            kept = max(abs(size) - ask.lots, 0)
            return kept if size > 0 else -kept
        return size
