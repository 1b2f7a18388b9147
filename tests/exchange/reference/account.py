"""An account in exact fractions: what it holds, what it is worth, and what a fill, an hour or a gap does to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from apps.exchange.types import Instrument, Quote
from tests.exchange.reference import rules

Quotes = Mapping[str, Quote]
Venue = Mapping[str, Instrument]


@dataclass
class Holding:
    """A position: signed lots, exact signed cost, and the exact margin behind it when isolated."""

    lots: int
    cost: Fraction
    leverage: int
    isolated: bool = False
    margin: Fraction = Fraction(0)


@dataclass
class Account:
    """The exact account; `roundings` counts how often the venue has rounded money since it began."""

    cash: Fraction
    held: dict[str, Holding] = field(default_factory=dict)
    roundings: int = 0

    @property
    def slack(self) -> Fraction:
        """How far the venue's money may be from the exact: half a micro-dollar a rounding."""
        return Fraction(self.roundings, 2)

    def notional(self, symbol: str, quotes: Quotes, venue: Venue) -> Fraction:
        """The signed value of a position at its mark."""
        return rules.worth(quotes[symbol].mark_micros, self.held[symbol].lots, venue[symbol])

    def unrealized(self, symbol: str, quotes: Quotes, venue: Venue) -> Fraction:
        """The open profit of a position."""
        return self.notional(symbol, quotes, venue) - self.held[symbol].cost

    def required(self, symbol: str, quotes: Quotes, venue: Venue) -> Fraction:
        """The maintenance margin of a position."""
        return rules.maintenance(abs(self.notional(symbol, quotes, venue)), venue[symbol])

    def cross(self) -> list[str]:
        """The assets that share the account's margin, by symbol."""
        return sorted(symbol for symbol, one in self.held.items() if not one.isolated)

    def isolated(self) -> list[str]:
        """The assets with a margin of their own, by symbol."""
        return sorted(symbol for symbol, one in self.held.items() if one.isolated)

    def cross_value(self, quotes: Quotes, venue: Venue) -> Fraction:
        """Cash that backs no isolated position, with the open profit of the cross ones."""
        earmarked = sum((self.held[symbol].margin for symbol in self.isolated()), Fraction(0))
        return self.cash - earmarked + sum(self.unrealized(symbol, quotes, venue) for symbol in self.cross())

    def cross_required(self, quotes: Quotes, venue: Venue) -> Fraction:
        """The maintenance margin of the cross positions."""
        return sum((self.required(symbol, quotes, venue) for symbol in self.cross()), Fraction(0))

    def cross_initial(self, quotes: Quotes, venue: Venue) -> Fraction:
        """The initial margin of the cross positions."""
        return sum(
            (
                abs(self.notional(symbol, quotes, venue)) / self.held[symbol].leverage
                for symbol in self.cross()
            ),
            Fraction(0),
        )

    def equity(self, quotes: Quotes, venue: Venue) -> Fraction:
        """Cash and all open profit."""
        return self.cash + sum(self.unrealized(symbol, quotes, venue) for symbol in self.held)

    def pool(self, symbol: str, quotes: Quotes, venue: Venue) -> tuple[Fraction, Fraction]:
        """(value, maintenance) of what a position stands or falls with."""
        if not self.held[symbol].isolated:
            return self.cross_value(quotes, venue), self.cross_required(quotes, venue)
        return (
            self.held[symbol].margin + self.unrealized(symbol, quotes, venue),
            self.required(symbol, quotes, venue),
        )

    def grow(
        self,
        symbol: str,
        lots: int,
        price: int,
        instrument: Instrument,
        *,
        leverage: int,
        isolated: bool,
        mark: int,
    ) -> Fraction:
        """Add signed lots at a price; returns the margin newly taken (zero for cross)."""
        one = self.held.setdefault(symbol, Holding(0, Fraction(0), leverage, isolated))
        one.lots += lots
        one.cost += rules.worth(price, lots, instrument)
        one.leverage = leverage
        taken = abs(rules.worth(mark, lots, instrument)) / leverage if isolated else Fraction(0)
        one.margin += taken
        self.roundings += 3
        return taken

    def shrink(
        self, symbol: str, lots: int, price: int | Fraction, instrument: Instrument
    ) -> tuple[Fraction, Fraction]:
        """Take (unsigned) lots off at a price; returns (realized profit, margin released)."""
        one = self.held[symbol]
        side = 1 if one.lots > 0 else -1
        share = Fraction(lots, abs(one.lots))
        removed, released = one.cost * share, one.margin * share
        realized = rules.worth(price, side * lots, instrument) - removed
        one.lots -= side * lots
        one.cost -= removed
        one.margin -= released
        if not one.lots:
            del self.held[symbol]
        self.cash += realized
        self.roundings += 3
        return realized, released

    def charge(self, amount: Fraction) -> None:
        """Take a fee."""
        self.cash -= amount
        self.roundings += 2

    def fund(self, quotes: Quotes, venue: Venue) -> dict[str, Fraction]:
        """Pay an hour of funding at the oracle; returns what each position paid."""
        paid: dict[str, Fraction] = {}
        for symbol, one in self.held.items():
            quote = quotes[symbol]
            paid[symbol] = rules.worth(quote.oracle_micros, one.lots, venue[symbol]) * Fraction(
                quote.funding_rate_e10, 10**10
            )
            self.cash -= paid[symbol]
            if one.isolated:
                one.margin -= paid[symbol]
            self.roundings += 1
        return paid
