"""Forced exits: only when due, only on believable prices, in the venue's order, never leaving a debt."""

from dataclasses import replace

import pytest

from apps.exchange import margin
from apps.exchange.forced_exits import BACKSTOP, COVERED, MARKET, largest, lots_to_take, stage
from apps.exchange.liquidation import close_all, exit_position, liquidate, settle_delisted
from apps.exchange.types import (
    AccountState,
    Book,
    Denied,
    DenyReason,
    Executed,
    ExitCause,
    LedgerKind,
    Policy,
    Quote,
    Side,
)
from tests.exchange.world import (
    BTC,
    DOLLAR,
    INSTRUMENTS,
    NOW,
    POLICY,
    account,
    book,
    marks,
    position,
    quote,
)

TWO = account(position("BTC", 50_000), position("SOL", -2_000), cash=5_000 * DOLLAR)
FREE = replace(POLICY, half_spread_rate_e10=0, impact_rate_e10=0)


def liquidated(
    state: AccountState,
    at: dict[str, Quote],
    books: dict[str, Book] | None = None,
    *,
    policy: Policy = POLICY,
    now_ms: int = NOW,
) -> tuple[Executed, ...] | Denied:
    return liquidate(
        state=state, marks=at, books=books or {}, instruments=INSTRUMENTS, policy=policy, now_ms=now_ms
    )


def forced(state: AccountState, at: dict[str, Quote], **changes: object) -> tuple[Executed, ...]:
    """The results of a liquidation that is due."""
    results = liquidated(state, at, **changes)  # type: ignore[arg-type]
    assert isinstance(results, tuple), results
    explained(state, results)
    return results


def closed(
    state: AccountState, at: dict[str, Quote], books: dict[str, Book]
) -> tuple[Executed, ...] | Denied:
    return close_all(state=state, marks=at, books=books, instruments=INSTRUMENTS, policy=POLICY, now_ms=NOW)


def explained(state: AccountState, results: tuple[Executed, ...]) -> None:
    """Every change of cash is a line, results are chained, and no cash is owed once nothing is open."""
    before = state
    for result in results:
        change = result.state_after.cash_micros - before.cash_micros
        assert change == sum(line.amount_micros for line in result.lines)
        assert all(line.amount_micros for line in result.lines)
        assert result.position_before == before.position(result.fills[0].symbol)
        assert result.cancels_triggers == (result.position_after is None)
        before = result.state_after
    if not before.positions:
        assert before.cash_micros >= 0


def kinds(results: tuple[Executed, ...]) -> list[LedgerKind]:
    return [line.kind for result in results for line in result.lines]


def causes(results: tuple[Executed, ...]) -> list[tuple[str, ExitCause | None]]:
    return [(result.fills[0].symbol, result.exit_cause) for result in results]


def at_ratio(state: AccountState, at: dict[str, Quote], share: float) -> AccountState:
    """The account with so much cash that its cross value is a share of its maintenance margin."""
    measured = margin.measure(state, at, INSTRUMENTS)
    wanted = int(measured.maintenance_micros * share)
    return replace(state, cash_micros=state.cash_micros + wanted - measured.account_value_micros)


def test_a_healthy_account_is_not_liquidated() -> None:
    result = liquidated(TWO, marks())
    assert isinstance(result, Denied)
    assert result.reason is DenyReason.NOT_LIQUIDATABLE
    assert isinstance(liquidated(account(cash=-5), marks()), Denied)


def test_f10_exactly_at_maintenance_stands_and_one_micro_below_falls() -> None:
    at = marks()
    edge = at_ratio(TWO, at, 1)
    assert isinstance(liquidated(edge, at), Denied)
    assert not margin.is_liquidatable(edge, at, INSTRUMENTS)
    below = replace(edge, cash_micros=edge.cash_micros - 1)
    assert margin.is_liquidatable(below, at, INSTRUMENTS)
    assert causes(forced(below, at)) == [("BTC", ExitCause.MARKET)]


