"""Holding what the venue answers against the exact account: every price, every amount, every line."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from apps.exchange import margin
from apps.exchange.types import AccountState, Book, Executed, Fill, Instrument, LedgerKind, Policy, Quote
from tests.exchange.reference import rules
from tests.exchange.reference.account import Account

ROUNDING = Fraction(1, 2)


def check(is_so: bool, sentence: str, *values: object) -> None:
    """Fail with the sentence and the values, as text."""
    if not is_so:
        raise AssertionError(f"{sentence}: " + ", ".join(str(value) for value in values))


def near(name: str, venue: int, exact: Fraction, slack: Fraction | int) -> None:
    """The venue's amount is the exact one within the roundings."""
    check(
        abs(venue - exact) <= slack, f"{name} differs", venue, f"exactly {float(exact):.3f}", f"slack {slack}"
    )


@dataclass
class Desk:
    """One account at the venue and its exact twin, with what both look at."""

    state: AccountState
    account: Account
    venue: Mapping[str, Instrument]
    quotes: Mapping[str, Quote]
    policy: Policy

    def expected_price(
        self, symbol: str, side: int, lots: int, *, held: int, taken: int, book: Book | None
    ) -> tuple[Fraction, Fraction, Fraction]:
        """(price, half spread a unit, mid) of one leg before the price is rounded to the tick."""
        quote, instrument = self.quotes[symbol], self.venue[symbol]
        exposures = tuple(
            abs(rules.worth(quote.mark_micros, size, instrument)) for size in (held, held + side * lots)
        )
        before, after = exposures
        if book is None:
            return *rules.curve_price(side, before, after, quote, self.policy), Fraction(quote.mid_micros)
        return rules.book_price(
            side, lots, taken, exposures=(before, after), quote=quote, book=book, policy=self.policy
        )

    def follow_fill(
        self,
        fill: Fill,
        *,
        leverage: int,
        isolated: bool,
        taken: int,
        book: Book | None,
        forced: bool = False,
    ) -> None:
        """Check a market fill against the exact price and amounts, and do the same to the exact account.

        Of a forced one that leaves some behind, an isolated margin stays whole and takes profit and fee.
        """
        self._check_price(fill, taken, book)
        one = self.account.held.get(fill.symbol)
        held = one.lots if one else 0
        rate = rules.fee_rate(self.state.volume_micros, self.policy)
        fee = abs(rules.worth(fill.price_micros, fill.size_lots, self.venue[fill.symbol])) * rate
        if held * fill.side < 0:
            self._shrink(fill, fill.price_micros, fee if forced else None)
        else:
            self._grow(fill, leverage, isolated)
        near("fee", fill.fee_micros, fee, ROUNDING * (1 + rate))
        self.account.charge(fee)

    def follow_transfer(self, fill: Fill, mark: int) -> None:
        """Check a fill at the mark without a fee: a delisting, or the backstop."""
        check(fill.price_micros == mark and fill.fee_micros == 0, "not at the mark, free of charge", fill)
        self._shrink(fill, mark)

    def _grow(self, fill: Fill, leverage: int, isolated: bool) -> None:
        taken = self.account.grow(
            fill.symbol,
            fill.side * fill.size_lots,
            fill.price_micros,
            self.venue[fill.symbol],
            leverage=leverage,
            isolated=isolated,
            mark=self.quotes[fill.symbol].mark_micros,
        )
        near("margin taken", fill.margin_micros, taken, ROUNDING * (1 + Fraction(1, leverage)))
        check(fill.realized_micros == 0, "a growing fill realizes nothing", fill)

    def _shrink(self, fill: Fill, price: int, forced_fee: Fraction | None = None) -> None:
        slack = self.account.slack + 1
        realized, released = self.account.shrink(fill.symbol, fill.size_lots, price, self.venue[fill.symbol])
        left = self.account.held.get(fill.symbol)
        if forced_fee is not None and left is not None and left.isolated:
            change = realized - forced_fee
            left.margin += released + change
            released = -change
            slack += 2
        near("realized", fill.realized_micros, realized, slack + 1)
        near("margin released", fill.margin_micros, -released, slack)

    def _check_price(self, fill: Fill, taken: int, book: Book | None) -> None:
        symbol, side = fill.symbol, int(fill.side)
        instrument, one = self.venue[symbol], self.account.held.get(symbol)
        held = one.lots if one else 0
        exact, spread, mid = self.expected_price(
            symbol, side, fill.size_lots, held=held, taken=taken, book=book
        )
        price = fill.price_micros
        check(rules.is_legal(price, instrument), "the price is on no tick", fill)
        blur = 3 + Fraction(4 * self.quotes[symbol].mark_micros, 10**10)
        worse = side * (price - exact)
        least = price <= rules.step_at(price, instrument)
        # Nobody is paid less than one tick, however far the impact would push a price of a few ticks.
        is_lowest = side < 0 and price == rules.step_at(price, instrument)
        check(-blur <= worse or is_lowest, "better than the market", fill, float(exact))
        check(
            worse <= rules.step_at(price, instrument) + blur or least, "worse by a tick", fill, float(exact)
        )
        check(abs(fill.mid_micros - mid) <= ROUNDING, "another mid", fill, mid)
        notional = rules.worth(price, fill.size_lots, instrument)
        near("notional", fill.notional_micros, notional, ROUNDING)
        bound = rules.worth(1, fill.size_lots, instrument) + 2
        near(
            "half spread", fill.half_spread_micros, rules.worth(1, fill.size_lots, instrument) * spread, bound
        )
        at_mid = rules.worth(fill.mid_micros, fill.size_lots, instrument)
        near("walk", fill.walk_micros + fill.half_spread_micros, side * (notional - at_mid), 1)
        check(fill.book_reference == (book.reference if book else ""), "another book", fill)

    def accept(self, executed: Executed) -> None:
        """Take over the venue's next state; its cash must have moved by its lines and its receipts, exactly."""
        change = executed.state_after.cash_micros - self.state.cash_micros
        check(
            change == sum(line.amount_micros for line in executed.lines),
            "lines are not the change of cash",
            executed,
        )
        for kind, sign in ((LedgerKind.FEE, -1), (LedgerKind.REALIZED_PNL, 1)):
            posted = sum(line.amount_micros for line in executed.lines if line.kind == kind)
            field = "fee_micros" if kind == LedgerKind.FEE else "realized_micros"
            check(
                posted == sign * sum(getattr(fill, field) for fill in executed.fills),
                "receipts are not lines",
                kind,
            )
        for fill in executed.fills:
            symbol = fill.symbol
            check(
                executed.position_before == self.state.position(symbol), "another position before", executed
            )
            check(
                executed.position_after == executed.state_after.position(symbol),
                "another position after",
                executed,
            )
        self.state = executed.state_after

    def compare(self, tally: Counter[str]) -> None:
        """Both accounts hold the same, are worth the same, and stand or fall alike."""
        state, account = self.state, self.account
        check(
            {one.symbol: (one.size_lots, one.leverage, one.is_isolated) for one in state.positions}
            == {symbol: (one.lots, one.leverage, one.isolated) for symbol, one in account.held.items()},
            "other positions",
            state.positions,
            account.held,
        )
        slack = account.slack
        for held in state.positions:
            near(f"cost of {held.symbol}", held.cost_micros, account.held[held.symbol].cost, slack)
            near(f"margin of {held.symbol}", held.margin_micros, account.held[held.symbol].margin, slack)
        near("cash", state.cash_micros, account.cash, slack)
        found = margin.measure(state, self.quotes, self.venue)
        slack += 3 * len(account.held)
        near("equity", found.equity_micros, account.equity(self.quotes, self.venue), slack)
        near("cross value", found.account_value_micros, account.cross_value(self.quotes, self.venue), slack)
        near("cross initial", found.initial_micros, account.cross_initial(self.quotes, self.venue), slack)
        near(
            "cross maintenance",
            found.maintenance_micros,
            account.cross_required(self.quotes, self.venue),
            slack,
        )
        falls = self.falls(slack)
        said = margin.is_liquidatable(state, self.quotes, self.venue)
        tally["undecided" if falls is None else "decided"] += 1
        check(falls is None or falls == said, "the liquidation decision differs", said, found)

    def below(self, symbol: str, share: Fraction | int = 1, slack: Fraction | int = 0) -> bool | None:
        """Whether what backs a position is worth less than a share of its maintenance; None within the slack."""
        value, required = self.account.pool(symbol, self.quotes, self.venue)
        short = share * required - value
        return None if abs(short) <= slack else short > 0

    def falls(self, slack: Fraction | int) -> bool | None:
        """Whether any margin is spent; None where only the roundings decide."""
        cross = self.account.cross()
        answers = [self.below(symbol, slack=slack) for symbol in self.account.isolated() + cross[:1]]
        return True if True in answers else None if None in answers else False
