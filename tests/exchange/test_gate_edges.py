"""Every gate with a range: allowed at both of its ends, denied one step outside; fixed kinds of gates beside them.

Only whole numbers reach the gates: NaN, infinity, numbers as text and yes/no in the place of a number are refused
where answers are parsed (`decisions.engine.parse`, `core.json_strict`) and where prices are checked by the market.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from apps.exchange.gates import GATE_ORDER, NUMBERS, first_failing
from apps.exchange.types import AccountState, Denied, DenyReason, Executed, OrderIntent, Policy, Side
from tests.exchange.world import (
    DOLLAR,
    NOW,
    POLICY,
    account,
    intent,
    marks,
    position,
    quote,
    run,
)

R = DenyReason
MARK = 100_000 * DOLLAR
AT = {**marks(), "BTC": quote(price=MARK)}
FREE = replace(POLICY, half_spread_rate_e10=0, impact_rate_e10=0, taker_fee_rate_e10=1, has_fee_tiers=False)
VAST = replace(FREE, max_position_micros=10**18, max_exposure_micros=10**18, max_net_exposure_micros=10**18)
RICH = account(cash=10**17)
LONG = account(position("BTC", 100_000, price=MARK))
Answer = Executed | Denied


def ask(wanted: OrderIntent, state: AccountState = RICH, policy: Policy = VAST, **changes: object) -> Answer:
    """Ask in a market at 100,000 without costs."""
    return run(state, wanted, policy=policy, prices=AT, **changes)  # type: ignore[arg-type]


def lots(micros: int) -> int:
    """Lots of BTC at 100,000 dollars: one is worth a dollar."""
    return micros // DOLLAR


@dataclass(frozen=True)
class Edge:
    """A gate, how to ask with a value, and the values at and just outside the ends of its range."""

    reason: DenyReason
    ask: Callable[[int], Answer]
    allowed: tuple[int, ...]
    denied: tuple[int, ...]


def policy_edge(reason: DenyReason, name: str, allowed: int, denied: int, **wanted: int) -> Edge:
    """An edge reached by moving a number of the policy under one order of 1,000 dollars."""
    order = intent(size_lots=1_000, leverage=10, **wanted)
    return Edge(
        reason, lambda value: ask(order, policy=replace(VAST, **{name: value})), (allowed,), (denied,)
    )


EDGES = [
    Edge(
        R.AMOUNT_OUT_OF_RANGE,
        lambda v: ask(intent("reduce", size_lots=v), LONG),
        (1_000, 10**18),
        (10**18 + 1,),
    ),
    Edge(
        R.AMOUNT_OUT_OF_RANGE, lambda v: ask(intent("set_exit", hold_ms=v), LONG), (1, 10**18), (10**18 + 1,)
    ),
    Edge(R.NO_TRIGGER, lambda v: ask(intent("cancel"), LONG, standing=v), (1, 4), (0,)),
    Edge(
        R.LEVERAGE_ABOVE_POLICY,
        lambda v: ask(intent(leverage=v), policy=replace(VAST, max_leverage=7)),
        (1, 7),
        (8,),
    ),
    Edge(R.LEVERAGE_ABOVE_ASSET, lambda v: ask(intent(symbol="SOL", leverage=v)), (1, 20), (21,)),
    Edge(R.INTENT_INVALID, lambda v: ask(intent(leverage=v)), (1,), (0, -1)),
    Edge(R.TOO_MANY_ACTIONS, lambda v: ask(intent(), account(actions_in_window=v)), (0, 59), (60,)),
    Edge(
        R.COOLDOWN,
        lambda v: ask(intent(), account(last_action_at_ms=NOW - v), replace(VAST, cooldown_ms=1_000)),
        (1_000, 10**12),
        (999,),
    ),
    Edge(
        R.PRICE_STALE,
        lambda v: ask(intent(), quote=quote(price=MARK, at_ms=NOW - v)),
        (0, 15_000),
        (-1, 15_001),
    ),
    Edge(
        R.PRICE_NOT_SANE,
        lambda v: ask(intent(), quote=quote(price=MARK, mid_micros=v)),
        (95_000 * DOLLAR, 105_000 * DOLLAR),
        (95_000 * DOLLAR - 1, 105_000 * DOLLAR + 1),
    ),
    Edge(
        R.PRICE_NOT_SANE,
        lambda v: ask(intent("close"), LONG, quote=quote(price=MARK, mark_micros=v)),
        (95_000 * DOLLAR, 105_000 * DOLLAR),
        (95_000 * DOLLAR - 1, 105_000 * DOLLAR + 1, 0, -1),
    ),
    Edge(
        R.TRIGGER_PRICE_INVALID,
        lambda v: ask(intent("set_stop", stop_micros=v), LONG),
        (DOLLAR, 99_999 * DOLLAR),
        (100_000 * DOLLAR, 100_001 * DOLLAR),
    ),
    Edge(
        R.TRIGGER_PRICE_INVALID,
        lambda v: ask(intent(size_lots=1_000, target_micros=v)),
        (100_001 * DOLLAR, 10**18),
        (100_000 * DOLLAR, 99_999 * DOLLAR),
    ),
    Edge(
        R.TRIGGER_PRICE_INVALID,
        lambda v: ask(intent(side=Side.SHORT, size_lots=1_000, stop_micros=v)),
        (100_001 * DOLLAR, 10**18),
        (100_000 * DOLLAR,),
    ),
    Edge(
        R.TRIGGER_PRICE_INVALID, lambda v: ask(intent("set_stop", trail_bps=v), LONG), (1, 9_999), (10_000,)
    ),
    Edge(
        R.SIZE_BELOW_LOT,
        lambda v: ask(intent(notional_micros=v), policy=replace(VAST, min_notional_micros=0)),
        (DOLLAR,),
        (DOLLAR - 1,),
    ),
    Edge(R.BELOW_MIN_NOTIONAL, lambda v: ask(intent(size_lots=v)), (10,), (9,)),
    Edge(
        R.BELOW_MIN_NOTIONAL, lambda v: ask(intent("reduce", size_lots=v), LONG), (10, 100_000, 200_000), (9,)
    ),
    Edge(R.ABOVE_MAX_ORDER, lambda v: ask(intent(size_lots=v)), (30_000_000,), (30_000_001,)),
    policy_edge(R.ABOVE_MAX_POSITION, "max_position_micros", 1_000 * DOLLAR, 1_000 * DOLLAR - 1),
    policy_edge(R.ABOVE_MAX_EXPOSURE, "max_exposure_micros", 1_000 * DOLLAR, 1_000 * DOLLAR - 1),
    policy_edge(R.ABOVE_MAX_NET_EXPOSURE, "max_net_exposure_micros", 1_000 * DOLLAR, 1_000 * DOLLAR - 1),
    policy_edge(
        R.ABOVE_MAX_NET_EXPOSURE,
        "max_net_exposure_micros",
        1_000 * DOLLAR,
        1_000 * DOLLAR - 1,
        side=Side.SHORT,
    ),
    policy_edge(R.TOO_MANY_POSITIONS, "max_open_positions", 1, 0),
    Edge(
        R.SLIPPAGE_TOO_LARGE,
        lambda v: ask(
            intent(size_lots=1_000), policy=replace(VAST, half_spread_rate_e10=v, max_slippage_bps=100)
        ),
        (0, 10**8),
        (10**8 + 10**6,),
    ),
    Edge(
        R.LEVERAGE_ABOVE_TIER,
        lambda v: ask(
            intent(size_lots=1_000, leverage=40), account(position("BTC", v, price=MARK), cash=10**17)
        ),
        (149_998_999,),
        (149_999_000,),
    ),
    Edge(
        R.INSUFFICIENT_MARGIN,
        lambda v: ask(intent(size_lots=1_000), account(cash=v)),
        (200_000_001,),
        (200_000_000 - 1,),
    ),
    Edge(
        R.INSUFFICIENT_MARGIN,
        lambda v: ask(intent(size_lots=1_000, is_isolated=True), account(cash=v)),
        (200_000_001,),
        (200_000_000 - 1, 0),
    ),
    Edge(
        R.ABOVE_MAX_ACCOUNT_LEVERAGE,
        lambda v: ask(
            intent(size_lots=1_000, leverage=10), account(cash=v), replace(VAST, max_account_leverage=4)
        ),
        (250_000_001,),
        (250_000_000 - 1,),
    ),
]


@pytest.mark.parametrize("edge", EDGES, ids=[f"{place}-{edge.reason}" for place, edge in enumerate(EDGES)])
def test_each_range_holds_at_its_ends_and_not_beyond(edge: Edge) -> None:
    for value in edge.allowed:
        result = edge.ask(value)
        assert isinstance(result, Executed), (value, result)
    for value in edge.denied:
        result = edge.ask(value)
        assert isinstance(result, Denied), (value, result)
        assert result.reason is edge.reason, (value, result)


def test_the_first_row_out_of_its_range_is_named_and_ends_are_inside() -> None:
    assert first_failing(((1, 0, 0, 5), (2, 0, 5, 5), (3, -1, -1, -1)))[0] == 0
    assert first_failing(((1, 0, 3, 5), (2, 0, 6, 5), (3, 0, -1, 5))) == (2, 0, 6, 5)
    assert first_failing(((9, 1, 0, 5),)) == (9, 1, 0, 5)
    assert first_failing(((9, 5, 3, 1),)) == (9, 5, 3, 1)


def test_f03_an_old_price_and_one_that_is_held_back_are_refused_for_entries_and_exits() -> None:
    for wanted, state in (
        (intent(), RICH),
        (intent("close"), LONG),
        (intent("set_stop", trail_bps=50), LONG),
    ):
        stale = ask(wanted, state, quote=quote(price=MARK, at_ms=NOW - 15_001))
        jumped = ask(wanted, state, quote=quote(price=MARK, fault="PRICE_JUMP"))
        assert isinstance(stale, Denied)
        assert isinstance(jumped, Denied)
        assert (stale.reason, jumped.reason) == (R.PRICE_STALE, R.PRICE_JUMP)
        assert "15001" in stale.detail


def test_f08_a_size_is_quantised_once_and_what_is_left_over_is_never_traded() -> None:
    result = ask(intent(notional_micros=1_234_567_891))
    assert isinstance(result, Executed)
    assert result.fills[0].size_lots == 1_234
    assert result.fills[0].notional_micros == 1_234 * DOLLAR
    eighteen = ask(intent(notional_micros=10 * DOLLAR + 1))
    assert isinstance(eighteen, Executed)
    assert eighteen.fills[0].size_lots == 10


@pytest.mark.parametrize("is_isolated", [False, True])
@pytest.mark.parametrize("parts", [(1, 99_999), (33_333, 33_333, 33_334), (99_990, 10)])
def test_f08_closed_means_exactly_nothing(parts: tuple[int, ...], is_isolated: bool) -> None:
    opened = ask(intent(size_lots=100_000, leverage=7, is_isolated=is_isolated))
    assert isinstance(opened, Executed)
    state = opened.state_after
    for part in parts:
        result = ask(intent("reduce", size_lots=max(part, 10)), state)
        assert isinstance(result, Executed)
        state = result.state_after
    if state.positions:
        last = ask(intent("close"), state)
        assert isinstance(last, Executed)
        state = last.state_after
    assert state.positions == ()
    assert state.cash_micros <= RICH.cash_micros


def test_f13_an_amount_beyond_the_bounds_is_refused_before_anything_is_computed() -> None:
    for number in (10**18 + 1, 2**63, 2**64 + 5, 10**30):
        for wanted in (intent(size_lots=number), intent(notional_micros=number), intent(stop_micros=number)):
            result = ask(wanted)
            assert isinstance(result, Denied)
            assert result.reason is R.AMOUNT_OUT_OF_RANGE
    product = ask(intent(size_lots=10**16))
    assert isinstance(product, Denied)
    assert product.reason is R.AMOUNT_OUT_OF_RANGE


def test_numbers_of_gates_are_their_places() -> None:
    assert [NUMBERS[reason] for reason in GATE_ORDER] == list(range(1, len(GATE_ORDER) + 1))
