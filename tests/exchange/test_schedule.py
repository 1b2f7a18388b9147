"""A schedule played over tables does what live trading does with the same orders, marks and hours, to the last unit."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.exchange import liquidation, margin, prices, triggers
from apps.exchange.execute import execute
from apps.exchange.forced_exits import is_drawn_down
from apps.exchange.funding import apply_funding
from apps.exchange.gates import NUMBERS
from apps.exchange.replay import FILL_COLUMNS, Prices, Schedule, replay
from apps.exchange.types import (
    AccountState,
    ActionKind,
    Denied,
    DenyReason,
    Executed,
    OrderIntent,
    Policy,
    Quote,
    Trigger,
    TriggerKind,
)
from tests.exchange.tapes import random_schedule
from tests.exchange.world import DOLLAR, INSTRUMENTS, NOW, POLICY

HOUR_MS, MINUTE_MS = 3_600_000, 60_000
RULES = replace(POLICY, max_position_micros=10**13, max_exposure_micros=10**13, has_fee_tiers=False)
RULES = replace(RULES, max_net_exposure_micros=10**13, max_actions_per_window=20)


class Live:
    """What the shells of live trading do: values in, values out, one event after the other."""

    def __init__(self, schedule: Schedule, policy: Policy) -> None:
        self.schedule, self.policy = schedule, policy
        self.state = AccountState("active", schedule.cash_micros)
        self.exits: dict[tuple[str, TriggerKind], Trigger] = {}
        self.fills: list[tuple[int, ...]] = []
        self.acted: list[int] = []
        self.hour, self.base = schedule.at_ms[0] // HOUR_MS, schedule.cash_micros
        self.step, self.now, self.quotes = 0, 0, dict[str, Quote]()

    def look(self, step: int) -> None:
        """Move to a step and its quotes."""
        self.step, self.now = step, self.schedule.at_ms[step]
        self.quotes = {symbol: self.quote(symbol, step) for symbol in self.schedule.prices}

    def quote(self, symbol: str, step: int) -> Quote:
        """The prices of an asset at a step."""
        one, at_ms = self.schedule.prices[symbol], self.schedule.at_ms[step]
        return Quote(symbol, one.mark[step], one.oracle[step], one.mid[step], at_ms, one.rate_e10[step])

    def take(self, executed: Executed, cause: int) -> None:
        """Accept what happened, standing exits included."""
        symbols = sorted(INSTRUMENTS)
        corrected = sum(
            line.amount_micros for line in executed.lines if line.kind in ("adjustment", "backstop")
        )
        for fill in executed.fills:
            placed = (self.step, symbols.index(fill.symbol), cause, int(fill.side), fill.size_lots)
            money = (fill.price_micros, fill.notional_micros, fill.fee_micros, fill.realized_micros)
            self.fills.append((*placed, *money, fill.margin_micros, corrected))
        self.state = executed.state_after
        if executed.cancels_triggers:
            symbol = executed.position_before.symbol if executed.position_before else ""
            self.exits = {key: one for key, one in self.exits.items() if key[0] != symbol}
        for trigger in executed.triggers:
            self.exits[trigger.symbol, trigger.kind] = trigger

    def marks_problem(self) -> bool:
        return prices.marks_problem(self.state, self.quotes, INSTRUMENTS, self.policy, self.now) is not None

    def mark(self) -> None:
        """The cadence: funding of new hours, standing exits, liquidation, drawdown."""
        if self.marks_problem():
            return
        through = self.now // HOUR_MS
        for hour in range(max(self.hour + 1, through - 71), through + 1):
            self.state = apply_funding(
                state=self.state, marks=self.prices_of(hour), instruments=INSTRUMENTS
            ).state_after
        self.hour = through
        for held in self.state.positions if self.state.status == "active" else ():
            self.review(held.symbol)
        results = liquidation.liquidate(
            state=self.state,
            marks=self.quotes,
            books={},
            instruments=INSTRUMENTS,
            policy=self.policy,
            now_ms=self.now,
        )
        for executed in () if isinstance(results, Denied) else results:
            self.take(executed, {"market": 2, "partial": 3, "backstop": 4}[str(executed.exit_cause)])
            before = executed.position_before
            if before is not None and not before.is_isolated and not self.state.positions:
                self.state = replace(self.state, status="liquidated")
        self.keep_drawdown()

    def prices_of(self, hour: int) -> dict[str, Quote]:
        """The last believable prices of each held asset at or before a whole hour."""
        found = {}
        for symbol in [held.symbol for held in self.state.positions]:
            step = max(place for place, at in enumerate(self.schedule.at_ms) if at <= hour * HOUR_MS)
            while prices.quote_problem(self.quote(symbol, step), self.policy, self.schedule.at_ms[step]):
                step -= 1
            found[symbol] = self.quote(symbol, step)
        return found

    def keep_drawdown(self) -> None:
        """At the policy's drawdown everything is closed and the account is locked."""
        if self.state.status != "active":
            return
        equity = margin.measure(self.state, self.quotes, INSTRUMENTS).equity_micros
        self.base = max(self.base, equity)
        if not (self.base - equity) * 10_000 >= self.base * self.policy.max_drawdown_bps > 0:
            return
        results = liquidation.close_all(
            state=self.state,
            marks=self.quotes,
            books={},
            instruments=INSTRUMENTS,
            policy=self.policy,
            now_ms=self.now,
        )
        assert not isinstance(results, Denied)
        for executed in results:
            self.take(executed, 5)
        self.state = replace(self.state, status="locked")

    def review(self, symbol: str) -> None:
        """Move and fire the standing exits of an asset."""
        standing = [one for (name, _), one in sorted(self.exits.items()) if name == symbol]
        reviewed = triggers.review(
            triggers=standing,
            quote=self.quotes[symbol],
            instrument=INSTRUMENTS[symbol],
            now_ms=self.now,
        )
        for moved in reviewed.moved:
            self.exits[symbol, moved.kind] = moved
        if reviewed.fired is not None:
            result = liquidation.exit_position(
                state=self.state,
                symbol=symbol,
                quote=self.quotes[symbol],
                book=None,
                instrument=INSTRUMENTS[symbol],
                policy=self.policy,
                now_ms=self.now,
            )
            assert isinstance(result, Executed)
            self.take(result, 1)

    def order(self, place: int) -> int:
        """Execute an intent; the number of the gate that denied it."""
        intent = self.schedule.intents[place][1]
        window = [moment for moment in self.acted if moment > self.now - self.policy.window_ms]
        result = execute(
            state=replace(self.state, actions_in_window=len(window)),
            intent=intent,
            instrument=INSTRUMENTS[intent.symbol],
            quote=self.quotes[intent.symbol],
            book=None,
            marks=self.quotes,
            instruments=INSTRUMENTS,
            policy=self.policy,
            now_ms=self.now,
            standing=sum(symbol == intent.symbol for symbol, _ in self.exits),
        )
        if isinstance(result, Denied):
            return NUMBERS[result.reason]
        if result.cancels_triggers:
            self.exits = {key: one for key, one in self.exits.items() if key[0] != intent.symbol}
        self.take(result, 0)
        if result.fills:
            self.acted.append(self.now)
        return 0


