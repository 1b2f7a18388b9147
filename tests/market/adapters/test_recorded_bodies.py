"""The venue's recorded answers are read as they are."""

import json
from typing import Any

import pytest

from apps.market.adapters.hyperliquid import parse
from tests.market.places import recorded

pytestmark = pytest.mark.recorded
FAR = 4_000_000_000_000


def body(name: str) -> Any:
    document = json.loads(recorded(f"hyperliquid-info/{name}").read_text())
    return document["response"] if isinstance(document, dict) and "response" in document else document


def test_meta_keeps_every_asset_in_order_with_its_margin_table() -> None:
    instruments = parse.meta(body("meta_2026-10.json"))
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


def test_contexts_are_joined_by_position_and_a_null_mid_stays_none() -> None:
    instruments, ticks = parse.meta_and_contexts(body("meta_and_asset_ctxs_26_assets.json"))
    assert [item.symbol for item in instruments] == [tick.symbol for tick in ticks]
    assert (ticks[0].mark_micros, ticks[0].oracle_micros, ticks[0].mid_micros) == (
        82_717_700_000,
        82_753_700_000,
        82_716_500_000,
    )
    assert ticks[0].funding_rate_e10 == 125_000
    assert any(tick.mid_micros is None for tick in ticks)


def test_a_shorter_list_of_contexts_refuses_the_whole_answer() -> None:
    meta, contexts = body("meta_and_asset_ctxs_26_assets.json")
    with pytest.raises(parse.AdapterError, match="26 assets but 25 contexts"):
        parse.meta_and_contexts([meta, contexts[:-1]])


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
    funding = parse.funding_history(body("funding_history_2023.json"), symbol="BTC")
    assert funding[1_683_849_600_000] == -6_133_400
