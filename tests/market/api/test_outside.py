"""The market's API on what is known from outside: prediction markets in their views, capital, derived features."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from apps.market.models import (
    Asset,
    CapitalPoint,
    PredictionDefinition,
    PredictionLink,
    PredictionMarket,
    PredictionSnapshot,
)
from apps.market.services import ingest, sources
from apps.operations import clock

pytestmark = pytest.mark.django_db
HOSTILE = "Will </script><img src=x onerror=alert(1)> {{7*7}} reach $1? \u202e"


@pytest.fixture
def now() -> datetime:
    moment = clock.now()
    sources.select(wanted="synthetic", recording=None, seed=7, now=moment)
    ingest.ingest_all(now=moment)
    PredictionLink.objects.all().delete()
    CapitalPoint.objects.all().delete()
    return moment


def predict(
    now: datetime,
    key: str,
    *,
    ends_in: timedelta,
    symbol: str = "BTC",
    status: str = "open",
    sure: int = 8_000,
) -> None:
    seen = now - timedelta(hours=1)
    market = PredictionMarket.objects.create(market_id=key, slug=key, source="polymarket", knowable_at=seen)
    PredictionDefinition.objects.create(
        market=market,
        question=HOSTILE,
        event_title=HOSTILE,
        outcomes=[["Yes", "1"], ["No", "2"]],
        ends_at=now + ends_in,
        knowable_at=seen,
    )
    PredictionSnapshot.objects.create(
        market=market,
        status=status,
        prices_e6=[85_000, 915_000],
        liquidity_micros=5_000_000,
        knowable_at=seen,
    )
    PredictionLink.objects.create(
        market=market,
        asset=Asset.objects.get(symbol=symbol),
        method="name",
        confidence_bps=sure,
        knowable_at=seen,
    )


def keys(client: Client, **query: str) -> list[str]:
    answer = client.get("/api/v1/polymarket/markets", query)
    assert answer.status_code == 200, answer.content
    return [row["marketId"] for row in answer.json()["items"]]


def test_prediction_markets_stand_in_the_view_of_their_end_the_surest_first(
    client: Client, now: datetime
) -> None:
    predict(now, "soon", ends_in=timedelta(hours=5), sure=6_000)
    predict(now, "soon-and-sure", ends_in=timedelta(hours=6), sure=9_000)
    predict(now, "later", ends_in=timedelta(days=30), symbol="ETH")
    predict(now, "over", ends_in=-timedelta(hours=2), status="closed")
    assert keys(client) == ["soon-and-sure", "soon"]
    assert keys(client, view="later") == ["later"]
    assert keys(client, view="later", symbol="BTC") == []
    assert keys(client, view="closed", symbol="BTC") == ["over"]


def test_prediction_markets_are_paged_to_the_end(client: Client, now: datetime) -> None:
    for number in range(5):
        predict(now, f"m{number}", ends_in=timedelta(hours=5))
    seen, cursor = [], "0"
    while cursor is not None:
        page = client.get("/api/v1/polymarket/markets", {"limit": "2", "cursor": cursor}).json()
        seen += [row["marketId"] for row in page["items"]]
        cursor = page["nextCursor"]
    assert sorted(seen) == [f"m{number}" for number in range(5)]


def test_probabilities_are_exact_and_hostile_text_stays_text(client: Client, now: datetime) -> None:
    predict(now, "one", ends_in=timedelta(hours=5))
    answer = client.get("/api/v1/polymarket/markets")
    assert answer.headers["Content-Type"] == "application/json"
    row = answer.json()["items"][0]
    assert row["question"] == HOSTILE
    assert row["outcomes"] == [
        {"label": "Yes", "probability": "0.085"},
        {"label": "No", "probability": "0.915"},
    ]
    assert (row["confidence"], row["liquidity"], row["bestBid"]) == ("0.8", "5.00", None)


@pytest.mark.parametrize(
    "path",
    [
        "polymarket/markets?view=never",
        "polymarket/markets?limit=0",
        "polymarket/markets?cursor=-1",
        "polymarket/markets?asset=BTC",
        "defillama/figures?channel=quotes",
        "defillama/figures?kind=planet",
        "defillama/series?metric=hope",
        "defillama/series?days=0",
        "assets/BTC/features?interval=3m",
    ],
)
def test_an_impossible_question_is_refused(client: Client, now: datetime, path: str) -> None:
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_markets_of_an_unknown_asset_are_not_found(client: Client, now: datetime) -> None:
    answer = client.get("/api/v1/polymarket/markets", {"symbol": "NOPE"})
    assert (answer.status_code, answer.json()["code"]) == (404, "ASSET_UNKNOWN")


def capital(now: datetime, day: int, dollars: int, *, subject: str = "all", kind: str = "global") -> None:
    CapitalPoint.objects.create(
        channel="capital_base",
        metric="tvl",
        kind=kind,
        subject=subject,
        at=now - timedelta(days=day),
        value_micros=dollars * 1_000_000,
        source="synthetic",
        knowable_at=now - timedelta(minutes=1),
    )


def test_capital_stands_with_its_changes_and_over_time(client: Client, now: datetime) -> None:
    for day, value in ((8, 90), (7, 95), (1, 100), (0, 110)):
        capital(now, day, value)
    capital(now, 0, 40, subject="Ethereum", kind="chain")
    rows = client.get("/api/v1/defillama/figures").json()["items"]
    assert [(row["kind"], row["value"]) for row in rows] == [("chain", "40.00"), ("global", "110.00")]
    assert (rows[1]["change1d"], rows[1]["change1dShare"], rows[1]["change7d"]) == ("10.00", "0.1", "15.00")
    only = client.get("/api/v1/defillama/figures", {"kind": "chain", "subject": "Ethereum"}).json()
    assert [row["subject"] for row in only["items"]] == ["Ethereum"]
    first = client.get("/api/v1/defillama/figures", {"limit": "1"}).json()
    rest = client.get("/api/v1/defillama/figures", {"limit": "1", "cursor": first["nextCursor"]}).json()
    assert [*first["items"], *rest["items"]] == rows and rest["nextCursor"] is None
    series = client.get("/api/v1/defillama/series", {"days": "2"}).json()
    assert [point["value"] for point in series["items"]] == ["100.00", "110.00"]


def test_features_are_exact_and_null_where_there_is_too_little(client: Client, now: datetime) -> None:
    found: dict[str, Any] = client.get("/api/v1/assets/BTC/features", {"interval": "1m"}).json()
    assert found["candlesCount"] > 100
    assert 0 <= float(found["indicators"]["rsi14"]) <= 100
    low, high = (float(found["indicators"][name]) for name in ("bollingerLower", "bollingerUpper"))
    assert low < float(found["indicators"]["sma20"]) < high
    assert [depth["within"] for depth in found["liquidity"]["depths"]] == ["0.001", "0.0025", "0.005"]
    Asset.objects.create(symbol="BARE", size_decimals=0, max_leverage=3, source="synthetic", created_at=now)
    bare = client.get("/api/v1/assets/BARE/features").json()
    assert (bare["candlesCount"], bare["closedAt"], bare["liquidity"]) == (0, None, None)
    assert set(bare["indicators"].values()) == {None}