def play_live(schedule: Schedule, policy: Policy) -> tuple[Live, list[int], list[int]]:
    """The schedule through the shells: the desk afterwards, verdicts, and equity at each step."""
    live, verdicts, equity = Live(schedule, policy), list[int](), [schedule.cash_micros]
    for step in range(len(schedule.at_ms)):
        live.look(step)
        live.mark()
        while len(verdicts) < len(schedule.intents) and schedule.intents[len(verdicts)][0] == step:
            verdicts.append(live.order(len(verdicts)))
        if live.marks_problem():
            equity.append(equity[-1])
        else:
            equity.append(margin.measure(live.state, live.quotes, INSTRUMENTS).equity_micros)
    return live, verdicts, equity[1:]


@settings(deadline=None, max_examples=80)
@given(st.integers(0, 2**48), st.integers(1, 120), st.sampled_from((0, 500, 5_000)))
def test_a_schedule_does_what_live_trading_does(seed: int, orders: int, drawdown_bps: int) -> None:
    schedule = random_schedule(seed, steps=80, orders=orders)
    rules = replace(RULES, max_drawdown_bps=drawdown_bps)
    played = replay(schedule, instruments=INSTRUMENTS, policy=rules, compiled=False)
    live, verdicts, equity = play_live(schedule, rules)
    assert played.verdicts.tolist() == verdicts
    assert [tuple(row) for row in played.fills.tolist()] == live.fills
    assert played.equity.tolist() == equity
    held = {one.symbol: one for one in live.state.positions}
    for symbol, row in zip(sorted(INSTRUMENTS), played.positions.tolist(), strict=True):
        one = held.get(symbol)
        assert row[0] == (one.size_lots if one else 0)
        if one is not None:
            assert row[1:] == [one.cost_micros, one.leverage, int(one.is_isolated), one.margin_micros]


@settings(deadline=None, max_examples=80)
@given(st.integers(0, 2**48))
def test_cash_moves_by_what_is_recorded_and_never_stays_owed(seed: int) -> None:
    schedule = random_schedule(seed, steps=100, orders=150)
    played = replay(schedule, instruments=INSTRUMENTS, policy=RULES, compiled=False)
    fills = {name: played.fills[:, place] for place, name in enumerate(FILL_COLUMNS)}
    moved = fills["realized"].sum() - fills["fee"].sum() + fills["corrected"].sum() + played.funding.sum()
    assert schedule.cash_micros + int(moved) == int(played.cash[-1])
    flat = played.positions[:, 0] == 0
    assert not played.positions[flat][:, 1].any()
    assert not played.positions[flat][:, 4].any()
    cross = played.positions[:, 3] == 0
    assert not played.positions[cross][:, 4].any()
    if flat.all():
        assert played.cash[-1] >= 0


