"""Hand-written answers of wrong shapes are refused, whole."""

from typing import Any

import pytest

from apps.core.errors import AdapterError, AdapterFault
from apps.market.adapters.hyperliquid import parse
from apps.market.adapters.numbers import scaled
from apps.market.adapters.times import epoch_ms

ASSET = {"name": "BTC", "szDecimals": 5, "maxLeverage": 40}
CONTEXT = {"markPx": "100.5", "oraclePx": "100.4", "midPx": "100.45", "funding": "0.0000125"}
OPEN_MS = 1_772_366_400_000
CANDLE = {
    "t": OPEN_MS,
    "T": OPEN_MS + 59_999,
    "s": "BTC",
    "i": "1m",
    "o": "10",
    "h": "12",
    "l": "9.5",
    "c": "11",
    "v": "3.5",
}


def test_an_old_meta_without_margin_tables_has_one_tier() -> None:
    (listing,) = parse.meta({"universe": [ASSET]})
    assert [(tier.lower_bound_micros, tier.max_leverage) for tier in listing.instrument.tiers] == [(0, 40)]


def test_d06_thousands_and_margin_modes_are_kept_and_a_place_is_the_asset_id() -> None:
    universe = [
        {**ASSET, "name": "kPEPE", "szDecimals": 0},
        {**ASSET, "name": "BAD", "szDecimals": 9},
        {**ASSET, "name": "HPOS", "isDelisted": True, "onlyIsolated": True, "marginMode": "strictIsolated"},
        {**ASSET, "name": "KAS"},
    ]
    rejected: list[str] = []
    listings = parse.meta({"universe": universe}, rejected=rejected)
    found = [
        (item.instrument.symbol, item.venue_index, item.units_per_contract, item.margin_mode)
        for item in listings
    ]
    assert found == [("kPEPE", 0, 1000, ""), ("HPOS", 2, 1, "strictIsolated"), ("KAS", 3, 1, "")]
    assert listings[1].instrument.is_delisted and listings[1].instrument.only_isolated
    assert rejected == ["contract: 1 of 4 left out: not a whole number in 0..6: '9' (1)"]


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


GARBAGE = ["NaN", "Infinity", "1e308", "1e-300", "1_0", " 1", "", "+1", "1,234.5", "9" * 400, "9" * 20, "١٢"]
NO_TEXT = [1.5, True, 10**38, [], {}]


def priced(*contexts: Any) -> parse.Universe:
    names = ("BTC", "ETH", "SOL")[: len(contexts)]
    return parse.universe([{"universe": [{**ASSET, "name": name} for name in names]}, list(contexts)])


@pytest.mark.parametrize("price", [*GARBAGE, *NO_TEXT])
@pytest.mark.parametrize("key", ["markPx", "oraclePx", "midPx", "funding"])
def test_d04_an_unreadable_price_is_named_and_spares_the_others(key: str, price: object) -> None:
    ticks = priced({**CONTEXT, key: price}, CONTEXT).quotes(["BTC", "ETH"])
    assert ticks[0] == ("BTC", None, None, None, 0, "PRICE_NOT_A_NUMBER")
    assert ticks[1] == ("ETH", 100_500_000, 100_400_000, 100_450_000, 125_000, "")


@pytest.mark.parametrize("price", ["0", "-0", "-0.0", "-5"])
def test_d04_zero_and_below_are_left_to_the_guard(price: str) -> None:
    (tick,) = priced({**CONTEXT, "markPx": price}).quotes(["BTC"])
    assert tick.mark_micros is not None and tick.mark_micros <= 0 and tick.fault == ""


@pytest.mark.parametrize(
    "change",
    [
        lambda context: {("mark" if key == "markPx" else key): value for key, value in context.items()},
        lambda context: {key: value for key, value in context.items() if key != "funding"},
        lambda context: {**context, "markPx": 100.5},
        lambda context: list(context.values()),
        lambda context: None,
    ],
)
def test_d14_a_shape_that_changed_for_all_is_schema_drift_and_for_one_is_a_fault_of_its_own(
    change: Any,
) -> None:
    with pytest.raises(AdapterError) as failure:
        priced(change(CONTEXT), change(CONTEXT)).quotes(["BTC", "ETH"])
    assert failure.value.fault is AdapterFault.SCHEMA_DRIFT
    rejected: list[str] = []
    ticks = priced(change(CONTEXT), CONTEXT).quotes(["BTC", "ETH"], rejected=rejected)
    assert [tick.mark_micros for tick in ticks] == [None, 100_500_000]
    assert len(rejected) == 1 and rejected[0].startswith("prices: 1 of 2 left out: ")


