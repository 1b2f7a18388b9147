"""Each gate alone denies with its own reason, and lets through the value at its edge."""

from dataclasses import replace
from typing import Any

import pytest

from apps.exchange.gates import GATE_ORDER, NUMBERS, SENTENCES, numbers
from apps.exchange.types import (
    AccountState,
    Book,
    BookLevel,
    Denied,
    DenyReason,
    Executed,
    OrderIntent,
    Position,
    Side,
    TradingMode,
)
from tests.exchange.world import (
    BTC,
    DOLLAR,
    INSTRUMENTS,
    KPEPE,
    NOW,
    POLICY,
    SOL,
    account,
    book,
    done,
    intent,
    marks,
    position,
    quote,
    run,
)

LONG_BTC = account(position("BTC", 1_000))
ALONE = account(replace(position("BTC", 1_000, leverage=40), is_isolated=True, margin_micros=25 * DOLLAR))
SPENT = replace(ALONE, positions=(replace(ALONE.positions[0], margin_micros=10 * DOLLAR),))
POOR = account(position("BTC", 1_000), cash=12 * DOLLAR)
Case = tuple[DenyReason, AccountState, OrderIntent, dict[str, Any]]
HUGE = replace(POLICY, max_position_micros=10**18, max_exposure_micros=10**18, max_net_exposure_micros=10**18)
RICH = account(cash=10**17)
SOLD = account(position("SOL", -100))
NET_900 = replace(POLICY, max_net_exposure_micros=900 * DOLLAR)
CROSSED = Book("BTC", NOW, (BookLevel(97_200_000_000, 5),), (BookLevel(97_100_000_000, 5),), "book:1")
UNSORTED = replace(book(), asks=tuple(reversed(book().asks)))
HOLLOW = replace(book(), bids=(BookLevel(97_123_000_000, 5), BookLevel(97_122_000_000, 0)))
R = DenyReason