def held_over(at_ms: list[int], marks: list[int], *, rates: list[int]) -> list[int]:
    """Funding paid at each step by a position opened at the first, worth 10,000 dollars at the oracle."""
    oracle = [100_000 * DOLLAR] * len(marks)
    wanted = OrderIntent(ActionKind.OPEN, "BTC", size_lots=10_000, leverage=1)
    schedule = Schedule(at_ms, {"BTC": Prices(marks, oracle, rate_e10=rates)}, [(0, wanted)], 10**11)
    played = replay(schedule, instruments=INSTRUMENTS, policy=RULES, compiled=False)
    assert played.verdicts.tolist() == [0]
    return [-paid // DOLLAR for paid in played.funding.tolist()]


def test_every_whole_hour_is_paid_at_the_last_good_price_before_it() -> None:
    start, price, one = NOW // HOUR_MS * HOUR_MS, 100_000 * DOLLAR, 10**6
    hourly = [start + HOUR_MS * hour for hour in range(5)]
    assert held_over(hourly, [price] * 5, rates=[one] * 5) == [0, 1, 1, 1, 1]
    assert held_over([start, start + 4 * HOUR_MS], [price] * 2, rates=[one, 3 * one]) == [0, 6]
    assert held_over([start, start + 100 * HOUR_MS + 1], [price] * 2, rates=[one, 9 * one]) == [0, 72]
    waited = held_over(hourly, [price, 0, 0, 0, price], rates=[one, 5 * one, 5 * one, 5 * one, 2 * one])
    assert waited == [0, 0, 0, 0, 5]
    late = [start + 10 * MINUTE_MS, start + 59 * MINUTE_MS, start + 61 * MINUTE_MS, start + 62 * MINUTE_MS]
    assert held_over(late, [price] * 4, rates=[one, 2 * one, 3 * one, 4 * one]) == [0, 0, 2, 0]


def test_the_drawdown_of_the_policy_closes_everything_and_ends_trading() -> None:
    price = 100_000 * DOLLAR
    marks = [price, price * 98 // 100, price * 95 // 100, price]
    orders = [
        (0, OrderIntent(ActionKind.OPEN, "BTC", size_lots=40_000, leverage=20)),
        (3, OrderIntent(ActionKind.OPEN, "BTC", size_lots=1_000, leverage=20)),
    ]
    schedule = Schedule(
        [NOW + MINUTE_MS * n for n in range(4)], {"BTC": Prices(marks)}, orders, 8_000 * DOLLAR
    )
    rules = replace(RULES, max_drawdown_bps=2_000)
    played = replay(schedule, instruments=INSTRUMENTS, policy=rules, compiled=False)
    assert played.fills[:, FILL_COLUMNS.index("cause")].tolist() == [0, 5]
    assert played.fills[1, FILL_COLUMNS.index("step")] == 2
    assert not played.positions[:, 0].any()
    assert played.verdicts.tolist() == [0, NUMBERS[DenyReason.ACCOUNT_NOT_TRADABLE]]
    assert played.cash[2] == played.equity[3] == played.cash[3]
    went_on = replay(
        schedule, instruments=INSTRUMENTS, policy=replace(rules, max_drawdown_bps=0), compiled=False
    )
    assert went_on.verdicts.tolist() == [0, 0]


def test_the_limit_of_a_drawdown_is_reached_to_the_micro_dollar() -> None:
    assert [is_drawn_down(10_001, equity, 2_000) for equity in (8_001, 8_000, -1)] == [0, 1, 1]
    assert [is_drawn_down(10_000, equity, 2_000) for equity in (8_001, 8_000)] == [0, 1]
    assert [is_drawn_down(base, -5, limit) for base, limit in ((0, 2_000), (10_000, 0))] == [0, 0]
    assert is_drawn_down(10**18, 5 * 10**17, 5_000) == 1


@pytest.mark.parametrize("cash", [10**18 + 1, -(10**18) - 1])
def test_cash_beyond_the_bounds_is_not_played(cash: int) -> None:
    schedule = Schedule([NOW], {"BTC": Prices([DOLLAR])}, [], cash)
    with pytest.raises(ValueError, match="beyond the bounds"):
        replay(schedule, instruments=INSTRUMENTS, policy=POLICY, compiled=False)


def test_a_policy_beyond_the_bounds_is_not_played() -> None:
    schedule = Schedule([NOW], {"BTC": Prices([DOLLAR])}, [], DOLLAR)
    wide = replace(POLICY, half_spread_rate_e10=10**18 + 1)
    with pytest.raises(ValueError, match="beyond the bounds"):
        replay(schedule, instruments=INSTRUMENTS, policy=wide, compiled=False)
