"""Isolated margin: taken, shared out, funded, and the most that its position can lose; equity is accounted for."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.exchange import funding, margin
from apps.exchange.figures import FLAT, Held
from apps.exchange.liquidation import close_all, exit_position, liquidate
from apps.exchange.positions import move
from apps.exchange.rounding import mul_div, notional
from apps.exchange.translate import held_of, terms_of
from apps.exchange.types import (
    AccountState,
    Denied,
    Executed,
    ExitCause,
    LedgerKind,
    Policy,
    Position,
    Quote,
    Side,
)
from tests.exchange.world import (
    DOLLAR,
    INSTRUMENTS,
    NOW,
    POLICY,
    PRICES,
    account,
    done,
    intent,
    marks,
    position,
    quote,
    run,
)

THIN = replace(POLICY, impact_rate_e10=2 * 10**9, impact_depth_micros=50_000 * DOLLAR)


def opened(lots: int = 10_000, leverage: int = 5, *, cash: int = 100_000 * DOLLAR) -> Executed:
    wanted = intent(size_lots=lots, notional_micros=0, leverage=leverage, is_isolated=True)
    return done(run(account(cash=cash), wanted))


def test_opening_earmarks_the_mark_value_over_leverage_inside_the_cash() -> None:
    result = opened()
    held, fill = result.position_after, result.fills[0]
    assert held is not None
    assert held.is_isolated
    assert held.margin_micros == fill.margin_micros == mul_div(PRICES["BTC"] // 10, 1, 5)
    assert result.state_after.cash_micros == 100_000 * DOLLAR - fill.fee_micros


def test_adding_takes_more_and_reducing_releases_its_share() -> None:
    first = opened()
    more = intent(size_lots=5_000, notional_micros=0, is_isolated=True)
    added = done(run(first.state_after, more)).state_after
    held = added.position("BTC")
    assert held is not None
    taken = mul_div(PRICES["BTC"] // 10, 1, 5) + mul_div(mul_div(PRICES["BTC"], 5_000, 10**5), 1, 5)
    assert (held.margin_micros, held.leverage) == (taken, 5)
    reduced = done(run(added, intent("reduce", size_lots=3_000)))
    left = reduced.position_after
    assert left is not None
    assert left.margin_micros == taken - mul_div(taken, 3_000, 15_000)
    assert reduced.fills[0].margin_micros == left.margin_micros - taken
    whole = done(run(reduced.state_after, intent("close")))
    assert whole.fills[0].margin_micros == -left.margin_micros
    assert whole.state_after.positions == ()


def test_a_flip_releases_the_old_margin_and_takes_the_new() -> None:
    first = opened()
    turned = intent("flip", side=Side.SHORT, size_lots=20_000, leverage=4, is_isolated=True)
    result = done(run(first.state_after, turned))
    held = result.position_after
    assert held is not None
    assert held.margin_micros == mul_div(mul_div(PRICES["BTC"], 20_000, 10**5), 1, 4)
    assert first.position_after is not None
    assert [fill.margin_micros for fill in result.fills] == [
        -first.position_after.margin_micros,
        held.margin_micros,
    ]


def test_funding_moves_cash_and_the_isolated_margin_alike() -> None:
    state = opened().state_after
    both = replace(state, positions=(*state.positions, position("SOL", -1_000)))
    at = {symbol: replace(one, funding_rate_e10=10_000_000) for symbol, one in marks().items()}
    funded = funding.apply_funding(state=both, marks=at, instruments=INSTRUMENTS)
    paid = {line.symbol: line.amount_micros for line in funded.lines}
    assert paid == {"BTC": -9_712_340, "SOL": 1_876_500}
    before, after = both.position("BTC"), funded.state_after.position("BTC")
    assert before is not None
    assert after is not None
    assert after.margin_micros - before.margin_micros == -9_712_340
    assert funded.state_after.cash_micros - both.cash_micros == -9_712_340 + 1_876_500
    assert funded.state_after.position("SOL") == both.position("SOL")


def test_the_share_of_margin_that_leaves_is_rounded_once_and_all_of_it_at_the_end() -> None:
    held = Held(10, 1_001, 3, 1, 334)
    part = move(held, Held(-3, -330, 1, 0, 99))
    assert part.held == Held(7, 701, 3, 1, 234)
    assert (part.realized, part.margin) == (30, -100)
    assert move(part.held, Held(-7, -700, 1, 0, 0)) == (FLAT, -1, -234)
    assert move(held, Held(10, 1_000, 5, 1, 200)) == (Held(20, 2_001, 5, 1, 534), 0, 200)


def lonely(lots: int, backing: int, *, margin_micros: int) -> AccountState:
    """An account with one isolated BTC position whose margin and profit at the venue's price come to `backing`."""
    value = notional(PRICES["BTC"], lots, 5)
    held = Position("BTC", lots, value + margin_micros - backing, 10, True, margin_micros)
    return account(held, cash=margin_micros + 1_000 * DOLLAR)


