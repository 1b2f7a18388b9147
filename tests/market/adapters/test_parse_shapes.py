"""Hand-written answers of wrong shapes are refused, whole."""

from typing import Any

import pytest

from apps.core.errors import AdapterError
from apps.market.adapters.hyperliquid import parse
from apps.market.adapters.numbers import scaled

ASSET = {"name": "BTC", "szDecimals": 5, "maxLeverage": 40}
CONTEXT = {"markPx": "100.5", "oraclePx": "100.4", "midPx": "100.45", "funding": "0.0000125"}
CANDLE = {
    "t": 60_000,
    "T": 119_999,
    "s": "BTC",
    "i": "1m",
    "o": "10",
    "h": "12",
    "l": "9.5",
    "c": "11",
    "v": "3.5",
}


def test_an_old_meta_without_margin_tables_has_one_tier() -> None:
    (instrument,) = parse.meta({"universe": [ASSET]})
    assert [(tier.lower_bound_micros, tier.max_leverage) for tier in instrument.tiers] == [(0, 40)]


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {"universe": None},
        {"universe": [{**ASSET, "szDecimals": "5"}]},
        {"universe": [{**ASSET, "maxLeverage": True}]},
        {"universe": [ASSET, ASSET]},
        {"universe": [{**ASSET, "name": ""}]},
        {"universe": [{**ASSET, "marginTableId": 77}], "marginTables": [[51, {"marginTiers": []}]]},
    ],
)
def test_meta_of_another_shape_is_refused(body: Any) -> None:
    with pytest.raises(AdapterError):
        parse.meta(body)


@pytest.mark.parametrize("price", ["NaN", "1e5", "1_0", " 1", "", "+1", 1.5, True, "1,234.5"])
def test_an_unreadable_price_is_a_missing_one_and_spares_the_others(price: object) -> None:
    _, ticks = parse.meta_and_contexts(
        [
            {"universe": [ASSET, {**ASSET, "name": "ETH"}]},
            [{**CONTEXT, "markPx": price}, CONTEXT],
        ]
    )
    assert ticks[0].mark_micros is None
    assert ticks[1].mark_micros == 100_500_000


@pytest.mark.parametrize(
    "change",
    [
        {"h": "8"},
        {"l": "10.5"},
        {"l": "0"},
        {"v": "-1"},
        {"T": 120_000},
        {"t": 60_001},
        {"s": "ETH"},
        {"i": "5m"},
        {"o": "NaN"},
        {"c": 11},
    ],
)
def test_a_crooked_candle_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(AdapterError):
        parse.candles([{**CANDLE, **change}], symbol="BTC", interval="1m", now_ms=10**12)


def test_a_candle_twice_is_refused() -> None:
    with pytest.raises(AdapterError, match="out of order"):
        parse.candles([CANDLE, CANDLE], symbol="BTC", interval="1m", now_ms=10**12)


def level(price: str) -> dict[str, object]:
    return {"px": price, "sz": "1", "n": 1}


def test_an_unknown_coin_has_no_book_and_a_crossed_one_is_refused() -> None:
    assert parse.book(None, symbol="BTC", size_decimals=0) is None
    for bids, asks in ((["10"], ["10"]), (["9", "10"], ["11"]), (["10"], ["12", "11"]), (["0"], ["1"])):
        crossed = {"coin": "BTC", "time": 1, "levels": [[level(p) for p in bids], [level(p) for p in asks]]}
        with pytest.raises(AdapterError):
            parse.book(crossed, symbol="BTC", size_decimals=0)


def test_numbers_are_exact_and_half_ticks_round_to_even() -> None:
    assert scaled("1904.05", 6) == 1_904_050_000
    assert scaled("0.0015655", 6) == 1_566
    assert scaled("0.0015645", 6) == 1_564
    assert scaled("0.00156450000000001", 6) == 1_565
    assert scaled("-0.0004434847", 10) == -4_434_847
    assert scaled("123456789012345.000001", 6) == 123_456_789_012_345_000_001