DENIALS: list[Case] = [
    (R.NOTHING_TO_DO, account(), intent("hold"), {}),
    (R.ACCOUNT_NOT_TRADABLE, account(status="paused"), intent(), {}),
    (R.ACCOUNT_NOT_TRADABLE, replace(LONG_BTC, status="locked"), intent("close"), {}),
    (R.INTENT_INVALID, account(), intent(), {"instrument": SOL}),
    (R.INTENT_INVALID, account(), intent(), {"quote": quote("SOL")}),
    (R.INTENT_INVALID, account(), intent(notional_micros=0), {}),
    (R.INTENT_INVALID, account(), intent(notional_micros=-1), {}),
    (R.INTENT_INVALID, account(), intent(size_lots=-5), {}),
    (R.INTENT_INVALID, account(), intent(size_lots=5, notional_micros=5), {}),
    (R.INTENT_INVALID, account(), intent(leverage=0), {}),
    (R.INTENT_INVALID, LONG_BTC, intent("reduce"), {}),
    (R.ASSET_NOT_ALLOWED, account(), intent(), {"policy": replace(POLICY, allowed_symbols=("SOL",))}),
    (R.ASSET_DELISTED, account(), intent(), {"instrument": replace(BTC, is_delisted=True)}),
    (R.TOO_MANY_ACTIONS, account(actions_in_window=60), intent(), {}),
    (
        R.COOLDOWN,
        account(last_action_at_ms=NOW - 999),
        intent(),
        {"policy": replace(POLICY, cooldown_ms=1_000)},
    ),
    (R.PRICE_MISSING, account(), intent(), {"quote": None}),
    (R.PRICE_MISSING, LONG_BTC, intent("close"), {"quote": None}),
    (R.PRICE_STALE, account(), intent(), {"quote": quote(at_ms=NOW - 15_001)}),
    (R.PRICE_STALE, account(), intent(), {"quote": quote(at_ms=NOW + 1)}),
    (R.PRICE_MISSING, account(), intent(), {"quote": quote(fault="PRICE_MISSING")}),
    (R.PRICE_STALE, account(), intent(), {"quote": quote(fault="PRICE_STALE")}),
    (R.PRICE_NOT_POSITIVE, account(), intent(), {"quote": quote(fault="PRICE_NOT_POSITIVE")}),
    (R.PRICE_NOT_A_NUMBER, LONG_BTC, intent("close"), {"quote": quote(fault="PRICE_NOT_A_NUMBER")}),
    (R.PRICE_JUMP, account(), intent(), {"quote": quote(fault="PRICE_JUMP")}),
    (R.PRICE_JUMP, LONG_BTC, intent("close"), {"quote": quote(fault="PRICE_JUMP")}),
    (R.PRICE_NOT_SANE, account(), intent(), {"quote": quote(price=0)}),
    (R.PRICE_NOT_SANE, account(), intent(), {"quote": quote(price=-5)}),
    (R.PRICE_NOT_SANE, account(), intent(), {"quote": quote(mid_micros=0)}),
    (R.PRICE_NOT_SANE, account(), intent(), {"quote": quote(mark_micros=97_123_400_000 * 2)}),
    (R.PRICE_NOT_SANE, LONG_BTC, intent("close"), {"quote": quote(mid_micros=97_123_400_000 // 2)}),
    (R.BOOK_NOT_SANE, account(), intent(), {"book": CROSSED}),
    (R.BOOK_NOT_SANE, account(), intent(), {"book": UNSORTED}),
    (R.BOOK_NOT_SANE, account(), intent(), {"book": HOLLOW}),
    (R.BOOK_NOT_SANE, account(), intent(), {"book": book(mid=80_000 * DOLLAR)}),
    (R.MARKS_MISSING, account(position("SOL", 100)), intent(), {"marks": {"BTC": quote()}}),
    (R.MARKS_MISSING, account(position("SOL", 100)), intent(), {"instruments": {"BTC": BTC}}),
    (
        R.MARKS_MISSING,
        account(position("SOL", 100)),
        intent(),
        {"marks": {**marks(), "SOL": quote("SOL", at_ms=NOW - 60_000)}},
    ),
    (R.NO_POSITION, account(), intent("close"), {}),
    (R.NO_POSITION, account(), intent("reduce", size_lots=5), {}),
    (R.NO_POSITION, account(position("SOL", 100)), intent("flip"), {}),
    (R.REDUCE_ONLY_WOULD_GROW, LONG_BTC, intent(reduce_only=True), {}),
    (R.REDUCE_ONLY_WOULD_GROW, account(), intent(reduce_only=True), {}),
    (R.REDUCE_ONLY_WOULD_GROW, LONG_BTC, intent("flip", side=Side.SHORT, reduce_only=True), {}),
    (R.OPPOSITE_POSITION, LONG_BTC, intent(side=Side.SHORT), {}),
    (R.FLIP_SAME_SIDE, LONG_BTC, intent("flip", side=Side.LONG), {}),
    (R.LEVERAGE_ABOVE_POLICY, account(), intent(leverage=6), {"policy": replace(POLICY, max_leverage=5)}),
    (R.LEVERAGE_ABOVE_ASSET, account(), intent(symbol="SOL", leverage=21), {}),
    (R.SIZE_BELOW_LOT, account(), intent(notional_micros=900_000), {}),
    (R.SIZE_BELOW_LOT, LONG_BTC, intent("flip", side=Side.SHORT, notional_micros=900_000), {}),
    (R.BELOW_MIN_NOTIONAL, LONG_BTC, intent("flip", side=Side.SHORT, size_lots=10), {}),
    (R.BELOW_MIN_NOTIONAL, account(), intent(notional_micros=9_999_999), {}),
    (R.BELOW_MIN_NOTIONAL, LONG_BTC, intent("reduce", size_lots=10), {}),
    (R.ABOVE_MAX_ORDER, RICH, intent(notional_micros=30_010_000 * DOLLAR), {"policy": HUGE}),
    (R.ABOVE_MAX_ORDER, RICH, intent(symbol="SOL", notional_micros=5_001_000 * DOLLAR), {"policy": HUGE}),
    (R.ABOVE_MAX_ORDER, RICH, intent(symbol="kPEPE", notional_micros=2_001_000 * DOLLAR), {"policy": HUGE}),
    (
        R.SLIPPAGE_TOO_LARGE,
        account(),
        intent(notional_micros=20_000 * DOLLAR),
        {"policy": replace(POLICY, impact_depth_micros=50 * DOLLAR)},
    ),
    (R.ABOVE_MAX_POSITION, account(), intent(notional_micros=50_010 * DOLLAR), {}),
    (
        R.ABOVE_MAX_POSITION,
        account(position("BTC", 50_000)),
        intent(notional_micros=2_000 * DOLLAR),
        {},
    ),
    (
        R.ABOVE_MAX_EXPOSURE,
        account(position("SOL", 25_000), position("ETH", -140_000)),
        intent(notional_micros=5_000 * DOLLAR),
        {},
    ),
    (
        R.LEVERAGE_ABOVE_TIER,
        account(position("BTC", 154_000_000), cash=10**17),
        intent(notional_micros=2_000_000 * DOLLAR, leverage=21),
        {"policy": replace(HUGE, impact_rate_e10=0)},
    ),
    (R.INSUFFICIENT_MARGIN, account(cash=190 * DOLLAR), intent(), {}),
    (R.INSUFFICIENT_MARGIN, account(cash=-1), intent(), {}),
    (R.INSUFFICIENT_MARGIN, account(cash=190 * DOLLAR), intent(is_isolated=True), {}),
    (R.TRADING_HALTED, account(), intent(), {"halt": TradingMode.HALTED}),
    (R.TRADING_HALTED, LONG_BTC, intent("close"), {"halt": TradingMode.HALTED}),
    (R.TRADING_HALTED, LONG_BTC, intent("cancel"), {"halt": TradingMode.HALTED, "standing": 1}),
    (R.ONLY_REDUCING, account(), intent(), {"halt": TradingMode.REDUCING}),
    (R.ONLY_REDUCING, account(status="reduce_only"), intent(), {}),
    (R.ONLY_REDUCING, LONG_BTC, intent("flip", side=Side.SHORT), {"halt": TradingMode.REDUCING}),
    (R.AMOUNT_OUT_OF_RANGE, account(), intent(notional_micros=10**18 + 1), {}),
    (R.AMOUNT_OUT_OF_RANGE, account(), intent(size_lots=10**18 + 1), {}),
    (R.AMOUNT_OUT_OF_RANGE, RICH, intent(size_lots=10**15), {"policy": HUGE}),
    (R.AMOUNT_OUT_OF_RANGE, LONG_BTC, intent("reduce", size_lots=2**63), {}),
    (R.AMOUNT_OUT_OF_RANGE, LONG_BTC, intent("set_target", target_micros=10**18 + 1), {}),
    (R.NO_POSITION, account(), intent("set_stop", stop_micros=90_000 * DOLLAR), {}),
    (R.NO_TRIGGER, LONG_BTC, intent("cancel"), {}),
    (R.NO_TRIGGER, account(), intent("cancel"), {}),
    (R.INTENT_INVALID, LONG_BTC, intent("set_stop"), {}),
    (R.INTENT_INVALID, LONG_BTC, intent("set_stop", stop_micros=DOLLAR, trail_bps=5), {}),
    (R.INTENT_INVALID, LONG_BTC, intent("set_target"), {}),
    (R.INTENT_INVALID, LONG_BTC, intent("set_exit"), {}),
    (R.INTENT_INVALID, account(), intent(stop_micros=-1), {}),
    (R.MARGIN_MODE_MISMATCH, LONG_BTC, intent(is_isolated=True), {}),
    (R.MARGIN_MODE_MISMATCH, LONG_BTC, intent(), {"instrument": replace(BTC, only_isolated=True)}),
    (R.MARGIN_MODE_MISMATCH, ALONE, intent(is_isolated=True, leverage=39), {}),
    (R.LIQUIDATION_DUE, SPENT, intent("close"), {}),
    (R.LIQUIDATION_DUE, SPENT, intent("reduce", size_lots=500), {}),
    (R.LIQUIDATION_DUE, SPENT, intent(is_isolated=True, leverage=40), {}),
    (R.LIQUIDATION_DUE, SPENT, intent("flip", side=Side.SHORT), {}),
    (R.LIQUIDATION_DUE, POOR, intent("close"), {}),
    (R.LIQUIDATION_DUE, POOR, intent(symbol="SOL"), {}),
    (
        R.LIQUIDATION_DUE,
        account(*ALONE.positions, position("SOL", 10**5), cash=30 * DOLLAR),
        intent("close"),
        {},
    ),
    (R.TRIGGER_PRICE_INVALID, LONG_BTC, intent("set_stop", stop_micros=98_000 * DOLLAR), {}),
    (
        R.TRIGGER_PRICE_INVALID,
        account(Position("kPEPE", -(10**6), -4_000 * 10**6, 5)),
        intent("set_stop", "kPEPE", trail_bps=1),
        {"quote": quote("kPEPE", 4_000), "instrument": replace(KPEPE, size_decimals=0)},
    ),
    (R.TRIGGER_PRICE_INVALID, LONG_BTC, intent("set_target", target_micros=97_000 * DOLLAR), {}),
    (R.TRIGGER_PRICE_INVALID, LONG_BTC, intent("set_stop", trail_bps=10_000), {}),
    (R.TRIGGER_PRICE_INVALID, account(), intent(side=Side.SHORT, stop_micros=97_000 * DOLLAR), {}),
    (R.TRIGGER_PRICE_INVALID, account(), intent(target_micros=97_000 * DOLLAR), {}),
    (R.TOO_MANY_POSITIONS, SOLD, intent(), {"policy": replace(POLICY, max_open_positions=1)}),
    (R.ABOVE_MAX_NET_EXPOSURE, account(), intent(), {"policy": NET_900}),
    (R.ABOVE_MAX_NET_EXPOSURE, account(), intent(side=Side.SHORT), {"policy": NET_900}),
    (
        R.ABOVE_MAX_ACCOUNT_LEVERAGE,
        account(cash=300 * DOLLAR),
        intent(),
        {"policy": replace(POLICY, max_account_leverage=3)},
    ),
]


@pytest.mark.parametrize(
    ("reason", "state", "wanted", "changes"),
    DENIALS,
    ids=[f"{n}-{case[0]}" for n, case in enumerate(DENIALS)],
)
def test_each_gate_denies_with_its_reason(
    reason: DenyReason, state: AccountState, wanted: OrderIntent, changes: dict[str, Any]
) -> None:
    result = run(state, wanted, **changes)
    assert isinstance(result, Denied), result
    assert result.reason is reason
    assert result.detail


def test_every_gate_of_the_order_has_a_denial_above() -> None:
    assert {case[0] for case in DENIALS} == set(GATE_ORDER)
    assert len(GATE_ORDER) == len(set(GATE_ORDER))
    assert set(DenyReason) - set(GATE_ORDER) == {DenyReason.NOT_LIQUIDATABLE}
    assert set(SENTENCES) == set(GATE_ORDER)
    assert all(getattr(numbers, reason) == place for reason, place in NUMBERS.items())


EDGES: list[tuple[AccountState, OrderIntent, dict[str, Any]]] = [
    (account(), intent(), {"quote": quote(at_ms=NOW - 15_000)}),
    (account(actions_in_window=59), intent(), {}),
    (account(last_action_at_ms=NOW - 1_000), intent(), {"policy": replace(POLICY, cooldown_ms=1_000)}),
    (account(), intent(symbol="SOL", leverage=20), {}),
    (account(), intent(symbol="SOL", size_lots=6), {}),
    (account(), intent(), {"quote": quote(mid_micros=97_123_400_000 * 105 // 100)}),
    (account(cash=201 * DOLLAR), intent(), {}),
    (LONG_BTC, intent(side=Side.SHORT, reduce_only=True), {}),
    (LONG_BTC, intent("flip", side=Side.SHORT), {}),
]


@pytest.mark.parametrize(("state", "wanted", "changes"), EDGES)
def test_the_edge_of_a_range_is_inside(
    state: AccountState, wanted: OrderIntent, changes: dict[str, Any]
) -> None:
    assert isinstance(run(state, wanted, **changes), Executed)


WAYS_OUT: list[dict[str, Any]] = [
    {"policy": replace(POLICY, allowed_symbols=())},
    {"instrument": replace(BTC, is_delisted=True)},
    {"instrument": replace(BTC, only_isolated=True)},
    {"policy": replace(POLICY, max_actions_per_window=0)},
    {"policy": replace(POLICY, cooldown_ms=10**9)},
    {"policy": replace(POLICY, max_position_micros=0, max_exposure_micros=0)},
    {"policy": replace(POLICY, impact_depth_micros=1)},
    {"marks": {}, "instruments": {}},
]


@pytest.mark.parametrize("changes", WAYS_OUT)
@pytest.mark.parametrize(
    "wanted", [intent("close"), intent("reduce", size_lots=500)], ids=["close", "reduce"]
)
def test_a_way_out_is_always_open(wanted: OrderIntent, changes: dict[str, Any]) -> None:
    owner = account(position("BTC", 1_000), position("SOL", 7), cash=100 * DOLLAR, last_action_at_ms=NOW)
    done(run(owner, wanted, **changes))


def test_the_rest_of_a_position_may_be_closed_below_the_minimum() -> None:
    dust = account(position("BTC", 1))
    result = done(run(dust, intent("close")))
    assert result.position_after is None
    assert result.fills[0].notional_micros < POLICY.min_notional_micros
    assert done(run(dust, intent("reduce", size_lots=1))).position_after is None


def test_the_first_gate_in_order_names_the_denial() -> None:
    result = run(account(status="locked", actions_in_window=60), intent(leverage=99), quote=None)
    assert isinstance(result, Denied)
    assert result.reason is DenyReason.ACCOUNT_NOT_TRADABLE


@pytest.mark.parametrize("halt", [TradingMode.ACTIVE, TradingMode.REDUCING])
@pytest.mark.parametrize("status", ["active", "reduce_only"])
def test_what_shrinks_a_position_goes_on_where_growing_is_stopped(halt: TradingMode, status: str) -> None:
    state = account(position("BTC", 1_000), status=status)
    for wanted in (
        intent("close"),
        intent("reduce", size_lots=500),
        intent(side=Side.SHORT, size_lots=500, reduce_only=True),
        intent("set_stop", trail_bps=100),
        intent("cancel"),
    ):
        done(run(state, wanted, halt=halt, standing=1))


def test_a_denied_flip_leaves_the_position_alone() -> None:
    state = account(position("BTC", 1_000), cash=100 * DOLLAR)
    result = run(state, intent("flip", side=Side.SHORT, notional_micros=40_000 * DOLLAR, leverage=5))
    assert isinstance(result, Denied)
    assert result.reason is DenyReason.INSUFFICIENT_MARGIN


def test_no_market_order_limit_of_a_low_leverage_asset_is_crossed() -> None:
    low = replace(KPEPE, max_leverage=5)
    venue = {**INSTRUMENTS, "kPEPE": low}
    asked = intent(symbol="kPEPE", notional_micros=500_001 * DOLLAR)
    result = run(RICH, asked, policy=HUGE, instrument=low, instruments=venue)
    assert isinstance(result, Denied)
    assert result.reason is DenyReason.ABOVE_MAX_ORDER


def test_setting_an_exit_is_no_order_and_goes_on_while_a_liquidation_is_due() -> None:
    done(run(SPENT, intent("set_stop", trail_bps=100)))
    done(run(POOR, intent("cancel"), standing=1))


def test_an_isolated_margin_that_is_spent_stops_no_order_elsewhere() -> None:
    done(run(SPENT, intent(symbol="SOL")))


def test_the_cross_side_is_not_called_due_while_another_position_has_no_price() -> None:
    state = account(position("BTC", 1_000), position("SOL", 10**5), cash=12 * DOLLAR)
    assert isinstance(run(state, intent("close")), Denied)
    done(run(state, intent("close"), marks={"BTC": quote()}))


def test_growth_of_an_isolated_position_must_leave_its_maintenance_margin_covered() -> None:
    """A fill far above the mark takes the loss out of a margin that is measured at the mark."""
    mark = quote(price=100_000 * DOLLAR)
    dear = replace(POLICY, half_spread_rate_e10=125 * 10**6, impact_rate_e10=0)
    wanted = intent(size_lots=1_000, leverage=40, is_isolated=True)
    done(run(account(), wanted, quote=mark, policy=dear))
    dearer = replace(dear, half_spread_rate_e10=126 * 10**6)
    result = run(account(), wanted, quote=mark, policy=dearer)
    assert isinstance(result, Denied)
    assert result.reason is DenyReason.INSUFFICIENT_MARGIN
    done(run(account(), replace(wanted, is_isolated=False), quote=mark, policy=dearer))
