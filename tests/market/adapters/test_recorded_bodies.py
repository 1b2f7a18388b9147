"""The venue's recorded answers are read as they are."""

import csv
import json
from typing import Any

import pytest

from apps.market.adapters.hyperliquid import parse
from apps.market.adapters.numbers import scaled
from apps.market.adapters.synthetic.source import tick_micros
from tests.market.places import recorded

pytestmark = pytest.mark.recorded
FAR = 4_000_000_000_000


def body(name: str) -> Any:
    document = json.loads(recorded(f"hyperliquid-info/{name}").read_text())
    return document["response"] if isinstance(document, dict) and "response" in document else document


def test_meta_keeps_every_asset_in_order_with_its_margin_table() -> None:
    listings = parse.meta(body("meta_2026-10.json"))
    instruments = [listing.instrument for listing in listings]
    btc = instruments[0]
    assert (btc.symbol, btc.size_decimals, btc.max_leverage) == ("BTC", 5, 40)
    assert [(tier.lower_bound_micros, tier.max_leverage) for tier in btc.tiers] == [
        (0, 40),
        (150_000_000_000_000, 20),
    ]
    raw = body("meta_2026-10.json")["universe"]
    assert [item.symbol for item in instruments] == [item["name"] for item in raw]
    assert (
        sum(item.is_delisted for item in instruments)
        == sum(item.get("isDelisted", False) for item in raw)
        > 0
    )
    assert [listing.venue_index for listing in listings] == list(range(234))
    assert sum(listing.margin_mode == "strictIsolated" for listing in listings) == 8
    assert {item.instrument.symbol for item in listings if item.units_per_contract == 1000} == {
        item["name"] for item in raw if item["name"].startswith("k")
    }


def recorded_universe() -> parse.Universe:
    return parse.universe(body("meta_and_asset_ctxs_26_assets.json"))


def test_contexts_are_joined_by_position_and_a_null_mid_stays_none() -> None:
    universe = recorded_universe()
    rejected: list[str] = []
    ticks = universe.quotes(universe.contexts, rejected=rejected)
    names = [item.instrument.symbol for item in parse.meta(universe.meta, rejected=rejected)]
    assert names == [tick.symbol for tick in ticks]
    assert (ticks[0].mark_micros, ticks[0].oracle_micros, ticks[0].mid_micros) == (
        82_717_700_000,
        82_753_700_000,
        82_716_500_000,
    )
    assert ticks[0].funding_rate_e10 == 125_000
    assert sum(tick.mid_micros is None for tick in ticks) == 3
    positioning = universe.positioning(universe.contexts, rejected=rejected)
    assert (positioning[0].open_interest_micros, positioning[0].day_notional_micros) == (
        36_591_723_840,
        1_947_297_768_615_411,
    )
    assert sum(tick.impact_bid_micros is None for tick in positioning) == 3
    assert (len(positioning), rejected) == (26, [])


def test_the_premium_formula_reproduces_every_recorded_context() -> None:
    universe = recorded_universe()
    oracles = {tick.symbol: tick.oracle_micros for tick in universe.quotes(universe.contexts)}
    compared = 0
    for tick in universe.positioning(universe.contexts):
        oracle = oracles[tick.symbol]
        if tick.premium_e10 is None or tick.impact_bid_micros is None or tick.impact_ask_micros is None:
            continue
        assert oracle is not None
        above, below = max(tick.impact_bid_micros - oracle, 0), max(oracle - tick.impact_ask_micros, 0)
        assert abs((above - below) * 10**10 - tick.premium_e10 * oracle) <= oracle
        compared += 1
    assert compared == 23


def test_a_shorter_list_of_contexts_refuses_the_whole_answer() -> None:
    meta, contexts = body("meta_and_asset_ctxs_26_assets.json")
    with pytest.raises(parse.AdapterError, match="26 assets but 25 contexts"):
        parse.universe([meta, contexts[:-1]])


def is_on_tick(micros: int, size_decimals: int) -> bool:
    """The venue's rule: an integer, or five significant digits and at most 6 - szDecimals decimals."""
    return micros % 1_000_000 == 0 or micros % tick_micros(micros, size_decimals) == 0


def test_the_tick_rule_holds_on_recorded_prices() -> None:
    btc = parse.book(body("l2_book_btc_2026.json"), symbol="BTC", size_decimals=5)
    dydx = parse.book(body("l2_book_2023.json"), symbol="DYDX", size_decimals=1)
    assert btc is not None and dydx is not None
    for found, decimals in ((btc, 5), (dydx, 1)):
        prices = [price for price, _ in (*found.bids, *found.asks)]
        assert len(prices) == 40 and all(is_on_tick(price, decimals) for price in prices)
    bars = parse.candles(body("candle_snapshot_2023.json"), symbol="kPEPE", interval="1h", now_ms=FAR)
    assert all(is_on_tick(price, 0) for bar in bars for price in bar[1:5])


def test_the_tick_rule_holds_on_recorded_candles() -> None:
    decimals_of = {
        row.instrument.symbol: row.instrument.size_decimals for row in parse.meta(body("meta_2026-10.json"))
    }
    checked = 0
    for path in sorted(recorded("hyperliquid-candles").glob("*_1*.csv")):
        symbol = path.name.split("_")[0]
        if symbol not in decimals_of:
            continue
        for row in csv.DictReader(path.open()):
            for key in "ohlc":
                assert is_on_tick(scaled(row[key], 6), decimals_of[symbol]), (path.name, row)
                checked += 1
    assert checked > 50_000


def test_candles_of_2023() -> None:
    bars = parse.candles(body("candle_snapshot_2023.json"), symbol="kPEPE", interval="1h", now_ms=FAR)
    assert bars[0] == (1_684_699_200_000, 1_601, 1_616, 1_601, 1_604, 520_665_683_000_000)


def test_the_candle_that_still_forms_is_dropped() -> None:
    answer = body("candle_snapshot_2023.json")
    inside = answer[-1]["T"]
    bars = parse.candles(answer, symbol="kPEPE", interval="1h", now_ms=inside)
    assert len(bars) == len(answer) - 1


def test_books_of_2023_and_2026() -> None:
    old = parse.book(body("l2_book_2023.json"), symbol="DYDX", size_decimals=1)
    new = parse.book(body("l2_book_btc_2026.json"), symbol="BTC", size_decimals=5)
    assert old is not None and old.bids[0] == (2_111_000, 1_344)
    assert new is not None and new.bids[0] == (64_900_000_000, 1_240_866)
    assert new.bids[0][0] < new.asks[0][0]


def test_mids_and_funding_history() -> None:
    mids = parse.all_mids(body("all_mids_2023.json"))
    assert (mids["BTC"], mids["kPEPE"]) == (30_135_000_000, 1_565)
    rejected: list[str] = []
    page = parse.funding_history(body("funding_history_2023.json"), symbol="BTC", rejected=rejected)
    assert page.ticks[0] == (1_683_849_600_000, -6_133_400, -9_133_400)
    assert page.rows_count == len(page.ticks) == len(body("funding_history_2023.json"))
    assert rejected == []