@pytest.mark.parametrize(
    "body", [{}, [{}], [{"universe": {}}, []], [{"universe": [ASSET]}, {"0": CONTEXT}], "no", 7]
)
def test_d14_a_universe_that_is_built_otherwise_is_schema_drift(body: Any) -> None:
    with pytest.raises(AdapterError) as failure:
        parse.universe(body)
    assert failure.value.fault is AdapterFault.SCHEMA_DRIFT


WHOLE = {
    "openInterest": "5",
    "prevDayPx": "0.0",
    "dayNtlVlm": "7.5",
    "premium": None,
    "impactPxs": None,
    "dayBaseVlm": "3",
}


def test_nulls_of_a_contract_without_a_book_stay_none() -> None:
    (tick,) = priced(WHOLE).positioning(["BTC"])
    assert tick == ("BTC", 5_000_000, 7_500_000, 3_000_000, None, None, None, None)


@pytest.mark.parametrize(
    "change",
    [
        *({"openInterest": garbage} for garbage in (*GARBAGE, *NO_TEXT, "-1", None)),
        {"premium": "1.5"},
        {"premium": "-1.5"},
        {"impactPxs": ["2", "1"]},
        {"impactPxs": ["0", "1"]},
        {"impactPxs": ["1"]},
        {"impactPxs": [1, 2]},
        {"dayNtlVlm": "10000000000000"},
    ],
)
def test_d04_a_crooked_context_is_left_out_with_a_reason_and_spares_the_others(
    change: dict[str, Any],
) -> None:
    rejected: list[str] = []
    ticks = priced({**WHOLE, **change}, WHOLE).positioning(["BTC", "ETH"], rejected=rejected)
    assert [tick.symbol for tick in ticks] == ["ETH"]
    assert len(rejected) == 1 and rejected[0].startswith("contexts: 1 of 2 left out: ")


def closed(*rows: dict[str, Any], rejected: list[str] | None = None) -> list[int]:
    last = max((row["t"] for row in rows if isinstance(row["t"], int)), default=OPEN_MS)
    now_ms = min(last, OPEN_MS + 10**9) + 120_000
    bars = parse.candles(list(rows), symbol="BTC", interval="1m", now_ms=now_ms, rejected=rejected)
    return [bar.open_ms for bar in bars]


def later(minutes: int, **change: Any) -> dict[str, Any]:
    shift = minutes * 60_000
    return {**CANDLE, "t": OPEN_MS + shift, "T": OPEN_MS + shift + 59_999, **change}


CROOKED = [
    *({key: garbage} for key in "ohlc" for garbage in (*GARBAGE, *NO_TEXT, "0", "-0", "-1")),
    *({"v": garbage} for garbage in (*GARBAGE, *NO_TEXT, "-1")),
    {"h": "8"},
    {"l": "10.5"},
    {"T": OPEN_MS + 60_000},
    {"t": OPEN_MS + 1},
    {"t": True},
    {"t": str(OPEN_MS)},
    {"t": 60_000, "T": 119_999},
    {"t": OPEN_MS + 10**12, "T": OPEN_MS + 10**12 + 59_999},
    {"s": "ETH"},
    {"i": "5m"},
]


@pytest.mark.parametrize("change", CROOKED)
def test_d04_d07_a_crooked_candle_is_left_out_with_a_reason_and_spares_the_others(
    change: dict[str, Any],
) -> None:
    rejected: list[str] = []
    rows = [later(-1), {**CANDLE, **change}, later(1)]
    found = parse.candles(rows, symbol="BTC", interval="1m", now_ms=OPEN_MS + 180_000, rejected=rejected)
    assert [bar.open_ms for bar in found] == [OPEN_MS - 60_000, OPEN_MS + 60_000]
    assert len(rejected) == 1 and rejected[0].startswith("candles of BTC: 1 of 3 left out: ")


@pytest.mark.parametrize("change", CROOKED)
def test_d04_nothing_but_crooked_candles_is_a_failure(change: dict[str, Any]) -> None:
    with pytest.raises(AdapterError, match="no candles of BTC of 1 can be read") as failure:
        parse.candles([{**CANDLE, **change}], symbol="BTC", interval="1m", now_ms=OPEN_MS + 180_000)
    assert not failure.value.transient


@pytest.mark.parametrize(
    "body", [None, {}, {"candles": [CANDLE]}, "[]", 3, [[1, 2, 3]], [{"open": "1"}], [None]]
)
def test_d14_candles_that_are_built_otherwise_are_schema_drift(body: Any) -> None:
    with pytest.raises(AdapterError) as failure:
        parse.candles(body, symbol="BTC", interval="1m", now_ms=OPEN_MS)
    assert failure.value.fault is AdapterFault.SCHEMA_DRIFT