def test_f10_a_gap_through_maintenance_and_zero_leaves_no_debt_and_lines_say_so() -> None:
    results = forced(TWO, marks(BTC=80_000 * DOLLAR))
    assert causes(results) == [("BTC", ExitCause.BACKSTOP), ("SOL", ExitCause.BACKSTOP)]
    assert results[-1].state_after.cash_micros == 0
    assert kinds(results) == [LedgerKind.REALIZED_PNL, LedgerKind.ADJUSTMENT]
    assert results[-1].state_after.positions == ()


def test_f10_several_positions_go_largest_first_until_the_rest_is_covered() -> None:
    state = account(position("BTC", 61_777), position("ETH", 144_600), position("SOL", -29_310))
    at = marks()
    assert causes(forced(at_ratio(state, at, 0.95), at)) == [("BTC", ExitCause.MARKET)]
    results = forced(at_ratio(state, at, 0.7), at)
    assert causes(results) == [("BTC", ExitCause.MARKET), ("SOL", ExitCause.MARKET)]
    after = margin.measure(results[-1].state_after, at, INSTRUMENTS)
    assert after.account_value_micros >= after.maintenance_micros > 0
    between = margin.measure(results[0].state_after, at, INSTRUMENTS)
    assert between.account_value_micros < between.maintenance_micros


def test_f10_equal_positions_go_by_symbol() -> None:
    price = 100_000 * DOLLAR
    at = marks(BTC=price, ETH=price, SOL=price)
    first, second, third = (
        position(symbol, lots, price=price)
        for symbol, lots in (("BTC", 10_000), ("ETH", -1_000), ("SOL", 10))
    )
    for state, symbol in ((account(first, second), "BTC"), (account(second, third), "ETH")):
        results = forced(at_ratio(state, at, 0.9), at, policy=FREE)
        assert [result.fills[0].symbol for result in results] == [symbol]


def test_f10_the_backstop_takes_over_below_two_thirds_with_all_that_is_left() -> None:
    at = marks()
    above, below = at_ratio(TWO, at, 0.667), at_ratio(TWO, at, 0.666)
    assert causes(forced(above, at, policy=FREE))[0] == ("BTC", ExitCause.MARKET)
    results = forced(below, at, policy=FREE)
    assert causes(results) == [("BTC", ExitCause.BACKSTOP), ("SOL", ExitCause.BACKSTOP)]
    value = margin.measure(below, at, INSTRUMENTS).account_value_micros
    assert [line for result in results for line in result.lines][-1].amount_micros == -value
    assert kinds(results)[-1] is LedgerKind.BACKSTOP
    assert results[-1].state_after.cash_micros == 0
    for result in results:
        fill = result.fills[0]
        assert (fill.price_micros, fill.fee_micros, fill.half_spread_micros, fill.walk_micros) == (
            at[fill.symbol].mark_micros,
            0,
            0,
            0,
        )


def test_f10_isolated_positions_go_first_each_on_its_own_margin() -> None:
    lonely = replace(position("SOL", 1_000), is_isolated=True, margin_micros=20 * DOLLAR)
    sound = replace(position("ETH", 1_000), is_isolated=True, margin_micros=300 * DOLLAR)
    state = account(position("BTC", 50_000), sound, lonely, cash=50_000 * DOLLAR)
    results = forced(state, marks())
    assert causes(results) == [("SOL", ExitCause.BACKSTOP)]
    assert [line.amount_micros for line in results[0].lines] == [-20 * DOLLAR]
    after = results[0].state_after
    assert after.position("BTC") == state.position("BTC")
    assert after.position("ETH") == sound
    assert after.cash_micros == state.cash_micros - 20 * DOLLAR
    poor = at_ratio(state, marks(), 0.9)
    assert causes(forced(poor, marks())) == [("SOL", ExitCause.BACKSTOP), ("BTC", ExitCause.MARKET)]