def liquidated(state: AccountState, policy: Policy = POLICY) -> tuple[Executed, ...]:
    results = liquidate(
        state=state, marks=marks(), books={}, instruments=INSTRUMENTS, policy=policy, now_ms=NOW
    )
    return () if isinstance(results, Denied) else results


def test_f10_an_isolated_position_exactly_at_maintenance_stands_and_one_micro_below_falls() -> None:
    required = 607_021_250
    for backing, count in ((required, 0), (required - 1, 1)):
        state = lonely(50_000, backing, margin_micros=5_000 * DOLLAR)
        assert margin.is_liquidatable(state, marks(), INSTRUMENTS) == bool(count)
        assert len(liquidated(state)) == count


def test_a_part_leaves_all_the_margin_behind_so_that_it_relieves_the_rest() -> None:
    state = lonely(400_000, 3_500 * DOLLAR, margin_micros=10_000 * DOLLAR)
    free = replace(POLICY, half_spread_rate_e10=0, impact_rate_e10=0)
    (result,) = liquidated(state, free)
    fill, left = result.fills[0], result.position_after
    assert left is not None
    assert (result.exit_cause, fill.size_lots) == (ExitCause.PARTIAL, 80_000)
    assert fill.margin_micros == fill.realized_micros - fill.fee_micros
    assert left.margin_micros == 10_000 * DOLLAR + fill.margin_micros
    before, after = share_covered(state), share_covered(result.state_after)
    assert after > before * 119 / 100
    assert cross_cash(result.state_after) == cross_cash(state)


def share_covered(state: AccountState) -> float:
    """What backs the BTC position over its maintenance."""
    held = state.position("BTC")
    assert held is not None
    value = margin.isolated_value(held_of(held), PRICES["BTC"], terms_of(INSTRUMENTS["BTC"]))
    return value / margin.required(held_of(held), PRICES["BTC"], terms_of(INSTRUMENTS["BTC"]))


def test_no_debt_is_lifted_while_the_rest_of_an_isolated_position_is_worth_something() -> None:
    """Its margin is long gone, its open profit is not."""
    state = lonely(400_000, 4_000 * DOLLAR, margin_micros=-11_000 * DOLLAR)
    state = replace(state, cash_micros=5_000 * DOLLAR)
    (result,) = liquidated(state, THIN)
    assert result.exit_cause is ExitCause.PARTIAL
    assert [line.kind for line in result.lines] == [LedgerKind.REALIZED_PNL, LedgerKind.FEE]
    assert cross_cash(result.state_after) == cross_cash(state)


def test_a_part_sold_at_a_bad_price_costs_the_rest_of_the_margin_before_anybody_else() -> None:
    state = lonely(200_000, 2_000 * DOLLAR, margin_micros=40_000 * DOLLAR)
    (result,) = liquidated(state, THIN)
    fill, left = result.fills[0], result.position_after
    assert left is not None
    assert (result.exit_cause, fill.size_lots) == (ExitCause.PARTIAL, 40_000)
    lost = fill.fee_micros - fill.realized_micros
    assert 8_000 * DOLLAR < lost < 40_000 * DOLLAR
    assert fill.margin_micros == -lost
    assert left.margin_micros == 40_000 * DOLLAR - lost
    assert cross_cash(result.state_after) == 1_000 * DOLLAR
    assert [line.kind for line in result.lines] == [LedgerKind.REALIZED_PNL, LedgerKind.FEE]


def test_a_fee_that_the_margin_cannot_pay_is_lifted_with_the_rest() -> None:
    state = lonely(50_000, 10 * DOLLAR, margin_micros=5_000 * DOLLAR)
    result = exit_position(
        state=state,
        symbol="BTC",
        quote=quote(),
        book=None,
        instrument=INSTRUMENTS["BTC"],
        policy=replace(POLICY, half_spread_rate_e10=0, impact_rate_e10=0),
        now_ms=NOW,
    )
    assert isinstance(result, Executed)
    assert result.state_after.cash_micros == 1_000 * DOLLAR
    assert result.lines[-1].kind is LedgerKind.ADJUSTMENT
    owed = result.fills[0].fee_micros - 10 * DOLLAR
    assert abs(result.lines[-1].amount_micros - owed) <= 300_000


