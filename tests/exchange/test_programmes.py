"""The four forever-invariants and an independent exact model, over random programmes of orders."""

import hashlib
import os
import subprocess
import sys
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.exchange import funding, margin
from apps.exchange.positions import apply_fill
from apps.exchange.rounding import notional
from apps.exchange.types import AccountState, ActionKind, Denied, Executed, OrderIntent, Quote, Side
from tests.exchange.world import (
    DOLLAR,
    INSTRUMENTS,
    NOW,
    POLICY,
    PRICES,
    account,
    book,
    quote,
    run,
)

Step = tuple[OrderIntent, int, bool]


@st.composite
def steps(draw: st.DrawFn) -> Step:
    """An intent, a price move of its asset in basis points, and whether there is a book."""
    kind = draw(st.sampled_from([ActionKind.OPEN, ActionKind.OPEN, *ActionKind]))
    wanted = OrderIntent(
        kind,
        draw(st.sampled_from(sorted(INSTRUMENTS))),
        draw(st.sampled_from(list(Side))),
        notional_micros=draw(st.integers(0, 30_000 * DOLLAR)),
        leverage=draw(st.integers(1, 12)),
        reduce_only=draw(st.integers(0, 4)) == 0,
        is_isolated=draw(st.booleans()),
        trail_bps=draw(st.sampled_from([0, 0, 150])),
        hold_ms=draw(st.sampled_from([0, 0, 60_000])),
    )
    return wanted, draw(st.integers(-900, 900)), draw(st.booleans())


programmes = st.lists(steps(), min_size=1, max_size=25)


