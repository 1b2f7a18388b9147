"""Sweeps over Gamma: whole, interrupted, shifted between pages, drifted in shape, and in trouble."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from apps.core import breaker
from apps.market import queries
from apps.market.models import (
    IngestionRun,
    PredictionDefinition,
    PredictionEvent,
    PredictionMarket,
    PredictionSnapshot,
)
from apps.market.services.predictions.ingest import ingest_predictions
from apps.market.types import IngestionStatus, PredictionTick, PredictionView
from apps.operations.types import Report
from tests.market.gamma import event, iso, market
from tests.market.services.predictions.world import NOW, TOMORROW, World

MINUTE = timedelta(minutes=1)


def pages_asked(world: World) -> list[dict[str, str]]:
    targets = (urlsplit(target) for target in world.gamma.asked)
    return [
        {key: value[0] for key, value in parse_qs(parts.query).items()}
        for parts in targets
        if parts.path == "/events/keyset"
    ]


def counts() -> tuple[int, ...]:
    models = (PredictionEvent, PredictionMarket, PredictionDefinition, PredictionSnapshot)
    return tuple(model.objects.count() for model in models)


def test_a_sweep_follows_the_cursor_with_all_its_filters(world: World) -> None:
    world.list_markets(5)
    world.gamma.page_size = 2
    report = world.sweep()
    assert (report.failed, report.skipped) == (0, 0)
    assert counts() == (5, 5, 5, 5)
    assert world.run.status == IngestionStatus.SUCCEEDED
    assert (world.run.source, world.run.data_at) == ("polymarket", NOW)
    first, second, third, closed = pages_asked(world)
    assert "after_cursor" not in first
    assert second["after_cursor"] != third["after_cursor"]
    for asked in (first, second, third):
        assert (asked["tag_slug"], asked["closed"], asked["limit"]) == ("crypto", "false", "100")
    assert (closed["closed"], closed["end_date_max"]) == ("true", iso(NOW))
    assert closed["end_date_min"] == iso(NOW - timedelta(days=2))


def test_rows_become_known_when_their_page_arrived(world: World) -> None:
    world.list_markets(4)
    world.gamma.page_size = 2

    def tick(number: int) -> None:
        world.at = NOW + number * MINUTE

    world.gamma.before = tick
    world.sweep()
    known = dict(PredictionSnapshot.objects.values_list("market__market_id", "knowable_at"))
    assert known == {
        "1": NOW + MINUTE,
        "2": NOW + MINUTE,
        "3": NOW + 2 * MINUTE,
        "4": NOW + 2 * MINUTE,
    }
    view = PredictionView.IMMEDIATE
    assert len(queries.list_predictions("BTC", view=view, at=NOW)) == 0
    assert len(queries.list_predictions("BTC", view=view, at=NOW + MINUTE)) == 2


def test_a_fast_clock_asks_a_live_source_no_more_often(world: World) -> None:
    world.list_markets(1)
    world.sweep()
    asked = len(world.gamma.asked)
    assert world.sweep(after=timedelta(seconds=30)) == Report(skipped=1)
    assert len(world.gamma.asked) == asked
    world.sweep(after=timedelta(seconds=30))
    assert len(world.gamma.asked) > asked


def test_a_repeated_cursor_ends_the_sweep(world: World) -> None:
    page = {"events": [event(1, "Bitcoin", [market(1, "Bitcoin?", ends_at=TOMORROW)])], "next_cursor": "same"}
    world.gamma.answers["/events/keyset"] = page
    report = world.sweep()
    assert report.failed == 1
    assert len(pages_asked(world)) == 2
    assert (world.run.status, world.run.fault) == (IngestionStatus.PARTIAL, "SCHEMA_DRIFT")
    assert world.run.data_at is None


class Killed(BaseException):
    """The process ends here."""


def test_d09_a_sweep_that_is_killed_is_partial_and_the_next_one_completes_it(world: World) -> None:
    world.list_markets(12)
    world.gamma.page_size = 3
    source = world.source

    class Dying:
        name = source.name
        skipped: dict[str, str] = {}

        def open_pages(self, *, at: datetime) -> Iterator[list[PredictionTick]]:
            for number, page in enumerate(source.open_pages(at=at)):
                if number == 3:
                    raise Killed
                yield page

    with pytest.raises(Killed):
        ingest_predictions(now=NOW, real_now=lambda: NOW, source=Dying())  # type: ignore[arg-type]
    assert counts() == (9, 9, 9, 9)
    assert (world.run.status, world.run.data_at) == (IngestionStatus.RUNNING, None)

    world.sweep(after=MINUTE)
    died, whole = IngestionRun.objects.order_by("id")
    assert (died.status, died.data_at) == (IngestionStatus.PARTIAL, None)
    assert "ended before" in died.error
    assert (whole.status, whole.data_at) == (IngestionStatus.SUCCEEDED, NOW + MINUTE)
    assert counts() == (12, 12, 12, 12)
    world.sweep(after=MINUTE)
    assert counts() == (12, 12, 12, 12)


def test_d10_an_item_that_comes_twice_is_stored_once(world: World) -> None:
    world.list_markets(4)
    world.gamma.page_size = 2

    def shift(number: int) -> None:
        if number == 2:  # what stood on the first page is pushed on to the second
            world.gamma.events[0]["id"] = "3"
            world.gamma.events[0]["markets"][0]["bestBid"] = 0.4

    world.gamma.before = shift
    world.sweep()
    assert PredictionMarket.objects.count() == 4
    assert PredictionSnapshot.objects.count() == 4
    assert world.run.status == IngestionStatus.SUCCEEDED


def test_d10_an_item_that_slipped_between_pages_is_looked_up(world: World) -> None:
    world.list_markets(4)
    world.sweep()
    moved = world.gamma.events.pop(2)
    world.sweep(after=6 * MINUTE)
    assert "/markets/3" in world.gamma.asked
    assert PredictionMarket.objects.get(market_id="3").closed_at is None, "gone is not closed"
    assert world.run.status == IngestionStatus.SUCCEEDED

    world.gamma.events.append(moved)
    world.gamma.asked.clear()
    world.sweep(after=6 * MINUTE)
    assert "/markets/3" not in world.gamma.asked
    assert counts() == (4, 4, 4, 4)


def test_d10_a_market_that_closed_early_is_closed_by_the_sources_word(world: World) -> None:
    world.list_markets(2)
    world.sweep()
    row = world.gamma.events[1]
    row["closed"] = True
    row["markets"][0] |= {"closed": True, "outcomePrices": '["1", "0"]'}
    world.sweep(after=MINUTE)
    assert "/markets/2" in world.gamma.asked
    closed = PredictionMarket.objects.get(market_id="2")
    assert closed.closed_at == world.at
    (value,) = queries.list_predictions("BTC", view=PredictionView.CLOSED, at=world.at)
    assert (value.market_id, value.prices_e6) == ("2", (1_000_000, 0))
    event_row = PredictionEvent.objects.get(event_id="2")
    assert event_row.tags == ["crypto"], "the answer about one market names no tags"

    world.gamma.asked.clear()
    world.sweep(after=MINUTE)
    assert "/markets/2" not in world.gamma.asked


def test_closed_markets_are_read_from_where_the_last_whole_sweep_began(world: World) -> None:
    world.list_markets(1)
    world.sweep()
    over = market(9, "Bitcoin up?", ends_at=NOW - timedelta(hours=3), closed=True, outcomePrices='["0", "1"]')
    world.gamma.events.append(event(9, "Bitcoin up?", [over]))
    world.sweep(after=MINUTE)
    assert pages_asked(world)[-1]["end_date_min"] == iso(NOW - timedelta(hours=1))
    assert not PredictionMarket.objects.filter(market_id="9").exists()


def test_a_first_sweep_brings_what_closed_lately(world: World) -> None:
    world.list_markets(1)
    over = market(9, "Bitcoin up?", ends_at=NOW - timedelta(hours=3), closed=True, outcomePrices='["0", "1"]')
    world.gamma.events.append(event(9, "Bitcoin up?", [over]))
    world.sweep()
    (value,) = queries.list_predictions("BTC", view=PredictionView.CLOSED, at=NOW)
    assert (value.market_id, value.status) == ("9", "closed")


@pytest.mark.parametrize(
    "change",
    [
        {"outcomes": ["Yes", {"a": 1}]},
        {"outcomePrices": {"Yes": 0.5}},
        {"closed": "no"},
        {"endDate": 1_773_307_200_000},
        {"clobTokenIds": "x"},
        {"outcomePrices": None},
    ],
)
def test_d14_a_changed_shape_is_told_and_not_taken_for_quiet(world: World, change: dict[str, object]) -> None:
    world.list_markets(10)
    world.sweep()
    stored = counts()
    for row in world.gamma.events[3:]:
        row["markets"][0] |= change
    report = world.sweep(after=MINUTE)
    assert (world.run.status, world.run.fault) == (IngestionStatus.PARTIAL, "SCHEMA_DRIFT")
    assert report.failed == 1
    assert counts() == stored
    last_good = IngestionRun.objects.exclude(data_at=None).latest("id")
    assert last_good.data_at == NOW

    for number, row in enumerate(world.gamma.events, start=1):
        row["markets"] = [market(number, "Will Bitcoin rise?", ends_at=TOMORROW)]
    world.sweep(after=MINUTE)
    assert (world.run.status, world.run.fault) == (IngestionStatus.SUCCEEDED, "")


def test_d14_nothing_at_all_is_drift_too(world: World) -> None:
    report = world.sweep()
    assert (world.run.status, world.run.fault) == (IngestionStatus.FAILED, "SCHEMA_DRIFT")
    assert report.failed == 1


def test_a_few_unreadable_markets_are_counted_and_cost_nothing_else(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="apps.market")
    world.list_markets(10)
    world.gamma.events[4]["markets"][0]["outcomes"] = "[]"
    report = world.sweep()
    assert (report.skipped, report.failed) == (1, 0)
    assert world.run.status == IngestionStatus.SUCCEEDED
    assert PredictionMarket.objects.count() == 9
    assert "{'LENGTHS_DIFFER': 1}" in caplog.text


@pytest.mark.parametrize(
    ("fault", "expected"),
    [(503, "SERVER_ERROR"), (429, "RATE_LIMITED"), (403, "REFUSED"), ("html", "PAYLOAD_INVALID")],
)
def test_a_source_in_trouble_fails_its_run_and_recovers(
    world: World, fault: int | str, expected: str
) -> None:
    world.list_markets(4)
    world.sweep()
    world.gamma.fault = fault
    world.sweep(after=MINUTE)
    assert (world.run.status, world.run.fault) == (IngestionStatus.FAILED, expected)
    assert len(queries.list_predictions("BTC", view=PredictionView.IMMEDIATE, at=world.at)) == 4
    world.gamma.fault = None
    breaker.forget("polymarket")
    world.sweep(after=MINUTE)
    assert world.run.status == IngestionStatus.SUCCEEDED


def test_a_source_that_breaks_off_keeps_the_pages_before(world: World) -> None:
    world.list_markets(6)
    world.gamma.page_size = 2
    world.gamma.fault = 503
    world.gamma.faulty = lambda target: "after_cursor" in target
    world.sweep()
    assert (world.run.status, world.run.fault) == (IngestionStatus.PARTIAL, "SERVER_ERROR")
    assert PredictionMarket.objects.count() == 2
    assert world.run.data_at is None


def test_an_open_breaker_asks_nothing(world: World) -> None:
    world.list_markets(1)
    world.gamma.fault = 503
    for _ in range(6):
        world.sweep(after=MINUTE)
    assert world.run.fault == "BREAKER_OPEN"
    assert len(world.gamma.asked) == 5
