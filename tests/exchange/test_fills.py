"""Fills: book walk, impact curve, receipts, and no reward for splitting."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.exchange import fees, fills
from apps.exchange.figures import Market, Priced
from apps.exchange.liquidation import exit_position
from apps.exchange.posting import market_of
from apps.exchange.precision import is_valid_price, lots_for_notional, round_price, tick
from apps.exchange.rounding import mul_div, notional
from apps.exchange.types import Book, BookLevel, Denied, DenyReason, Fill, Quote, Side, TriggerKind
from tests.exchange.world import (
    DOLLAR,
    INSTRUMENTS,
    NOW,
    POLICY,
    PRICES,
    account,
    book,
    done,
    intent,
    position,
    quote,
    run,
)

ROUND_BOOK = Book(
    "BTC",
    NOW,
    (BookLevel(99_990 * DOLLAR, 1_000), BookLevel(99_980 * DOLLAR, 1_000)),
    (BookLevel(100_010 * DOLLAR, 1_000), BookLevel(100_030 * DOLLAR, 3_000)),
    "book:77",
)
AT_100K = quote(price=100_000 * DOLLAR)


def place(
    side: Side, symbol: str = "BTC", *, at: Quote | None = None, walked: Book | None = None, **changes: int
) -> Market:
    """Where an order of this side fills."""
    return market_of(
        quote=at or quote(symbol),
        book=walked,
        side=side,
        instrument=INSTRUMENTS[symbol],
        policy=replace(POLICY, **changes),
        volume_micros=0,
        now_ms=NOW,
    )


def price(side: Side, lots: int, *, taken: int = 0, walked: Book | None = ROUND_BOOK) -> Priced:
    return fills.price_order(side, lots, 0, taken, place(side, at=AT_100K, walked=walked))


@pytest.mark.parametrize(
    ("a", "b", "c", "expected"),
    [(5, 1, 2, 2), (7, 1, 2, 4), (-5, 1, 2, -2), (-7, 1, 2, -4), (2, 1, 3, 1), (-2, 1, 3, -1), (0, 9, 4, 0)],
)
def test_mul_div_rounds_half_to_even(a: int, b: int, c: int, expected: int) -> None:
    assert mul_div(a, b, c) == expected


@given(st.integers(-(10**30), 10**30), st.integers(-(10**12), 10**12), st.integers(1, 10**20))
def test_mul_div_is_symmetric_and_within_half(a: int, b: int, c: int) -> None:
    result = mul_div(a, b, c)
    assert mul_div(-a, b, c) == -result
    assert 2 * abs(result * c - a * b) <= c


def test_an_order_within_the_best_level_pays_only_the_half_spread() -> None:
    order = price(Side.LONG, 1_000)
    assert order.price == 100_010 * DOLLAR
    assert (order.half_spread, order.walk) == (100_000, 0)
    assert order.uses_book


def test_a_larger_order_pays_the_volume_weighted_average() -> None:
    order = price(Side.LONG, 4_000)
    assert order.price == 100_025 * DOLLAR
    assert order.walk == 15 * DOLLAR * 4_000 // 100_000


def test_a_sell_walks_the_bids() -> None:
    assert price(Side.SHORT, 2_000).price == 99_985 * DOLLAR


def test_what_was_taken_from_a_snapshot_is_not_there_twice() -> None:
    assert price(Side.LONG, 1_000, taken=1_000).price == 100_030 * DOLLAR
    whole = price(Side.LONG, 4_000).notional
    parts = price(Side.LONG, 1_000).notional + price(Side.LONG, 3_000, taken=1_000).notional
    assert parts == whole


def test_beyond_the_book_the_curve_prices_the_rest() -> None:
    deep, last = price(Side.LONG, 8_000), price(Side.LONG, 4_000)
    assert deep.price > last.price
    assert price(Side.LONG, 10, taken=10_000).price >= 100_030 * DOLLAR


def with_gap(bps: int) -> Book:
    """A book of one lot at the best price a side, everything else so far from the mark."""
    low, high = (100_000 - 10 * bps) * DOLLAR, (100_000 + 10 * bps) * DOLLAR
    return replace(
        ROUND_BOOK,
        bids=(BookLevel(99_990 * DOLLAR, 1), BookLevel(low, 10**9)),
        asks=(BookLevel(100_010 * DOLLAR, 1), BookLevel(high, 10**9)),
    )


SMALL = replace(POLICY, min_notional_micros=0)
GAPS = (10, 500, 900, 999, 1_001, 1_100, 5_000, 9_000)


def test_a_far_level_costs_a_close_no_more_than_the_tolerance() -> None:
    trap = replace(ROUND_BOOK, bids=(BookLevel(99_990 * DOLLAR, 10), BookLevel(DOLLAR, 10**9)))
    held = account(position("BTC", 10_000, price=100_000 * DOLLAR))
    result = done(run(held, intent("close"), quote=AT_100K, book=trap))
    assert result.fills[0].price_micros == 90_009 * DOLLAR


@pytest.mark.parametrize("side", list(Side))
def test_the_emptier_the_book_the_worse_the_price_of_an_exit(side: Side) -> None:
    held = account(position("BTC", -side * 10_000, price=100_000 * DOLLAR))
    results = [done(run(held, intent("close"), quote=AT_100K, book=with_gap(bps))) for bps in GAPS]
    paid = [side * result.fills[0].price_micros for result in results]
    assert paid == sorted(paid)
    assert abs(paid[-1] - side * 100_000 * DOLLAR) <= 10_000 * DOLLAR


@pytest.mark.parametrize("side", list(Side))
def test_growth_that_needs_a_level_beyond_the_tolerance_is_denied(side: Side) -> None:
    wanted = intent(side=side, size_lots=1_000)
    for bps in GAPS:
        result = run(account(), wanted, quote=AT_100K, book=with_gap(bps))
        if bps < 1_000:
            done(result)
        else:
            assert isinstance(result, Denied)
            assert result.reason is DenyReason.SLIPPAGE_TOO_LARGE
    done(run(account(), intent(side=side, size_lots=1), quote=AT_100K, book=with_gap(5_000), policy=SMALL))


def test_beyond_the_tolerance_a_steeper_curve_is_paid() -> None:
    held = account(position("BTC", 10_000, price=100_000 * DOLLAR))
    steep = replace(POLICY, impact_depth_micros=10_000 * DOLLAR, impact_rate_e10=10**10)
    result = done(run(held, intent("close"), quote=AT_100K, book=with_gap(5_000), policy=steep))
    assert result.fills[0].price_micros < 60_000 * DOLLAR


CROOKED = (
    replace(ROUND_BOOK, bids=(BookLevel(100_010 * DOLLAR, 1_000),)),
    replace(ROUND_BOOK, asks=tuple(reversed(ROUND_BOOK.asks))),
    replace(ROUND_BOOK, bids=(*ROUND_BOOK.bids, BookLevel(0, 5))),
    replace(ROUND_BOOK, bids=(*ROUND_BOOK.bids, BookLevel(99_970 * DOLLAR, 0))),
)
FAR = replace(
    ROUND_BOOK, bids=(BookLevel(93_000 * DOLLAR, 10**6),), asks=(BookLevel(107_000 * DOLLAR, 10**6),)
)


def both_exits(walked: Book | None) -> tuple[Fill, Fill]:
    """One position closed by its trader and by a standing exit."""
    held = account(position("BTC", 10_000, price=100_000 * DOLLAR))
    closed = done(run(held, intent("close"), quote=AT_100K, book=walked))
    left = exit_position(
        state=held,
        symbol="BTC",
        quote=AT_100K,
        book=walked,
        instrument=INSTRUMENTS["BTC"],
        policy=POLICY,
        now_ms=NOW,
    )
    return closed.fills[0], done(left).fills[0]


@pytest.mark.parametrize("walked", CROOKED)
def test_an_exit_leaves_a_corrupt_book_aside_and_growth_is_denied(walked: Book) -> None:
    by_trader, by_exit = both_exits(walked)
    assert by_trader == by_exit == both_exits(None)[0]
    result = run(account(), intent(), quote=AT_100K, book=walked)
    assert isinstance(result, Denied)
    assert result.reason is DenyReason.BOOK_NOT_SANE


def test_an_exit_walks_a_far_book_that_is_in_order_and_growth_is_denied() -> None:
    by_trader, by_exit = both_exits(FAR)
    assert by_trader == by_exit
    assert (by_trader.price_micros, by_trader.book_reference) == (93_000 * DOLLAR, "book:77")
    result = run(account(), intent(), quote=AT_100K, book=FAR)
    assert isinstance(result, Denied)
    assert result.reason is DenyReason.BOOK_NOT_SANE


def test_the_book_is_used_only_while_fresh_and_two_sided() -> None:
    for useless in (
        replace(ROUND_BOOK, at_ms=NOW - 15_001),
        replace(ROUND_BOOK, at_ms=NOW + 1),
        replace(ROUND_BOOK, bids=()),
        replace(ROUND_BOOK, symbol="SOL"),
    ):
        assert done(run(account(), intent(), quote=AT_100K, book=useless)).fills[0].book_reference == ""
    assert done(run(account(), intent(), quote=AT_100K, book=ROUND_BOOK)).fills[0].book_reference == "book:77"


@given(
    st.sampled_from(sorted(PRICES)),
    st.sampled_from(list(Side)),
    st.lists(st.integers(1, 400), min_size=1, max_size=6),
    st.booleans(),
)
def test_splitting_an_order_never_makes_it_cheaper(
    symbol: str, side: Side, parts: list[int], opening: bool
) -> None:
    decimals = INSTRUMENTS[symbol].size_decimals
    steep = place(side, symbol, impact_rate_e10=500_000_000)
    unit = max(lots_for_notional(1_000 * DOLLAR, PRICES[symbol], decimals), 1)
    total = sum(parts) * unit
    start = 0 if opening else -side * total

    def cost(held: int, lots: int) -> int:
        return side * fills.price_order(side, lots, held, 0, steep).notional

    split, held = 0, start
    for part in parts:
        split += cost(held, part * unit)
        held += side * part * unit
    whole = cost(start, total)
    slack = notional(tick(PRICES[symbol], decimals), total, decimals)
    assert split >= whole - slack - len(parts) - 1


@given(
    st.sampled_from(sorted(PRICES)),
    st.sampled_from(list(Side)),
    st.integers(11, 45_000),
    st.booleans(),
    st.integers(0, 6_000),
)
def test_every_fill_is_on_a_tick_and_its_receipt_adds_up(
    symbol: str, side: Side, dollars: int, with_book: bool, taken: int
) -> None:
    walked = book(symbol, lots=2_000) if with_book else None
    wanted = intent(symbol=symbol, side=side, notional_micros=dollars * DOLLAR + 999_999)
    fill = done(run(account(), wanted, book=walked, taken_lots=taken)).fills[0]
    decimals = INSTRUMENTS[symbol].size_decimals
    assert is_valid_price(fill.price_micros, decimals)
    assert side * (fill.price_micros - fill.mid_micros) >= 0
    at_mid = notional(fill.mid_micros, fill.size_lots, decimals)
    assert side * (fill.notional_micros - at_mid) == fill.half_spread_micros + fill.walk_micros
    assert fill.fee_micros == fees.fee(fill.notional_micros, POLICY.taker_fee_rate_e10)
    assert fill.notional_micros == notional(fill.price_micros, fill.size_lots, decimals)


@pytest.mark.parametrize(
    ("micros", "decimals", "valid"),
    [
        (1_234_500_000, 4, True),
        (1_234_560_000, 4, False),
        (123_456_000_000, 5, True),
        (123_456_500_000, 5, False),
        (1_234, 0, True),
        (12_345, 1, False),
        (12_340, 1, True),
        (187_650_000, 2, True),
        (187_651_000, 2, False),
        (0, 0, False),
    ],
)
def test_prices_keep_five_figures_and_the_asset_decimals(micros: int, decimals: int, valid: bool) -> None:
    assert is_valid_price(micros, decimals) is valid


@given(st.integers(1, 10**15), st.sampled_from(list(Side)), st.integers(0, 6))
def test_rounding_to_the_tick_is_valid_and_against_the_trader(micros: int, side: Side, decimals: int) -> None:
    rounded = round_price(micros, side, decimals)
    assert is_valid_price(rounded, decimals)
    step = tick(micros, decimals)
    assert 0 <= side * (rounded - micros) < step or (side < 0 and rounded == step)


@given(st.integers(1, 10**14), st.integers(1, 10**12), st.integers(0, 6))
def test_lots_for_a_notional_are_the_most_that_fit(value: int, at: int, decimals: int) -> None:
    lots = lots_for_notional(value, at, decimals)
    assert lots * at <= value * 10**decimals < (lots + 1) * at


def test_fee_tiers_follow_volume() -> None:
    million = 10**12
    assert fees.taker_rate_e10(5 * million) == 4_500_000
    assert fees.taker_rate_e10(5 * million + 1) == 4_000_000
    assert fees.taker_rate_e10(8_000 * million) == 2_400_000


def test_the_fee_is_the_tier_of_the_volume_but_never_above_the_policy() -> None:
    million = 10**12
    for volume, policy, expected in (
        (0, POLICY, 4_500_000),
        (6 * million, POLICY, 4_000_000),
        (6 * million, replace(POLICY, taker_fee_rate_e10=3_000_000), 3_000_000),
        (600 * million, replace(POLICY, taker_fee_rate_e10=3_000_000), 2_800_000),
        (600 * million, replace(POLICY, has_fee_tiers=False), 4_500_000),
    ):
        fill = done(run(account(volume_micros=volume), intent(), policy=policy)).fills[0]
        assert fill.fee_micros == fees.fee(fill.notional_micros, expected)


def test_maker_rates_stand_beside_taker_rates() -> None:
    million = 10**12
    assert [fees.maker_rate_e10(volume * million) for volume in (5, 26, 101, 501)] == [
        1_500_000,
        800_000,
        400_000,
        0,
    ]


def test_a_walk_is_exact_where_products_are_longer_than_a_machine_word() -> None:
    prices, sizes = [97_000 * DOLLAR, 97_001 * DOLLAR], [10**12, 10**12 + 1]
    whole, rest, found = fills.walk(prices, sizes, 0, 2 * 10**12 + 1)
    assert found == 2 * 10**12 + 1
    assert whole * found + rest == sum(one * size for one, size in zip(prices, sizes, strict=True))
    assert 0 <= rest < found


def test_an_isolated_position_takes_its_margin_at_the_mark_and_gives_back_its_share() -> None:
    opened = done(run(account(), intent(is_isolated=True, size_lots=1_000), quote=AT_100K))
    assert opened.fills[0].margin_micros == 200 * DOLLAR
    assert opened.state_after.cash_micros == account().cash_micros - opened.fills[0].fee_micros
    half = done(run(opened.state_after, intent("reduce", size_lots=500), quote=AT_100K))
    assert half.fills[0].margin_micros == -100 * DOLLAR
    assert half.position_after is not None
    assert half.position_after.margin_micros == 100 * DOLLAR
    none = done(run(half.state_after, intent("close"), quote=AT_100K))
    assert none.fills[0].margin_micros == -100 * DOLLAR
    assert none.position_after is None


def test_an_asset_that_is_only_isolated_opens_isolated_whatever_is_asked() -> None:
    only = replace(INSTRUMENTS["BTC"], only_isolated=True)
    opened = done(run(account(), intent(), instrument=only))
    assert opened.position_after is not None
    assert opened.position_after.is_isolated
    assert opened.fills[0].is_isolated


def test_exits_come_with_an_opening_and_end_with_the_position() -> None:
    wanted = intent(
        size_lots=1_000, stop_micros=95_000_400_000, target_micros=110_000 * DOLLAR, hold_ms=60_000
    )
    opened = done(run(account(), wanted, quote=AT_100K))
    assert {(one.kind, one.price_micros, one.expires_at_ms) for one in opened.triggers} == {
        (TriggerKind.STOP, 95_000 * DOLLAR, 0),
        (TriggerKind.TARGET, 110_000 * DOLLAR, 0),
        (TriggerKind.TIME, 0, NOW + 60_000),
    }
    assert not opened.cancels_triggers
    assert not done(run(opened.state_after, intent("reduce", size_lots=500), quote=AT_100K)).cancels_triggers
    closed = done(run(opened.state_after, intent("close", stop_micros=DOLLAR), quote=AT_100K))
    assert closed.cancels_triggers
    assert closed.triggers == ()
    turned = done(run(opened.state_after, intent("flip", side=Side.SHORT, trail_bps=100), quote=AT_100K))
    assert turned.cancels_triggers
    assert [(one.kind, one.side, one.best_micros) for one in turned.triggers] == [
        (TriggerKind.TRAILING, Side.SHORT, 100_000 * DOLLAR)
    ]


def test_setting_and_cancelling_exits_fills_nothing_and_counts_as_no_action() -> None:
    held = account(position("BTC", -1_000))
    result = done(run(held, intent("set_stop", stop_micros=98_000_500_000)))
    assert (result.fills, result.lines, result.state_after) == ((), (), held)
    assert [(one.side, one.price_micros) for one in result.triggers] == [(Side.SHORT, 98_000 * DOLLAR)]
    cancelled = done(run(held, intent("cancel"), standing=2))
    assert (cancelled.fills, cancelled.triggers, cancelled.cancels_triggers) == ((), (), True)


def test_the_second_leg_of_a_flip_walks_on_where_the_first_stopped() -> None:
    held = account(position("BTC", -1_000, price=100_000 * DOLLAR))
    turned = done(run(held, intent("flip", side=Side.LONG), quote=AT_100K, book=ROUND_BOOK))
    assert [fill.price_micros for fill in turned.fills] == [100_010 * DOLLAR, 100_030 * DOLLAR]