class Venue:
    """Prices that move between orders, and the account that trades on them."""

    def __init__(self) -> None:
        self.prices = dict(PRICES)
        self.state = account()

    def quotes(self) -> dict[str, Quote]:
        return {
            symbol: quote(symbol, price, funding_rate_e10=125_000) for symbol, price in self.prices.items()
        }

    def move(self, symbol: str, bps: int) -> None:
        self.prices[symbol] = max(self.prices[symbol] * (10_000 + bps) // 10_000, 1_000)

    def act(self, step: Step) -> tuple[AccountState, Executed | Denied]:
        wanted, bps, with_book = step
        self.move(wanted.symbol, bps)
        walked = book(wanted.symbol, self.prices[wanted.symbol], lots=5_000) if with_book else None
        before = self.state
        result = run(before, wanted, prices=self.quotes(), book=walked)
        if isinstance(result, Executed):
            self.state = result.state_after
        return before, result

    def value(self, state: AccountState) -> int:
        return margin.measure(state, self.quotes(), INSTRUMENTS).equity_micros


def mark_value(venue: Venue, state: AccountState) -> int:
    return sum(
        notional(venue.prices[held.symbol], held.size_lots, INSTRUMENTS[held.symbol].size_decimals)
        for held in state.positions
    )


@settings(deadline=None)
@given(programmes)
def test_equity_changes_only_by_price_moves_fees_and_funding(programme: list[Step]) -> None:
    venue = Venue()
    for step in programme:
        before, result = venue.act(step)
        if isinstance(result, Denied):
            continue
        after = result.state_after
        assert after.cash_micros - before.cash_micros == sum(line.amount_micros for line in result.lines)
        paid = sum(fill.side * fill.notional_micros for fill in result.fills)
        charged = sum(fill.fee_micros for fill in result.fills)
        moved = mark_value(venue, after) - mark_value(venue, before) - paid
        assert venue.value(after) - venue.value(before) == moved - charged
    equity = venue.value(venue.state)
    funded = funding.apply_funding(state=venue.state, marks=venue.quotes(), instruments=INSTRUMENTS)
    assert venue.value(funded.state_after) - equity == sum(line.amount_micros for line in funded.lines)


@settings(deadline=None)
@given(programmes)
def test_flat_means_no_position_and_no_cost(programme: list[Step]) -> None:
    venue = Venue()
    for step in programme:
        venue.act(step)
        assert all(held.size_lots * held.cost_micros > 0 for held in venue.state.positions)
        symbols = [held.symbol for held in venue.state.positions]
        assert symbols == sorted(set(symbols))
    for held in venue.state.positions:
        _, result = venue.act((OrderIntent(ActionKind.CLOSE, held.symbol), 0, False))
        assert isinstance(result, Executed)
        assert result.position_after is None
    assert venue.state.positions == ()
    assert venue.value(venue.state) == venue.state.cash_micros


@settings(deadline=None)
@given(programmes)
def test_reduce_only_never_grows_exposure_and_only_a_flip_turns(programme: list[Step]) -> None:
    venue = Venue()
    for step in programme:
        wanted = step[0]
        _, result = venue.act(step)
        if isinstance(result, Denied) or not result.fills:
            continue
        size = result.position_before.size_lots if result.position_before else 0
        left = result.position_after.size_lots if result.position_after else 0
        if wanted.reduce_only or wanted.kind in (ActionKind.REDUCE, ActionKind.CLOSE):
            assert abs(left) < abs(size)
        if wanted.kind is ActionKind.FLIP:
            assert size * left < 0
            assert len(result.fills) == 2
        else:
            assert size * left >= 0


@settings(deadline=None)
@given(programmes)
def test_growth_is_always_backed_by_initial_margin_and_within_limits(programme: list[Step]) -> None:
    venue = Venue()
    for step in programme:
        wanted = step[0]
        _, result = venue.act(step)
        if isinstance(result, Denied) or wanted.reduce_only or wanted.kind not in ("open", "flip"):
            continue
        measured = margin.measure(result.state_after, venue.quotes(), INSTRUMENTS)
        assert 0 <= measured.initial_micros <= measured.account_value_micros
        assert measured.maintenance_micros <= measured.initial_micros
        assert measured.exposure_micros <= POLICY.max_exposure_micros


@settings(deadline=None)
@given(programmes)
def test_isolated_margin_is_moved_by_fills_alone_and_flat_or_cross_has_none(programme: list[Step]) -> None:
    venue, margins = Venue(), dict.fromkeys(INSTRUMENTS, 0)
    for step in programme:
        _, result = venue.act(step)
        for fill in () if isinstance(result, Denied) else result.fills:
            margins[fill.symbol] += fill.margin_micros
        held = {one.symbol: one for one in venue.state.positions}
        for symbol, margin_micros in margins.items():
            one = held.get(symbol)
            assert margin_micros == (one.margin_micros if one else 0)
            assert margin_micros >= 0
            assert one is None or one.is_isolated or margin_micros == 0


@settings(deadline=None)
@given(programmes)
def test_brokerage_arithmetic_in_fractions_agrees(programme: list[Step]) -> None:
    """Independent model: cash flows at fill prices, fees, holdings at the mark; no entry, no cost."""
    venue = Venue()
    cash, fills = Fraction(venue.state.cash_micros), 0
    held: dict[str, Fraction] = {}
    for step in programme:
        _, result = venue.act(step)
        if isinstance(result, Denied):
            continue
        for fill in result.fills:
            units = Fraction(fill.side * fill.size_lots, 10 ** INSTRUMENTS[fill.symbol].size_decimals)
            value = units * fill.price_micros
            cash -= value + abs(value) * Fraction(45, 100_000)
            held[fill.symbol] = held.get(fill.symbol, Fraction(0)) + units
            fills += 1
        equity = cash + sum(units * venue.prices[symbol] for symbol, units in held.items())
        assert abs(equity - venue.value(venue.state)) <= fills + len(held)


trades = st.lists(
    st.tuples(st.sampled_from([1, -1]), st.integers(1, 10**7), st.integers(1, 10**12)), max_size=60
)


@given(trades)
def test_average_entry_in_fractions_agrees(fills: list[tuple[int, int, int]]) -> None:
    """Independent model: size and exact average entry price; a crossing fill is cut at zero."""
    size = cost = realized = 0
    units, entry, profit = 0, Fraction(0), Fraction(0)
    for side, asked, asked_value in fills:
        lots = min(asked, abs(size)) if size * side < 0 else asked
        value = asked_value * lots // asked
        price = Fraction(value, lots)
        size, cost, gained = apply_fill(size, cost, side, lots, value)
        realized += gained
        if units * side >= 0:
            entry = (entry * abs(units) + price * lots) / (abs(units) + lots)
        else:
            profit += -side * (price - entry) * lots
        units += side * lots
        assert size == units
        if size == 0:
            assert cost == 0
            assert abs(realized - profit) < 1
            profit, entry = Fraction(realized), Fraction(0)
        assert abs(cost - entry * units) <= len(fills)
        assert abs(realized - profit) <= len(fills)


@settings(deadline=None)
@given(programmes)
def test_the_same_inputs_give_the_same_bytes(programme: list[Step]) -> None:
    first, second = Venue(), Venue()
    for step in programme:
        assert repr(first.act(step)[1]).encode() == repr(second.act(step)[1]).encode()


def fixed_programme_digest() -> str:
    """Digest of everything a fixed programme produced, for comparison between processes."""
    venue, seed, out = Venue(), 7, []
    symbols, kinds = sorted(INSTRUMENTS), [ActionKind.OPEN, ActionKind.OPEN, *ActionKind]
    for _ in range(300):
        seed = (seed * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) % 2**64
        pick = seed >> 20
        wanted = OrderIntent(
            kinds[pick % len(kinds)],
            symbols[(pick >> 4) % len(symbols)],
            Side.LONG if (pick >> 8) & 1 else Side.SHORT,
            notional_micros=(pick >> 9) % (20_000 * DOLLAR),
            leverage=1 + (pick >> 12) % 9,
        )
        out.append(repr(venue.act((wanted, (pick >> 16) % 201 - 100, bool(pick & 1)))[1]))
    assert sum(line.startswith("Executed") for line in out) > 40
    return hashlib.sha256("".join(out).encode()).hexdigest()


def test_another_process_with_another_hash_seed_gives_the_same_bytes() -> None:
    code = "from tests.exchange.test_programmes import fixed_programme_digest as d; print(d())"
    answers = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert answers == {fixed_programme_digest()}


def test_time_stands_on_the_state_after_an_action() -> None:
    _, result = Venue().act((OrderIntent(ActionKind.OPEN, "SOL", notional_micros=500 * DOLLAR), 0, False))
    assert isinstance(result, Executed)
    assert (result.state_after.actions_in_window, result.state_after.last_action_at_ms) == (1, NOW)
