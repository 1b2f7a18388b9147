"""The synthetic market: the same for a seed, whole in itself, and with trends worth following."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.market.adapters.synthetic.source import BASE_PRICES_MICROS, SyntheticSource, tick_micros

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MOMENTS = st.integers(0, 3 * 365 * 86_400).map(lambda second: AT + timedelta(seconds=second))


def test_a_seed_is_a_market_and_another_seed_another_one() -> None:
    window = {"symbol": "ETH", "interval_ms": 60_000, "start": AT, "end": AT + timedelta(hours=1)}
    first = SyntheticSource(seed=7).candles(**window)
    assert first == SyntheticSource(seed=7).candles(**window)
    assert first != SyntheticSource(seed=8).candles(**window)
    assert len(first) == 60


@settings(max_examples=60, deadline=None)
@given(at=MOMENTS, symbol=st.sampled_from(sorted(BASE_PRICES_MICROS)))
def test_any_moment_has_a_book_that_agrees_with_its_quote(at: datetime, symbol: str) -> None:
    source = SyntheticSource(seed=7)
    (quote,) = source.quotes(symbols=[symbol], at=at)
    book = source.book(symbol=symbol, at=at)
    decimals = next(
        item.size_decimals
        for item in (listing.instrument for listing in source.listings())
        if item.symbol == symbol
    )
    assert len(book.bids) == len(book.asks) == 20
    assert quote.mid_micros == (book.bids[0][0] + book.asks[0][0]) // 2
    assert all(upper[0] > lower[0] for upper, lower in pairwise(book.bids))
    assert all(lower[0] < upper[0] for lower, upper in pairwise(book.asks))
    assert all(price % tick_micros(book.bids[0][0], decimals) == 0 for price, _ in (*book.bids, *book.asks))
    assert quote.mark_micros is not None and quote.oracle_micros is not None
    assert abs(quote.mark_micros - quote.oracle_micros) * 100 < quote.oracle_micros


@settings(max_examples=40, deadline=None)
@given(at=MOMENTS, symbol=st.sampled_from(sorted(BASE_PRICES_MICROS)))
def test_candles_join_and_hold_their_extremes(at: datetime, symbol: str) -> None:
    bars = SyntheticSource(seed=3).candles(
        symbol=symbol, interval_ms=60_000, start=at, end=at + timedelta(minutes=10)
    )
    assert len(bars) == 10
    for bar in bars:
        assert 0 < bar.low_micros <= min(bar.open_micros, bar.close_micros)
        assert bar.high_micros >= max(bar.open_micros, bar.close_micros)
    assert all(one.close_micros == two.open_micros for one, two in pairwise(bars))


def test_following_the_last_hour_pays_over_six_hours_for_most_assets_and_days() -> None:
    earned = []
    source = SyntheticSource(seed=7)
    for day in range(12):
        start = AT + timedelta(days=day)
        for symbol in BASE_PRICES_MICROS:
            closes = [
                bar.close_micros
                for bar in source.candles(
                    symbol=symbol,
                    interval_ms=60_000,
                    start=start - timedelta(hours=1),
                    end=start + timedelta(hours=6),
                )
            ]
            gain, side = 0, 0
            for minute in range(60, len(closes) - 15, 15):
                wanted = 1 if closes[minute] > closes[minute - 30] else -1
                price = closes[minute]
                gain -= 6 * abs(wanted - side)
                side = wanted
                gain += side * (closes[minute + 15] - price) * 10_000 // price
            earned.append(gain)
    assert sum(earned) > 0
    assert sum(gain > 0 for gain in earned) * 2 > len(earned)