def test_a_large_position_goes_in_a_fifth_and_then_whole_for_thirty_seconds() -> None:
    at = marks()
    state = at_ratio(account(position("BTC", 200_001)), at, 0.9)
    results = forced(state, at, policy=FREE)
    assert causes(results) == [("BTC", ExitCause.PARTIAL)]
    assert results[0].fills[0].size_lots == 40_001
    left = results[0].state_after
    assert left.partial_at_ms == NOW
    assert results[0].position_after is not None
    assert not results[0].cancels_triggers
    again = at_ratio(left, at, 0.9)
    for later, cause in ((0, ExitCause.MARKET), (30_000, ExitCause.MARKET), (30_001, ExitCause.PARTIAL)):
        moved = {symbol: replace(one, at_ms=NOW + later) for symbol, one in at.items()}
        follow = forced(again, moved, policy=FREE, now_ms=NOW + later)
        assert causes(follow) == [("BTC", cause)]
    assert forced(again, at, policy=FREE)[-1].state_after.partial_at_ms == NOW


def test_a_part_taken_in_this_liquidation_does_not_make_the_next_position_go_whole() -> None:
    at = marks()
    state = at_ratio(account(position("BTC", 300_000), position("ETH", 500_000)), at, 0.7)
    results = forced(state, at, policy=FREE)
    assert causes(results) == [("BTC", ExitCause.PARTIAL), ("ETH", ExitCause.PARTIAL)]
    assert results[-1].state_after.partial_at_ms == NOW
    shortly_after = forced(replace(state, partial_at_ms=NOW - 30_000), at, policy=FREE)
    assert causes(shortly_after) == [("BTC", ExitCause.MARKET)]


def test_exactly_a_hundred_thousand_dollars_goes_whole() -> None:
    price = 100_000 * DOLLAR
    at = marks(BTC=price)
    for lots, cause in ((100_000, ExitCause.MARKET), (100_001, ExitCause.PARTIAL)):
        state = at_ratio(account(position("BTC", lots, price=price)), at, 0.8)
        assert causes(forced(state, at, policy=FREE)) == [("BTC", cause)]


def test_the_steps_of_a_liquidation_as_numbers() -> None:
    assert [stage(value, 300) for value in (300, 299, 200, 199, 0, -1)] == [
        COVERED,
        MARKET,
        MARKET,
        BACKSTOP,
        BACKSTOP,
        BACKSTOP,
    ]
    assert [lots_to_take(11, 10**12, since) for since in (0, 30_000, 30_001)] == [11, 11, 3]
    assert lots_to_take(1, 10**12, 10**9) == 1
    assert [largest(row) for row in ([], [0, 0], [1, 3, 3], [-5, 2])] == [-1, -1, 1, 1]


@pytest.mark.parametrize(
    "bad",
    [
        quote("BTC", 0),
        quote("BTC", -1),
        quote("BTC", 88_000 * DOLLAR, at_ms=NOW - 15_001),
        quote("BTC", 97_000 * DOLLAR, mark_micros=50_000 * DOLLAR),
        quote("BTC", 80_000 * DOLLAR, fault="PRICE_JUMP"),
    ],
    ids=["zero", "negative", "stale", "off-oracle", "held back"],
)
def test_one_bad_price_never_liquidates(bad: Quote) -> None:
    for act in (liquidated(TWO, {**marks(), "BTC": bad}), closed(TWO, {**marks(), "BTC": bad}, {})):
        assert isinstance(act, Denied)
        assert act.reason is DenyReason.MARKS_MISSING
    left = exit_position(
        state=TWO, symbol="BTC", quote=bad, book=None, instrument=BTC, policy=POLICY, now_ms=NOW
    )
    assert isinstance(left, Denied)


def test_a_missing_price_never_liquidates() -> None:
    result = liquidated(TWO, {"BTC": quote("BTC", 80_000 * DOLLAR)})
    assert isinstance(result, Denied)
    assert "SOL" in result.detail


def test_closing_all_ignores_the_account_status_and_an_insane_book() -> None:
    crossed = replace(book(), bids=book().asks, asks=book().bids)
    results = closed(replace(TWO, status="locked"), marks(), {"BTC": crossed, "SOL": book("SOL")})
    assert isinstance(results, tuple)
    explained(TWO, results)
    assert [result.fills[0].book_reference for result in results] == ["", "book:SOL"]
    assert results[-1].state_after.positions == ()
    assert closed(account(), {}, {}) == ()