@st.composite
def ruins(draw: st.DrawFn) -> tuple[AccountState, dict[str, Quote], Policy]:
    """An account of isolated and cross positions after a gap, with an ordinary or a thin market."""
    held: list[Position] = []
    for symbol in draw(st.sets(st.sampled_from(sorted(INSTRUMENTS)), min_size=1)):
        scale = 10 ** INSTRUMENTS[symbol].size_decimals
        lots = max(draw(st.integers(10, 400_000)) * DOLLAR * scale // PRICES[symbol], 1)
        lots *= draw(st.sampled_from([1, -1]))
        cost, leverage = PRICES[symbol] * lots // scale, draw(st.integers(1, 10))
        margin_micros = abs(cost) // leverage if draw(st.booleans()) else 0
        held.append(
            Position(symbol, lots, cost, leverage, is_isolated=margin_micros > 0, margin_micros=margin_micros)
        )
    held.sort(key=lambda one: one.symbol)
    moves = {one.symbol: draw(st.integers(6_000, 14_000)) for one in held}
    at = {
        symbol: quote(symbol, PRICES[symbol] * moves.get(symbol, 10_000) // 10_000) for symbol in INSTRUMENTS
    }
    backing = sum(one.margin_micros for one in held) + draw(st.integers(0, 60_000)) * DOLLAR
    return account(*held, cash=backing), at, draw(st.sampled_from([POLICY, THIN]))


def equity(state: AccountState, at: dict[str, Quote]) -> int:
    return margin.measure(state, at, INSTRUMENTS).equity_micros


def accounted(before: AccountState, result: Executed, at: dict[str, Quote]) -> None:
    """Equity moved by the gap between fill and mark, by fees, and by the lines of the backstop and of a lifted debt."""
    fill = result.fills[0]
    decimals = INSTRUMENTS[fill.symbol].size_decimals
    after = result.state_after
    values = [
        notional(at[fill.symbol].mark_micros, held.size_lots if held else 0, decimals)
        for held in (before.position(fill.symbol), after.position(fill.symbol))
    ]
    special = sum(
        line.amount_micros
        for line in result.lines
        if line.kind in (LedgerKind.ADJUSTMENT, LedgerKind.BACKSTOP)
    )
    gap = values[1] - values[0] - fill.side * fill.notional_micros
    assert equity(after, at) - equity(before, at) == gap - fill.fee_micros + special


def cross_cash(state: AccountState) -> int:
    return state.cash_micros - sum(held.margin_micros for held in state.positions)


@settings(max_examples=150, deadline=None)
@given(ruins())
def test_f10_every_cent_of_a_ruin_is_accounted_for(
    drawn: tuple[AccountState, dict[str, Quote], Policy],
) -> None:
    state, at, policy = drawn
    results = liquidate(state=state, marks=at, books={}, instruments=INSTRUMENTS, policy=policy, now_ms=NOW)
    assert isinstance(results, Denied) == (not margin.is_liquidatable(state, at, INSTRUMENTS))
    for result in () if isinstance(results, Denied) else results:
        accounted(state, result, at)
        assert result.state_after.cash_micros - state.cash_micros == sum(
            line.amount_micros for line in result.lines
        )
        if result.position_before is not None and result.position_before.is_isolated:
            assert cross_cash(result.state_after) >= cross_cash(state)
            others = [held for held in state.positions if held != result.position_before]
            assert [held for held in result.state_after.positions if held in others] == others
        state = result.state_after
    if not any(not held.is_isolated for held in state.positions):
        assert cross_cash(state) >= 0


@settings(max_examples=150, deadline=None)
@given(ruins())
def test_an_isolated_position_never_costs_more_than_its_margin(
    drawn: tuple[AccountState, dict[str, Quote], Policy],
) -> None:
    state, at, policy = drawn
    alone = replace(state, positions=tuple(one for one in state.positions if one.is_isolated))
    floor = cross_cash(alone)
    for turn in range(8):
        results = liquidate(
            state=alone,
            marks={symbol: replace(one, at_ms=NOW + turn) for symbol, one in at.items()},
            books={},
            instruments=INSTRUMENTS,
            policy=policy,
            now_ms=NOW + turn,
        )
        if isinstance(results, Denied):
            break
        alone = results[-1].state_after
        assert cross_cash(alone) >= floor
    left = close_all(state=alone, marks=at, books={}, instruments=INSTRUMENTS, policy=policy, now_ms=NOW)
    assert not isinstance(left, Denied)
    assert (left[-1].state_after.cash_micros if left else alone.cash_micros) >= floor
