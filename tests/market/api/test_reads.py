"""The market's API: assets, candles, contexts, funding and books, public and exact."""

from base64 import b64encode
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from apps.market.adapters.synthetic.source import SyntheticSource
from apps.market.models import Asset, AssetContext, Candle, FundingRate, PriceRejection
from apps.market.services import ingest, sources
from apps.operations import clock

pytestmark = pytest.mark.django_db
ASSETS = "/api/v1/assets"


@pytest.fixture
def filled() -> datetime:
    now = clock.now()
    sources.select(wanted="synthetic", recording=None, seed=7, now=now)
    ingest.ingest_all(now=now, source=SyntheticSource(seed=7))
    return now


def items(client: Client, path: str, **query: str) -> list[dict[str, Any]]:
    answer = client.get(f"{ASSETS}{path}", query)
    assert answer.status_code == 200, answer.content
    return answer.json()["items"]


def test_assets_show_their_contract_and_their_price_as_exact_dollars(client: Client, filled: Any) -> None:
    rows = items(client, "")
    assert [row["symbol"] for row in rows] == list(Asset.objects.values_list("symbol", flat=True))
    btc = rows[0]
    assert (btc["sizeDecimals"], btc["category"], btc["unitsPerContract"]) == (5, "major", 1)
    assert btc["marginTiers"] == [
        {"lowerBound": "0.00", "maxLeverage": 40},
        {"lowerBound": "150000000.00", "maxLeverage": 20},
    ]
    assert btc["mark"].count(".") == 1
    assert datetime.fromisoformat(btc["priceAt"]) <= clock.now()
    assert (btc["isStale"], btc["priceFault"]) == (False, "")
    assert client.get(f"{ASSETS}/BTC").json()["mark"] == btc["mark"]


def test_assets_are_filtered_and_paged(client: Client, filled: Any) -> None:
    Asset.objects.filter(symbol="XRP").update(is_tracked=False)
    assert [row["symbol"] for row in items(client, "", category="major")] == ["BTC", "ETH", "SOL"]
    every = items(client, "", category="major", scope="all")
    assert [row["symbol"] for row in every] == ["BTC", "ETH", "SOL", "XRP"]
    seen, cursor = [], {}
    while True:
        page = client.get(ASSETS, {"limit": "3", **cursor}).json()
        seen += [row["symbol"] for row in page["items"]]
        if page["nextCursor"] is None:
            break
        cursor = {"cursor": page["nextCursor"]}
    assert seen == list(Asset.objects.filter(is_tracked=True).values_list("symbol", flat=True))


def test_a_refused_price_is_told_with_its_fault_beside_the_last_good_one(client: Client, filled: Any) -> None:
    before = client.get(f"{ASSETS}/ETH").json()
    PriceRejection.objects.create(
        asset=Asset.objects.get(symbol="ETH"), at=filled, reason="PRICE_JUMP", source="synthetic"
    )
    after = client.get(f"{ASSETS}/ETH").json()
    assert after["priceFault"] == "PRICE_JUMP"
    assert after["mark"] == before["mark"]


def test_the_number_of_queries_does_not_grow_with_the_assets(
    client: Client, filled: Any, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(8):
        assert len(items(client, "")) == 8


def test_candles_are_closed_ascending_and_limited(client: Client, filled: Any) -> None:
    rows = items(client, "/BTC/candles", interval="5m", limit="3")
    stored = Candle.objects.filter(asset__symbol="BTC", interval_ms=300_000).order_by("-open_at").first()
    assert stored is not None
    assert len(rows) == 3
    assert [row["openAt"] for row in rows] == sorted(row["openAt"] for row in rows)
    assert float(rows[-1]["close"]) * 1_000_000 == pytest.approx(stored.close_micros)


def test_pages_of_candles_join_to_the_whole_series(client: Client, filled: Any) -> None:
    whole = items(client, "/BTC/candles", interval="1m", limit="1000")
    pages, before = [], {}
    for _ in range(50):
        page = client.get(f"{ASSETS}/BTC/candles", {"interval": "1m", "limit": "37", **before}).json()
        pages = page["items"] + pages
        if page["nextBefore"] is None:
            break
        before = {"before": page["nextBefore"]}
    assert len(whole) > 100
    assert pages[-len(whole) :] == whole


@pytest.mark.parametrize(("series", "model"), [("contexts", AssetContext), ("funding", FundingRate)])
def test_positioning_is_a_series_with_exact_fractions(
    client: Client, filled: Any, series: str, model: Any
) -> None:
    model.objects.all().delete()
    values = {"asset": Asset.objects.get(symbol="BTC"), "source": "synthetic", "knowable_at": filled}
    if model is AssetContext:
        sizes = {"open_interest_micros": 1_500_000, "day_notional_micros": 2_000_000, "day_base_micros": 1}
        model.objects.create(**values, **sizes, at=filled, premium_e10=-4_434)
        wanted = {"openInterest": "1.5", "dayNotional": "2.00", "premium": "-0.0000004434", "impactBid": None}
    else:
        model.objects.create(**values, hour_at=filled, rate_e10=125_000)
        wanted = {"rate": "0.0000125", "premium": None}
    row = items(client, f"/BTC/{series}")[-1]
    assert wanted.items() <= row.items()
    assert items(client, f"/BTC/{series}", before=filled.isoformat()) == []


def test_a_book_says_its_spread_and_an_asset_without_one_says_so(client: Client, filled: Any) -> None:
    book = client.get(f"{ASSETS}/BTC/book").json()
    bid, ask = float(book["bids"][0]["price"]), float(book["asks"][0]["price"])
    assert bid < float(book["mid"]) < ask
    assert float(book["spread"]) == pytest.approx((ask - bid) / float(book["mid"]), rel=1e-4)
    assert float(book["bids"][0]["size"]) * 10**5 == pytest.approx(book["bids"][0]["sizeLots"])
    Asset.objects.create(
        symbol="BARE", size_decimals=0, max_leverage=3, source="synthetic", created_at=filled
    )
    bare = client.get(f"{ASSETS}/BARE/book")
    assert (bare.status_code, bare.json()["code"]) == (404, "BOOK_UNKNOWN")


@pytest.mark.parametrize(
    "query",
    [
        {"interval": "7m"},
        {"interval": ""},
        {"limit": "0"},
        {"limit": "1001"},
        {"limit": "x"},
        {"limit": "1.5"},
        {"before": "yesterday"},
        {"before": "0001-01-01T00:00:00Z"},
        {"until": "2026-01-01T00:00:00Z"},
    ],
)
def test_an_impossible_question_is_refused(client: Client, filled: Any, query: dict[str, str]) -> None:
    answer = client.get(f"{ASSETS}/BTC/candles", query)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("application/problem+json")


@pytest.mark.parametrize("part", ["", "/candles", "/contexts", "/funding", "/book"])
def test_an_unknown_asset_is_not_found(client: Client, part: str) -> None:
    answer = client.get(f"{ASSETS}/NOPE{part}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "ASSET_UNKNOWN"


def test_what_is_the_same_for_everybody_may_be_kept_for_a_moment(client: Client, filled: Any) -> None:
    assert client.get(f"{ASSETS}/BTC/candles").headers["Cache-Control"] == "public, max-age=2"
    assert client.get(f"{ASSETS}/NOPE/candles").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("place", [b"p=abc", b"p=1.5", b"p=%00"])
def test_a_cursor_to_nowhere_is_refused(client: Client, filled: None, place: bytes) -> None:
    answer = client.get(ASSETS, {"cursor": b64encode(place).decode()})
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