@pytest.mark.parametrize(("lonely", "shared"), [("BTC", "ETH"), ("ETH", "BTC")])
def test_closing_all_gives_the_same_money_whatever_the_assets_are_called(lonely: str, shared: str) -> None:
    price, lots = 100_000 * DOLLAR, {"BTC": 40_000, "ETH": 4_000}
    won = replace(position(lonely, lots[lonely], price=price), is_isolated=True, margin_micros=2_000 * DOLLAR)
    lost = position(shared, lots[shared], price=price)
    state = account(*sorted((won, lost), key=lambda one: one.symbol), cash=5_000 * DOLLAR)
    results = close_all(
        state=state,
        marks=marks(**{lonely: 110_000 * DOLLAR, shared: 90_000 * DOLLAR}),
        books={},
        instruments=INSTRUMENTS,
        policy=FREE,
        now_ms=NOW,
    )
    assert isinstance(results, tuple)
    explained(state, results)
    assert [result.fills[0].symbol for result in results] == [lonely, shared]
    assert LedgerKind.ADJUSTMENT not in kinds(results)
    fees = sum(result.fills[0].fee_micros for result in results)
    assert results[-1].state_after.cash_micros == 5_000 * DOLLAR - fees


def test_closing_all_lifts_what_would_be_owed() -> None:
    results = closed(TWO, marks(BTC=80_000 * DOLLAR), {})
    assert isinstance(results, tuple)
    explained(TWO, results)
    assert kinds(results).count(LedgerKind.ADJUSTMENT) == 1
    assert results[-1].state_after.cash_micros == 0


def test_an_exit_closes_one_whole_position_past_what_was_taken_before() -> None:
    results = []
    for taken in (0, 4_000):
        result = exit_position(
            state=replace(TWO, status="halted"),
            symbol="BTC",
            quote=quote(),
            book=book(lots=3_000, levels=30),
            instrument=BTC,
            policy=POLICY,
            now_ms=NOW,
            taken_lots=taken,
        )
        assert isinstance(result, Executed)
        assert result.state_after.position("BTC") is None
        assert (result.cancels_triggers, result.exit_cause) == (True, ExitCause.MARKET)
        assert (result.fills[0].side, result.fills[0].taken_lots) == (Side.SHORT, taken)
        results.append(result)
    assert results[1].fills[0].price_micros < results[0].fills[0].price_micros
    nothing = exit_position(
        state=account(), symbol="BTC", quote=quote(), book=None, instrument=BTC, policy=POLICY, now_ms=NOW
    )
    assert isinstance(nothing, Denied)
    assert nothing.reason is DenyReason.NO_POSITION


def test_a_delisted_asset_is_settled_at_its_last_mark_however_old_and_free_of_charge() -> None:
    old = quote("BTC", 90_000 * DOLLAR, at_ms=NOW - 10**9)
    result = settle_delisted(state=TWO, symbol="BTC", quote=old, instrument=replace(BTC, is_delisted=True))
    assert isinstance(result, Executed)
    explained(TWO, (result,))
    fill = result.fills[0]
    assert (fill.price_micros, fill.fee_micros, fill.size_lots) == (90_000 * DOLLAR, 0, 50_000)
    assert fill.realized_micros == 45_000 * DOLLAR - 48_561_700_000
    assert [line.kind for line in result.lines] == [LedgerKind.REALIZED_PNL]
    nothing = settle_delisted(state=account(), symbol="BTC", quote=old, instrument=BTC)
    assert isinstance(nothing, Denied)
    deep = settle_delisted(
        state=account(position("BTC", 50_000), cash=100 * DOLLAR), symbol="BTC", quote=old, instrument=BTC
    )
    assert isinstance(deep, Executed)
    assert deep.state_after.cash_micros == 0
    assert deep.lines[-1].kind is LedgerKind.ADJUSTMENT
