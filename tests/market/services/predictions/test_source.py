"""Which prediction markets go with which prices, and that the cadence sweeps them."""

from datetime import timedelta

import pytest
from django.test import override_settings

from apps.core.errors import NotFound
from apps.market.adapters.polymarket.source import PolymarketSource
from apps.market.adapters.synthetic.predictions import SyntheticPredictions
from apps.market.models import IngestionRun, MarketSourceState, PredictionSnapshot
from apps.market.services import sources
from apps.market.services.assets import register_assets
from apps.market.services.predictions.source import prediction_source
from apps.operations import cadence, clock
from tests.market.gamma import CRYPTO, Gamma, event, market
from tests.market.llama import serving
from tests.market.services.predictions.world import register


def choose(name: str) -> None:
    """Make that the price source."""
    MarketSourceState.objects.create(
        name=name,
        label=name,
        reason="test",
        config={"seed": 7, "symbols": ["BTC"]},
        selected_at=clock.real_now(),
    )


@pytest.mark.django_db
def test_nothing_is_swept_before_a_price_source_is_chosen() -> None:
    with pytest.raises(NotFound):
        prediction_source()


@pytest.mark.django_db
def test_live_prices_go_with_polymarket_and_synthetic_ones_with_made_up_markets() -> None:
    choose("hyperliquid")
    assert isinstance(prediction_source(), PolymarketSource)
    MarketSourceState.objects.all().delete()
    choose("synthetic")
    assert isinstance(prediction_source(), SyntheticPredictions)


@pytest.mark.django_db(transaction=True)
def test_the_cadence_sweeps_polymarket_in_real_time() -> None:
    choose("hyperliquid")
    register("BTC")
    clock.set_anchor(real_now=clock.real_now(), market_at=clock.real_now() - timedelta(days=3), speed=60)
    gamma = Gamma()
    ends_at = clock.real_now() + timedelta(hours=3)
    gamma.events.append(event(1, "Bitcoin", [market(1, "Will Bitcoin rise?", ends_at=ends_at)]))
    with serving(gamma) as url, override_settings(POLYMARKET_URL=url):
        before = clock.real_now()
        outcome = cadence.run_once("market.ingest-predictions", force=True)
    assert outcome.status == "succeeded"
    assert outcome.report.failed == 0
    assert IngestionRun.objects.get().source == "polymarket"
    known = PredictionSnapshot.objects.get().knowable_at
    assert before <= known <= clock.real_now(), "not the time that the market clock shows"


@pytest.mark.django_db
def test_the_cadence_makes_up_markets_at_market_time() -> None:
    choose("synthetic")
    register_assets(sources.current(), now=clock.now())
    market_at = clock.real_now() - timedelta(days=3)
    clock.set_anchor(real_now=clock.real_now(), market_at=market_at, speed=1)
    assert cadence.run_once("market.ingest-predictions", force=True).status == "succeeded"
    known = PredictionSnapshot.objects.latest("knowable_at").knowable_at
    assert market_at <= known < market_at + timedelta(minutes=5)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("odd", ["a NUL \x00 in it", "a lone \ud800 surrogate"])
def test_d12_a_text_that_no_database_keeps_costs_its_market_alone(
    odd: str, caplog: pytest.LogCaptureFixture
) -> None:
    choose("hyperliquid")
    register("BTC")
    gamma = Gamma()
    ends_at = clock.real_now() + timedelta(hours=3)
    bitcoin = market(2, "Will Bitcoin rise?", ends_at=ends_at)
    gamma.events.append(
        event(1, "Bitcoin", [market(1, odd, ends_at=ends_at), bitcoin], tags=[CRYPTO, {"slug": odd}])
    )
    with serving(gamma) as url, override_settings(POLYMARKET_URL=url):
        cadence.run_once("market.ingest-predictions", force=True)
    assert list(PredictionSnapshot.objects.values_list("market__market_id", flat=True)) == ["2"]
    assert IngestionRun.objects.get().status == "succeeded"
    assert "{'TEXT_INVALID': 1}" in caplog.text