def test_a_candle_twice_counts_once_and_order_is_restored() -> None:
    rejected: list[str] = []
    assert closed(later(1), CANDLE, CANDLE, later(2), rejected=rejected) == [
        OPEN_MS + step * 60_000 for step in range(3)
    ]
    assert rejected == ["candles of BTC: 1 of 4 left out: the candle stands twice (1)"]


@pytest.mark.parametrize("per_ms", [1_000, 1_000_000])
def test_d08_the_unit_of_a_time_is_told_by_its_size(per_ms: int) -> None:
    row = {**CANDLE, "t": OPEN_MS * per_ms, "T": (OPEN_MS + 59_999) * per_ms}
    assert [
        bar.open_ms for bar in parse.candles([row], symbol="BTC", interval="1m", now_ms=OPEN_MS + 80_000)
    ] == [OPEN_MS]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1_772_366_400, OPEN_MS),
        (OPEN_MS, OPEN_MS),
        (OPEN_MS * 1_000, OPEN_MS),
        (OPEN_MS * 1_000_000, OPEN_MS),
        (0, None),
        (86_400, None),
        (86_400_000, None),
        (10**10, None),
        (-OPEN_MS, None),
        (10**20, None),
        (True, None),
        (1.5, None),
        ("1772366400", None),
        (None, None),
        (OPEN_MS + 60_000, OPEN_MS + 60_000),
        (OPEN_MS + 60_001, None),
        (OPEN_MS // 1_000 + 3_600, None),
    ],
)
def test_d08_times_of_1970_of_the_future_and_of_no_unit_are_refused(value: Any, expected: int | None) -> None:
    if expected is None:
        with pytest.raises(AdapterError):
            epoch_ms(value, now_ms=OPEN_MS)
    else:
        assert epoch_ms(value, now_ms=OPEN_MS) == expected


PAID = {"coin": "BTC", "fundingRate": "0.0000125", "premium": "-0.0001875303", "time": 1_772_366_400_015}


def test_funding_is_of_the_hour_that_it_was_written_in() -> None:
    page = parse.funding_history([PAID, {**PAID, "time": PAID["time"] + 385}], symbol="BTC")
    assert page == ([(1_772_366_400_000, 125_000, -1_875_303)], 2, 1_772_366_400_400)
    assert parse.funding_history([], symbol="BTC") == ([], 0, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"fundingRate": "0.05"},
        {"fundingRate": "-0.05"},
        {"fundingRate": "NaN"},
        {"fundingRate": 0.1},
        {"premium": "2"},
        {"coin": "ETH"},
        {"time": 15},
        {"time": "1772366400015"},
        {"time": OPEN_MS + 10**9},
    ],
)
def test_d04_a_crooked_hour_of_funding_is_left_out(change: dict[str, Any]) -> None:
    rejected: list[str] = []
    rows = [{**PAID, **change}, PAID]
    page = parse.funding_history(rows, symbol="BTC", now_ms=OPEN_MS + 60_000, rejected=rejected)
    assert [tick.hour_ms for tick in page.ticks] == [OPEN_MS]
    assert len(rejected) == 1


def level(price: str) -> dict[str, object]:
    return {"px": price, "sz": "1", "n": 1}


def test_an_unknown_coin_has_no_book_and_a_crossed_one_is_refused() -> None:
    assert parse.book(None, symbol="BTC", size_decimals=0) is None
    for bids, asks in ((["10"], ["10"]), (["9", "10"], ["11"]), (["10"], ["12", "11"]), (["0"], ["1"])):
        crossed = {
            "coin": "BTC",
            "time": OPEN_MS,
            "levels": [[level(p) for p in bids], [level(p) for p in asks]],
        }
        with pytest.raises(AdapterError):
            parse.book(crossed, symbol="BTC", size_decimals=0)


def test_d08_a_book_of_the_future_is_refused_and_an_old_one_says_so() -> None:
    body = {"coin": "BTC", "time": OPEN_MS, "levels": [[level("1")], [level("2")]]}
    found = parse.book(body, symbol="BTC", size_decimals=0, now_ms=OPEN_MS + 600_000)
    assert found is not None and found.at_ms == OPEN_MS
    with pytest.raises(AdapterError, match="future"):
        parse.book(body, symbol="BTC", size_decimals=0, now_ms=OPEN_MS - 61_000)


def test_numbers_are_exact_and_half_ticks_round_to_even() -> None:
    assert scaled("1904.05", 6) == 1_904_050_000
    assert scaled("0.0015655", 6) == 1_566
    assert scaled("0.0015645", 6) == 1_564
    assert scaled("0.00156450000000001", 6) == 1_565
    assert scaled("-0.0004434847", 10) == -4_434_847
    assert scaled("123456789012345.000001", 6) == 123_456_789_012_345_000_001
