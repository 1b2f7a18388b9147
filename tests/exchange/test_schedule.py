"""A schedule played over tables does what live trading does with the same orders, marks and hours, to the last unit."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.exchange import liquidation, margin, prices, triggers
from apps.exchange.execute import execute
from apps.exchange.funding import apply_funding
from apps.exchange.gates import NUMBERS
from apps.exchange.replay import FILL_COLUMNS, Schedule, replay
from apps.exchange.types import AccountState, Denied, Executed, Policy, Quote, Trigger, TriggerKind
from tests.exchange.tapes import random_schedule
from tests.exchange.world import INSTRUMENTS, POLICY

HOUR_MS = 3_600_000
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
        self.hour = schedule.at_ms[0] // HOUR_MS
        self.step, self.now, self.quotes = 0, 0, dict[str, Quote]()

    def look(self, step: int) -> None:
        """Move to a step and its quotes."""
        self.step, self.now = step, self.schedule.at_ms[step]
        self.quotes = {
            symbol: Quote(
                symbol, one.mark[step], one.oracle[step], one.mid[step], self.now, one.rate_e10[step]
            )
            for symbol, one in self.schedule.prices.items()
        }

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
        """The cadence: funding of a new hour, standing exits, liquidation."""
        if self.marks_problem():
            return
        if self.now // HOUR_MS != self.hour:
            self.hour = self.now // HOUR_MS
            self.state = apply_funding(
                state=self.state, marks=self.quotes, instruments=INSTRUMENTS
            ).state_after
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
@given(st.integers(0, 2**48), st.integers(1, 120))
def test_a_schedule_does_what_live_trading_does(seed: int, orders: int) -> None:
    schedule = random_schedule(seed, steps=80, orders=orders)
    played = replay(schedule, instruments=INSTRUMENTS, policy=RULES, compiled=False)
    live, verdicts, equity = play_live(schedule, RULES)
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
