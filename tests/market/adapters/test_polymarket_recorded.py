"""Polymarket's recorded answers are read as they are, and 500 (10,000 with --long) wrong variants stop nothing."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from apps.core import json_strict
from apps.core.errors import AdapterError, DomainError
from apps.market.adapters.polymarket import parse
from apps.market.adapters.polymarket.values import LONGEST_TEXT_BYTES, SkipReason
from apps.market.services.predictions.links import Linker
from apps.market.types import PredictionStatus, PredictionTick
from tests.market.gamma import event, market
from tests.market.mutations import amount, mutations
from tests.market.places import recorded

pytestmark = pytest.mark.recorded
LINKER = Linker([("BTC", 1), ("ETH", 1), ("SOL", 1)])


def body(name: str) -> Any:
    return json.loads(recorded(f"polymarket/{name}").read_text())


def read(document: Any) -> tuple[list[PredictionTick], dict[str, str]]:
    skipped: dict[str, str] = {}
    ticks, _ = parse.events_page(document, skipped)
    return ticks, skipped


def test_the_five_minute_market() -> None:
    skipped: dict[str, str] = {}
    tick = parse.single_market(body("gamma_market.json"), skipped)
    assert tick is not None
    assert skipped == {}
    assert [outcome.label for outcome in tick.outcomes] == ["Up", "Down"]
    assert tick.outcomes[0].token_id.startswith("10423989803880713605")
    assert tick.prices_e6 == (505_000, 495_000)
    assert (tick.best_bid_e6, tick.best_ask_e6, tick.last_e6) == (500_000, 510_000, 510_000)
    assert tick.liquidity_micros == 20_328_374_700
    assert tick.status == PredictionStatus.OPEN
    assert tick.event and tick.event.series == ("btc-up-or-down-5m",)
    assert LINKER.links(tick)["BTC"].confidence_bps == 9_900


def test_the_event_of_many_markets() -> None:
    ticks, skipped = read({"events": body("gamma_event.json")})
    assert skipped == {}
    assert [tick.prices_e6 for tick in ticks] == [(10_500, 989_500), (14_500, 985_500)]
    assert ticks[0].volume_micros == 12_232_699_615_479
    assert ticks[0].event and "elections" in ticks[0].event.tags
    assert all(LINKER.links(tick) == {} for tick in ticks)


def test_the_closed_market() -> None:
    tick = parse.single_market(body("gamma_market_closed_binary_accepting_false.json"), {})
    assert tick is not None
    assert (tick.status, tick.prices_e6) == (PredictionStatus.CLOSED, (0, 1_000_000))
    assert (tick.best_bid_e6, tick.best_ask_e6, tick.liquidity_micros) == (None, 1_000, None)


def test_the_fake_speaks_as_gamma_does() -> None:
    real_event = body("gamma_event.json")[0]
    fake = market(1, "?", ends_at=datetime(2026, 3, 12, tzinfo=UTC))
    assert fake.keys() <= body("gamma_market.json").keys()
    for key, value in fake.items():
        assert value is None or type(value) is type(body("gamma_market.json")[key]), key
    assert event(1, "?", [fake]).keys() <= real_event.keys()


def test_d21_wrong_variants_are_refused_or_counted(pytestconfig: pytest.Config) -> None:
    events = body("gamma_event.json")
    events[0]["markets"].append(body("gamma_market.json"))
    good = bad = 0
    for label, data in mutations(
        {"events": events, "next_cursor": "abc"}, seed=14, count=amount(pytestconfig)
    ):
        try:
            document = json_strict.loads(data, max_bytes=8_000_000)
        except DomainError:
            bad += 1
            continue
        try:
            ticks, skipped = read(document)
        except AdapterError as error:
            assert error.fault.value == "SCHEMA_DRIFT", label
            bad += 1
            continue
        assert set(skipped.values()) <= {reason.value for reason in SkipReason}, label
        for tick in ticks:
            assert_sane(tick, label)
            LINKER.links(tick)
        good += bool(ticks)
    assert good > 50
    assert bad > 50


def assert_sane(tick: PredictionTick, label: str) -> None:
    """Nothing that the tables would refuse or a reader could not use."""
    assert tick.market_id.isdecimal(), label
    assert tick.question.strip() and len(tick.question.encode()) <= LONGEST_TEXT_BYTES, label
    assert tick.outcomes, label
    assert len(tick.prices_e6) in (0, len(tick.outcomes)), label
    assert not tick.prices_e6 or abs(sum(tick.prices_e6) - 1_000_000) <= 20_000, label
    chances = (*tick.prices_e6, tick.best_bid_e6, tick.best_ask_e6, tick.last_e6)
    assert all(value is None or 0 <= value <= 1_000_000 for value in chances), label
    amounts = (tick.liquidity_micros, tick.volume_micros, tick.volume_24h_micros)
    assert all(value is None or 0 <= value <= 10**18 for value in amounts), label
    assert tick.ends_at is None or tick.ends_at.tzinfo is not None, label
    assert "\x00" not in "".join((tick.question, tick.description, tick.slug)), label
