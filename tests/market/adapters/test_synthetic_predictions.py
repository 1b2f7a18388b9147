"""Made-up prediction markets: the same for the same seed, plainly labelled, and decided by the synthetic price."""

from datetime import timedelta

import pytest

from apps.market import queries
from apps.market.adapters.synthetic.predictions import SyntheticPredictions
from apps.market.adapters.synthetic.source import SyntheticSource
from apps.market.models import PredictionMarket
from apps.market.services import sources
from apps.market.services.assets import register_assets
from apps.market.services.predictions.ingest import ingest_predictions
from apps.market.types import PredictionStatus, PredictionTick, PredictionView
from apps.operations.types import Report
from tests.market.places import START

DAY = timedelta(days=1)


def opened(seed: int = 7, *, after: timedelta = timedelta(0)) -> list[PredictionTick]:
    source = SyntheticPredictions(SyntheticSource(seed=seed))
    return [tick for page in source.open_pages(at=START + after) for tick in page]


def test_the_same_seed_gives_the_same_markets_and_another_seed_others() -> None:
    assert opened() == opened()
    assert opened() != opened(8)


def test_every_coin_has_markets_that_end_soon_and_later() -> None:
    ticks = opened()
    assert len({tick.market_id for tick in ticks}) == len(ticks) == 96
    soon = [tick for tick in ticks if tick.ends_at and tick.ends_at <= START + 2 * DAY]
    assert len(soon) == 48
    assert all(tick.status == PredictionStatus.OPEN for tick in ticks)


def test_nothing_pretends_to_be_real() -> None:
    for tick in opened():
        assert tick.question.startswith("Synthetic: ")
        assert tick.event and tick.event.title.startswith("Synthetic: ")
        assert "SYNTHETIC" in tick.resolution_source


def test_chances_are_chances_and_higher_strikes_are_less_likely() -> None:
    by_event: dict[str, list[int]] = {}
    for tick in opened(after=timedelta(minutes=77)):
        assert sum(tick.prices_e6) == 1_000_000
        assert 0 < tick.prices_e6[0] < 1_000_000
        by_event.setdefault(tick.event.event_id if tick.event else "", []).append(tick.prices_e6[0])
    assert all(chances == sorted(chances, reverse=True) for chances in by_event.values())


def test_the_price_at_the_end_decides() -> None:
    prices = SyntheticSource(seed=7)
    source = SyntheticPredictions(prices)
    ended = [tick for page in source.closed_pages(since=START - 2 * DAY, at=START) for tick in page]
    assert ended
    for tick in ended:
        symbol, ends_at = tick.market_id.split(":")[1], tick.ends_at
        assert ends_at is not None and ends_at <= START
        assert tick.status == PredictionStatus.CLOSED
        mid = prices.quotes(symbols=[symbol], at=ends_at)[0].mid_micros or 0
        strike = float(tick.question.split(" above ")[1].split(" on ")[0])
        assert tick.prices_e6 == ((1_000_000, 0) if mid / 1e6 > strike else (0, 1_000_000))
    assert {tick.prices_e6[0] for tick in ended} == {0, 1_000_000}


def test_one_market_can_be_asked_for() -> None:
    source = SyntheticPredictions(SyntheticSource(seed=7))
    tick = opened()[5]
    assert source.market(tick.market_id, at=START) == tick
    later = source.market(tick.market_id, at=START + 30 * DAY)
    assert later and later.status == PredictionStatus.CLOSED
    assert source.market("1557558", at=START) is None


@pytest.mark.django_db
def test_a_synthetic_data_folder_has_prediction_markets_at_market_time() -> None:
    sources.select(wanted="synthetic", recording=None, seed=7, now=START)
    register_assets(sources.current(), now=START)
    report = ingest_predictions(now=START, real_now=lambda: START + 999 * DAY)
    assert (report.failed, report.skipped) == (0, 0)
    assert set(PredictionMarket.objects.values_list("source", flat=True)) == {"synthetic"}
    for symbol in ("BTC", "LINK", "HYPE"):
        for view in PredictionView:
            assert queries.list_predictions(symbol, view=view, at=START), (symbol, view)
    ingest_predictions(now=START + 3 * DAY, real_now=lambda: START)
    assert not PredictionMarket.objects.filter(closed_at=None, market_id__contains="2026-03-03").exists()


@pytest.mark.django_db
def test_beside_a_recording_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    class Recording:
        name = "replay"

    monkeypatch.setattr(sources, "current", Recording)
    assert ingest_predictions(now=START, real_now=lambda: START) == Report(skipped=1)
