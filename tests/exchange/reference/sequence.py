"""One random sequence at the venue, followed step by step by the exact account."""

import copy
import random
from collections import Counter
from fractions import Fraction
from typing import Any

from apps.exchange import funding, liquidation, margin
from apps.exchange.execute import execute
from apps.exchange.types import (
    AccountState,
    ActionKind,
    Book,
    Denied,
    DenyReason,
    Executed,
    LedgerKind,
    OrderIntent,
    Side,
    TradingMode,
)
from tests.exchange.reference import forced, objections, rules
from tests.exchange.reference.account import Account
from tests.exchange.reference.following import Desk, check, near
from tests.exchange.reference.market import Market, random_policy

DOLLAR = rules.DOLLAR
KINDS = ("open",) * 8 + ("reduce",) * 3 + ("close",) * 2 + ("flip",) * 2 + ("fund",) * 2 + ("gap",) * 3
RARE = ("delist", "exit", "close all", "mode")


class Sequence:
    """A run of steps that depends on its seed alone."""

    def __init__(self, seed: str) -> None:
        self.dice = random.Random(seed)
        self.market = Market(self.dice)
        cash = int(10 ** self.dice.uniform(2, 8)) * DOLLAR + self.dice.randint(0, DOLLAR)
        volume = self.dice.choice((0, 5_000_000, 5_000_001, 30_000_000, 10**9, 10**10)) * DOLLAR
        self.halt = TradingMode.ACTIVE
        self.desk = Desk(
            AccountState("active", cash, volume_micros=volume),
            Account(Fraction(cash)),
            self.market.venue,
            self.market.quotes,
            random_policy(self.dice),
        )
        self.tally: Counter[str] = Counter()
        self.told: list[str] = []

    def play(self, steps: int) -> Counter[str]:
        """Take the steps; returns how often each thing happened. Raises AssertionError with what was done."""
        try:
            for _ in range(steps):
                self.market.wander()
                kind = self.dice.choice(RARE if self.dice.random() < 0.06 else KINDS)
                if not self.desk.account.held and self.dice.random() < 0.8:
                    kind = "open"
                self.told.append(kind)
                getattr(self, "_" + kind.replace(" ", "_"), self._trade)(kind)
                self.desk.compare(self.tally)
                self._solve()
        except AssertionError as error:
            raise AssertionError(f"{error}\n  steps: {'; '.join(self.told)}") from error
        return self.tally

    def _pick(self) -> str:
        held = sorted(self.desk.account.held)
        return self.dice.choice(held if held and self.dice.random() < 0.7 else sorted(self.market.venue))

    def _trade(self, kind: str) -> None:
        symbol, dice, desk = self._pick(), self.dice, self.desk
        one = desk.account.held.get(symbol)
        leverage = dice.randint(1, self.market.venue[symbol].max_leverage + dice.choice((0, 0, 1)))
        if one is not None and one.isolated and dice.random() < 0.8:
            leverage = one.leverage
        side = Side(dice.choice((1, -1)) if one is None or dice.random() < 0.1 else 1 if one.lots > 0 else -1)
        side = Side(-side) if kind == "flip" and one is not None else side
        isolated = dice.random() < 0.4 if one is None or dice.random() < 0.1 else one.isolated
        lots, notional = self._size(kind, symbol, leverage)
        intent = OrderIntent(ActionKind(kind), symbol, side, lots, notional, leverage, is_isolated=isolated)
        book = self.market.book(symbol)
        taken = dice.choice((0, 0, dice.randint(0, 10**6))) if book else 0
        self.told[-1] = f"{intent} taken {taken}"
        outcome = execute(
            state=desk.state,
            intent=intent,
            instrument=self.market.venue[symbol],
            quote=self.market.quotes[symbol],
            book=book,
            marks=self.market.quotes,
            instruments=self.market.venue,
            policy=desk.policy,
            now_ms=self.market.now_ms,
            taken_lots=taken,
            halt=self.halt,
        )
        self._hold_against(intent, outcome, book, taken)

    def _size(self, kind: str, symbol: str, leverage: int) -> tuple[int, int]:
        """(lots, notional): one of them, or neither where the kind needs none."""
        dice, one = self.dice, self.desk.account.held.get(symbol)
        if kind == "close" or (kind == "flip" and dice.random() < 0.4):
            return 0, 0
        if kind == "reduce" and one is not None:
            return dice.randint(1, abs(one.lots) + dice.choice((0, 5))), 0
        most = max(20 * DOLLAR, self.desk.state.cash_micros * leverage * 12 // 10)
        notional = int(9 * DOLLAR * (most / (9 * DOLLAR)) ** (1 - dice.random() ** 2))
        if dice.random() < 0.5:
            return 0, notional
        scale = 10 ** self.market.venue[symbol].size_decimals
        return max(1, notional * scale // self.market.quotes[symbol].mark_micros), 0

    def _hold_against(self, intent: OrderIntent, outcome: Any, book: Book | None, taken: int) -> None:
        desk, market = self.desk, self.market
        instrument = market.venue[intent.symbol]
        order, against = objections.before_filling(
            intent,
            desk.account,
            state=desk.state,
            instrument=instrument,
            quotes=market.quotes,
            policy=desk.policy,
            halt=self.halt,
        )
        objections.of_margins(against, intent.symbol, desk.account, market.quotes, market.venue)
        if book is not None and intent.kind not in objections.SHRINKING:
            is_far = rules.is_far(book, market.quotes[intent.symbol], desk.policy)
            against.when(DenyReason.BOOK_NOT_SANE, is_far)
        isolated = intent.is_isolated or instrument.only_isolated
        if not against.certain:
            self._try(intent, order, against, isolated=isolated, book=book, taken=taken)
        if isinstance(outcome, Denied):
            foreseen = against.certain | against.possible
            check(outcome.reason in foreseen, f"denied with {outcome.reason}", outcome.detail, foreseen)
            self.tally[f"denied {outcome.reason}"] += 1
            return
        check(not against.certain, "executed all the same", against.certain)
        sizes = [fill.size_lots for fill in outcome.fills]
        check(sizes == [lots for lots in (order.close, order.open) if lots], "other lots", sizes, order)
        for fill in outcome.fills:
            check(int(fill.side) == order.side, "another side", fill)
            desk.follow_fill(fill, leverage=intent.leverage, isolated=isolated, taken=taken, book=book)
            taken += fill.size_lots
        if not order.open:
            self._lift_debt(outcome)
        desk.accept(outcome)
        self.tally[str(intent.kind)] += 1

    def _lift_debt(self, executed: Executed) -> None:
        """Without a cross position cash may not fall below the isolated margins."""
        desk = self.desk
        left = desk.account.cross_value(desk.quotes, desk.venue)
        lifted = Fraction(0) if desk.account.cross() else max(-left, Fraction(0))
        posted = forced.posted(executed, LedgerKind.ADJUSTMENT)
        near("adjustment", posted, lifted, desk.account.slack + 3 * len(desk.account.held) + 2)
        desk.account.cash += lifted
        self.tally["debt lifted"] += 1 if posted else 0

    def _try(
        self,
        intent: OrderIntent,
        order: objections.Plan,
        against: objections.Objections,
        *,
        isolated: bool,
        book: Book | None,
        taken: int,
    ) -> None:
        """Fill the order on a copy, at exact prices, to see what the venue must object to."""
        desk, symbol = self.desk, intent.symbol
        instrument, mark = desk.venue[symbol], desk.quotes[symbol].mark_micros
        copied = copy.deepcopy(desk.account)
        rate = rules.fee_rate(desk.state.volume_micros, desk.policy)
        blur = Fraction(0)
        for lots, opens in ((order.close, False), (order.open, True)):
            if not lots:
                continue
            one = copied.held.get(symbol)
            price, _, _ = desk.expected_price(
                symbol, order.side, lots, held=one.lots if one else 0, taken=taken, book=book
            )
            step = rules.step_at(int(price) + 1, instrument) + 3 + mark // 10**9
            beyond = order.side * (price - mark) - mark * Fraction(desk.policy.max_slippage_bps, 10_000)
            if intent.kind not in objections.SHRINKING:
                against.add(DenyReason.SLIPPAGE_TOO_LARGE, beyond, step)
                quote = desk.quotes[symbol]
                is_cut = book is not None and rules.needs_a_far_level(
                    order.side, taken + lots, quote, book, desk.policy
                )
                against.when(DenyReason.SLIPPAGE_TOO_LARGE, is_cut)
            blur += rules.worth(step, lots, instrument)
            taken += lots
            if opens:
                sizes = {"leverage": intent.leverage, "isolated": isolated, "mark": mark}
                copied.grow(symbol, order.side * lots, price, instrument, **sizes)  # type: ignore[arg-type]
            else:
                copied.shrink(symbol, lots, price, instrument)
            copied.charge(abs(rules.worth(price, lots, instrument)) * rate)
        if order.open:
            copied.roundings += int(4 * blur) + 4
            objections.after_filling(
                against, intent, copied, venue=desk.venue, quotes=desk.quotes, policy=desk.policy
            )

    def _fund(self, _kind: str) -> None:
        desk, before = self.desk, self.desk.state
        funded = funding.apply_funding(state=before, marks=desk.quotes, instruments=desk.venue)
        paid = desk.account.fund(desk.quotes, desk.venue)
        lines = {line.symbol: line.amount_micros for line in funded.lines}
        check(all(line.kind == LedgerKind.FUNDING for line in funded.lines), "not funding", funded.lines)
        for symbol, amount in paid.items():
            near(f"funding of {symbol}", lines.pop(symbol, 0), -amount, Fraction(1, 2))
        check(not lines, "funding of nothing", lines)
        desk.state = funded.state_after
        self.tally["fund"] += len(paid)

    def _gap(self, _kind: str) -> None:
        held = sorted(self.desk.account.held)
        if not held:
            return
        symbol = self.dice.choice(held)
        one, mark = self.desk.account.held[symbol], self.market.quotes[symbol].mark_micros
        solved = margin.liquidation_price(self.desk.state, symbol, self.market.quotes, self.market.venue)
        side = 1 if one.lots > 0 else -1
        fall = self.dice.uniform(0, 1.8) / one.leverage
        target = int(mark * max(0.01, 1 - side * fall))
        if solved is not None and mark // 100 < solved < 3 * mark and self.dice.random() < 0.6:
            deeper = self.dice.choice((0, 0, 1, mark // 1_000, mark // 100, mark // 30))
            target = solved - side * deeper
        self.market.gap(symbol, target)
        self.told[-1] = f"{symbol} to {target}"
        self._liquidate()

    def _liquidate(self) -> None:
        desk, market = self.desk, self.market
        books = {symbol: book for symbol in desk.account.held if (book := market.book(symbol)) is not None}
        outcome = liquidation.liquidate(
            state=desk.state,
            marks=market.quotes,
            books=books,
            instruments=market.venue,
            policy=desk.policy,
            now_ms=market.now_ms,
        )
        if isinstance(outcome, Denied):
            check(outcome.reason == DenyReason.NOT_LIQUIDATABLE, "denied", outcome)
            outcome = ()
        forced.follow_liquidation(desk, outcome, books, market.now_ms, self.tally)

    def _delist(self, _kind: str) -> None:
        held = sorted(self.desk.account.held)
        if not held:
            return
        symbol = self.dice.choice(held)
        self.market.delist(symbol)
        executed = liquidation.settle_delisted(
            state=self.desk.state,
            symbol=symbol,
            quote=self.market.quotes[symbol],
            instrument=self.market.venue[symbol],
        )
        assert isinstance(executed, Executed), executed
        self._settle(executed)
        self.tally["delist"] += 1

    def _settle(self, executed: Executed) -> None:
        desk, fill = self.desk, executed.fills[0]
        cash, backing = desk.account.cash, desk.account.held[fill.symbol].margin
        desk.follow_transfer(fill, desk.quotes[fill.symbol].mark_micros)
        self._lift(executed, cash, backing)

    def _lift(self, executed: Executed, cash: Fraction, backing: Fraction) -> None:
        """What the exit left of a margin; the account cannot owe."""
        desk = self.desk
        change = desk.account.cash - cash + backing
        isolated = executed.position_before is not None and executed.position_before.is_isolated
        forced.lift(desk, executed, change if isolated else desk.account.cross_value(desk.quotes, desk.venue))
        desk.accept(executed)

    def _exit(self, _kind: str) -> None:
        held = sorted(self.desk.account.held)
        if not held:
            return
        symbol = self.dice.choice(held)
        book = self.market.book(symbol)
        outcome = liquidation.exit_position(
            state=self.desk.state,
            symbol=symbol,
            quote=self.market.quotes[symbol],
            book=book,
            instrument=self.market.venue[symbol],
            policy=self.desk.policy,
            now_ms=self.market.now_ms,
        )
        check(isinstance(outcome, Executed), "no way out", outcome)
        self._follow_exit(outcome, book)
        self.tally["exit"] += 1

    def _follow_exit(self, executed: Any, book: Book | None) -> None:
        fill, account = executed.fills[0], self.desk.account
        one = account.held[fill.symbol]
        check(fill.size_lots == abs(one.lots), "not the whole position", executed)
        cash, backing = account.cash, one.margin
        self.desk.follow_fill(fill, leverage=0, isolated=one.isolated, taken=0, book=book)
        self._lift(executed, cash, backing)

    def _close_all(self, _kind: str) -> None:
        desk, market = self.desk, self.market
        books = {symbol: book for symbol in desk.account.held if (book := market.book(symbol)) is not None}
        outcome = liquidation.close_all(
            state=desk.state,
            marks=market.quotes,
            books=books,
            instruments=market.venue,
            policy=desk.policy,
            now_ms=market.now_ms,
        )
        assert not isinstance(outcome, Denied), outcome
        order = [executed.fills[0].symbol for executed in outcome]
        check(order == desk.account.isolated() + desk.account.cross(), "closed in another order", order)
        for executed in outcome:
            self._follow_exit(executed, books.get(executed.fills[0].symbol))
        check(not desk.account.held, "something is left", desk.account.held)
        self.tally["close all"] += 1

    def _mode(self, _kind: str) -> None:
        self.halt = self.dice.choice(
            (TradingMode.ACTIVE, TradingMode.ACTIVE, TradingMode.REDUCING, TradingMode.HALTED)
        )
        self.told[-1] = f"mode {self.halt}"

    def _solve(self) -> None:
        """At the venue's liquidation price the exact account is worth its maintenance, within the price's rounding."""
        desk = self.desk
        if not desk.account.held or self.dice.random() > 0.25:
            return
        symbol = self.dice.choice(sorted(desk.account.held))
        price = margin.liquidation_price(desk.state, symbol, desk.quotes, desk.venue)
        if price is None:
            return
        original = desk.quotes[symbol]
        there = {**desk.quotes, symbol: type(original)(symbol, price, price, price, original.at_ms)}
        value, required = desk.account.pool(symbol, there, desk.venue)
        slack = desk.account.slack + 4 * len(desk.account.held) + 1
        slack += 2 * abs(rules.worth(1, desk.account.held[symbol].lots, desk.venue[symbol]))
        check(
            abs(value - required) <= slack, f"{symbol} at {price} is not at its maintenance", value, required
        )
        self.tally["solved"] += 1
