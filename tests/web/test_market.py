"""The market's pages over HTTP: what they show, in which order, and what somebody else's words may not do there."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from apps.market.models import (
    Asset,
    BookSnapshot,
    CapitalPoint,
    PredictionDefinition,
    PredictionLink,
    PredictionMarket,
    PredictionSnapshot,
    PriceRejection,
    Quote,
)
from apps.market.services import ingest, sources
from tests import arena_world

NOW = arena_world.START
HOSTILE = '</script><img src=x onerror="alert(1)">{{7*7}} \u202e" style="x'


@pytest.fixture
def market(db: None) -> datetime:
    sources.select(wanted="synthetic", recording=None, seed=7, now=NOW)
    ingest.ingest_all(now=NOW)
    arena_world.show_time(NOW)
    PredictionLink.objects.all().delete()
    CapitalPoint.objects.all().delete()
    return NOW


def predict(
    key: str, *, symbol: str = "BTC", status: str = "open", ends: timedelta, sure: int = 8_000
) -> None:
    seen = NOW - timedelta(hours=1)
    market = PredictionMarket.objects.create(
        market_id=key, slug=HOSTILE, source="polymarket", knowable_at=seen
    )
    PredictionDefinition.objects.create(
        market=market,
        question=f"{key} {HOSTILE}",
        event_title=HOSTILE,
        outcomes=[[HOSTILE, "1"], ["No", "2"], ["Maybe", "3"]],
        ends_at=NOW + ends,
        knowable_at=seen,
    )
    PredictionSnapshot.objects.create(
        market=market, status=status, prices_e6=[4_000, 900_000, 96_000], knowable_at=seen
    )
    PredictionLink.objects.create(
        market=market,
        asset=Asset.objects.get(symbol=symbol),
        method="ticker",
        confidence_bps=sure,
        knowable_at=seen,
    )


def capital(metric: str, dollars: int, *, days: int = 0) -> None:
    CapitalPoint.objects.create(
        channel="capital_base",
        metric=metric,
        kind="global",
        subject="all",
        at=NOW - timedelta(days=days),
        value_micros=dollars * 1_000_000,
        source="synthetic",
        knowable_at=NOW - timedelta(minutes=1),
    )


def listed(client: Client, **query: str) -> list[str]:
    return [row["symbol"] for row in client.get("/market", query).context["page"]["rows"]]


@pytest.mark.parametrize("address", ["/market", "/market/data"])
def test_an_empty_house_has_market_pages(db: None, client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    assert b"No price source yet" in answer.content


def test_the_list_shows_every_tracked_asset_and_names_the_source(client: Client, market: Any) -> None:
    Asset.objects.create(
        symbol="UNTRACKED",
        size_decimals=0,
        max_leverage=3,
        source="synthetic",
        created_at=NOW,
        is_tracked=False,
    )
    page = client.get("/market").content.decode()
    tracked = Asset.objects.filter(is_tracked=True).values_list("symbol", flat=True)
    assert len(tracked) == 8
    assert all(f'href="/market/{symbol}"' in page for symbol in tracked)
    assert "UNTRACKED" not in page
    assert "SYNTHETIC" in page


@pytest.mark.parametrize(
    ("query", "first"),
    [({"sort": "price"}, "BTC"), ({"sort": "price", "order": "turned"}, "DOGE"), ({"sort": "name"}, "AVAX")],
)
def test_the_list_sorts_by_its_headings(
    client: Client, market: Any, query: dict[str, str], first: str
) -> None:
    assert listed(client, **query)[0] == first


def test_the_list_filters_by_category_and_takes_no_offence(client: Client, market: Any) -> None:
    assert set(listed(client, category="major")) == {"BTC", "ETH", "SOL", "XRP"}
    assert len(listed(client, category="'><script>", sort="constructor", order="x")) == 8
    assert b"<script>'" not in client.get("/market?category='><script>").content


def test_what_is_not_known_stands_last_in_either_direction(client: Client, market: Any) -> None:
    Quote.objects.filter(asset__symbol="SOL").delete()
    for order in ("", "turned"):
        assert listed(client, sort="price", order=order)[-1] == "SOL"


def test_a_price_that_is_held_back_says_why(client: Client, market: Any) -> None:
    eth = Asset.objects.get(symbol="ETH")
    PriceRejection.objects.create(asset=eth, at=NOW, reason="PRICE_JUMP", source="synthetic")
    words = "a jump waits for a second tick that agrees"
    assert words in client.get("/market").content.decode()
    page = client.get("/market/ETH")
    assert "Price held back" in page.content.decode()
    assert page.context["page"]["fresh"] == {
        "tone": "down",
        "age": page.context["page"]["fresh"]["age"],
        "fault": words.capitalize(),
    }
    assert words.capitalize() in client.get("/market/data").content.decode()


def test_the_pages_read_alike_many_assets_and_few(
    client: Client, market: Any, django_assert_max_num_queries: Any
) -> None:
    predict("one", ends=timedelta(hours=3))
    with django_assert_max_num_queries(16):
        client.get("/market")
    with django_assert_max_num_queries(36):
        client.get("/market/BTC")
    with django_assert_max_num_queries(60):
        client.get("/market/data")


def test_an_asset_shows_its_figures_its_book_and_its_contract(client: Client, market: Any) -> None:
    answer = client.get("/market/BTC")
    page = answer.context["page"]
    assert page["price"].startswith("$")
    assert [line["value"] for line in page["contract"]][:3] == ["$1", "0.00001 BTC", "40×"]
    assert page["tiers"] == [{"from": "$0", "leverage": "40×"}, {"from": "$150M", "leverage": "20×"}]
    asks, bids = page["book"]["asks"], page["book"]["bids"]
    assert len(asks) == len(bids) == 9
    assert max(level["share"] for level in asks + bids) == 100
    assert [cost["label"] for cost in page["book"]["costs"]] == ["$10,000", "$100,000"]
    assert page["groups"][0]["figures"][0]["value"].endswith("%")


def test_an_asset_of_which_little_is_known_has_a_page(client: Client, market: Any) -> None:
    Asset.objects.create(
        symbol="k/odd:1",
        size_decimals=0,
        max_leverage=3,
        source="replay",
        created_at=NOW,
        units_per_contract=1000,
    )
    BookSnapshot.objects.all().delete()
    assert b"No order book" in client.get("/market/BTC").content
    Asset.objects.filter(symbol="k/odd:1").update(symbol="kODD:1")
    page = client.get("/market/kODD:1")
    assert page.status_code == 200
    assert "No price yet" in page.content.decode()
    assert "one contract is 1,000 coins" in page.content.decode()
    assert 'href="/market/kODD%3A1"' in client.get("/market").content.decode()


@pytest.mark.parametrize("symbol", ["NOPE", "btc", "%F0%9F%91%BB", "%3Cscript%3E", "x" * 300])
def test_an_unknown_asset_is_a_page_of_ours(client: Client, db: None, symbol: str) -> None:
    answer = client.get(f"/market/{symbol}")
    assert answer.status_code == 404
    assert b"No such market" in answer.content
    assert b"<script>" not in answer.content.replace(b'<script type="module"', b"")


def test_prediction_markets_stand_in_three_views_with_their_confidence(client: Client, market: Any) -> None:
    predict("soon", ends=timedelta(hours=5), sure=9_500)
    predict("later", ends=timedelta(days=20))
    predict("over", ends=-timedelta(hours=2), status="closed")
    predict("elsewhere", ends=timedelta(hours=5), symbol="ETH")
    views = client.get("/market/BTC").context["page"]["views"]
    asked = [[row["question"].split(" ")[0] for row in view["rows"]] for view in views]
    assert asked == [["soon"], ["later"], ["over"]]
    soon = views[0]["rows"][0]
    assert (soon["confidence"], soon["more"]) == ("95%", 1)
    assert soon["ends"].startswith("ends in 4\u00a0h 59")
    assert [(one["label"], one["text"]) for one in soon["outcomes"]] == [("No", "90%"), ("Maybe", "10%")]


@pytest.mark.parametrize("address", ["/market", "/market/BTC"])
def test_hostile_words_stay_words(client: Client, market: Any, address: str) -> None:
    predict("bad", ends=timedelta(hours=5))
    PredictionSnapshot.objects.create(
        market=PredictionMarket.objects.get(), status="open", prices_e6=[999_999, 1, 0], knowable_at=NOW
    )
    page = client.get(address).content.decode()
    assert "&lt;img src=x" in page and "{{7*7}}" in page and "&gt;99%" in page
    assert "<img" not in page
    assert not re.search(r'(href|src|style|class|id|title|data-\w+)="[^"]*onerror', page)


def test_the_next_bets_are_about_different_assets(client: Client, market: Any) -> None:
    for number in range(4):
        predict(f"btc{number}", ends=timedelta(hours=5), sure=9_000)
    predict("eth", ends=timedelta(hours=5), symbol="ETH", sure=6_000)
    rows = client.get("/market").context["page"]["predictions"]
    assert [row["symbol"] for row in rows] == ["BTC", "ETH"]


def test_capital_stands_above_the_list_with_its_change(client: Client, market: Any) -> None:
    assert "Total value locked" not in client.get("/market").content.decode()
    capital("tvl", 100_000_000_000, days=1)
    capital("tvl", 112_400_000_000)
    capital("fees_24h", 5)
    strip = client.get("/market").context["page"]["capital"]
    assert [(one["label"], one["value"], one["change"]) for one in strip] == [
        ("Total value locked", "$112B", "+12.40%")
    ]


def test_the_data_page_tells_each_channel_by_the_age_of_its_data(client: Client, market: Any) -> None:
    fresh = client.get("/market/data").context["page"]
    channels = {one["title"]: one for source in fresh["sources"] for one in source["channels"]}
    assert channels["Quotes"]["status"] == "Fresh"
    arena_world.show_time(NOW + timedelta(hours=4))
    late = client.get("/market/data").context["page"]
    channels = {one["title"]: one for source in late["sources"] for one in source["channels"]}
    assert (channels["Quotes"]["status"], channels["Quotes"]["age"]) == ("Late", "4\u00a0h old")
    assert not late["ok"] and "prices late or held back" in late["verdict"]


@pytest.mark.parametrize("address", ["/market", "/market/BTC", "/market/data"])
def test_market_pages_are_read_only(client: Client, db: None, address: str) -> None:
    assert client.post(address).status_code == 405
