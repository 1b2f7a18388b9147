"""The market's API: assets, candles and health, public and exact."""

import pytest
from django.test import Client

from apps.market.adapters.synthetic.source import SyntheticSource
from apps.market.models import Asset, Candle
from apps.market.services import ingest, sources
from apps.operations import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def filled() -> None:
    now = clock.now()
    sources.select(wanted="synthetic", recording=None, seed=7, now=now)
    ingest.ingest_all(now=now, source=SyntheticSource(seed=7))


def test_assets_show_their_price_as_exact_dollars(client: Client, filled: None) -> None:
    answer = client.get("/api/v1/assets").json()
    assert [row["symbol"] for row in answer] == list(Asset.objects.values_list("symbol", flat=True))
    btc = answer[0]
    assert btc["sizeDecimals"] == 5
    assert btc["mark"].count(".") == 1
    assert btc["priceAtMs"] <= clock.now().timestamp() * 1000


def test_candles_are_closed_ascending_and_limited(client: Client, filled: None) -> None:
    rows = client.get("/api/v1/assets/BTC/candles", {"interval": "5m", "limit": "3"}).json()
    stored = Candle.objects.filter(asset__symbol="BTC", interval_ms=300_000).order_by("-open_at").first()
    assert stored is not None
    assert len(rows) == 3
    assert [row["openAt"] for row in rows] == sorted(row["openAt"] for row in rows)
    assert float(rows[-1]["close"]) * 1_000_000 == pytest.approx(stored.close_micros)


@pytest.mark.parametrize(
    "query", [{"interval": "7m"}, {"interval": ""}, {"limit": "0"}, {"limit": "1001"}, {"limit": "x"}]
)
def test_an_impossible_question_is_refused(client: Client, filled: None, query: dict[str, str]) -> None:
    answer = client.get("/api/v1/assets/BTC/candles", query)
    assert 400 <= answer.status_code < 500
    assert answer.headers["Content-Type"].startswith("application/problem+json")


def test_an_unknown_asset_is_not_found(client: Client) -> None:
    answer = client.get("/api/v1/assets/NOPE/candles")
    assert answer.status_code == 404
    assert answer.json()["code"] == "ASSET_UNKNOWN"


def test_health_names_the_source_and_each_channel(client: Client, filled: None) -> None:
    answer = client.get("/api/v1/ingestion/health").json()
    assert answer["isHealthy"] is True
    assert answer["source"]["label"] == "SYNTHETIC PRICES (seed 7)"
    assert [row["channel"] for row in answer["channels"]] == ["assets", "candles", "quotes", "books"]


def test_health_before_the_first_cycle_is_not_healthy(client: Client) -> None:
    answer = client.get("/api/v1/ingestion/health").json()
    assert answer["isHealthy"] is False
    assert answer["source"] is None
