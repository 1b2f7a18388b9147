"""Prediction markets by view: what was known at a moment, best links first, in one query, never more."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.market import queries
from apps.market.models import (
    PredictionDefinition,
    PredictionLink,
    PredictionMarket,
    PredictionSnapshot,
)
from apps.market.types import PredictionValue, PredictionView
from tests.market.gamma import event, market
from tests.market.services.predictions.world import NOW
from tests.market.stored_predictions import store

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
IMMEDIATE, LATER, CLOSED = PredictionView.IMMEDIATE, PredictionView.LATER, PredictionView.CLOSED


def put(number: int, question: str = "Will Bitcoin rise?", *, at: datetime = NOW, **says: Any) -> None:
    """Store one market."""
    says.setdefault("ends_at", NOW + 24 * HOUR)
    store([event(number, "Rise", [market(number, question, **says)])], at=at)


def ids(symbol: str | None = "BTC", *, view: PredictionView = IMMEDIATE, at: datetime = NOW) -> list[str]:
    return [row.market_id for row in queries.list_predictions(symbol, view=view, at=at)]


def test_the_views_part_markets_by_their_end() -> None:
    put(1, ends_at=NOW + HOUR)
    put(2, ends_at=NOW + 48 * HOUR)
    put(3, ends_at=NOW + 48 * HOUR + timedelta(seconds=1))
    put(4, endDate=None)
    put(5, ends_at=NOW - HOUR)
    put(6, ends_at=NOW - HOUR, closed=True)
    put(7, acceptingOrders=False)
    assert sorted(ids()) == ["1", "2", "7"]
    assert sorted(ids(view=LATER)) == ["3", "4"]
    assert ids(view=CLOSED) == ["6"]


def test_a_closed_market_is_remembered_for_a_week() -> None:
    put(1, closed=True, ends_at=NOW)
    assert ids(view=CLOSED, at=NOW + 7 * 24 * HOUR) == ["1"]
    assert ids(view=CLOSED, at=NOW + 7 * 24 * HOUR + HOUR) == []


def test_a_moment_knows_nothing_of_later_ones() -> None:
    put(1, bestBid=0.2, bestAsk=0.3)
    put(1, "Will Bitcoin rise or Ethereum?", at=NOW + HOUR, bestBid=0.6, bestAsk=0.7)
    put(1, "Will Bitcoin rise or Ethereum?", at=NOW + 2 * HOUR, closed=True)
    put(2, at=NOW + HOUR)
    assert ids(at=NOW - HOUR) == []
    (row,) = queries.list_predictions("BTC", view=IMMEDIATE, at=NOW)
    assert (row.question, row.best_bid_e6, row.knowable_at) == ("Will Bitcoin rise?", 200_000, NOW)
    assert ids("ETH", at=NOW) == []
    assert sorted(ids(at=NOW + HOUR)) == ["1", "2"]
    assert ids("ETH", at=NOW + HOUR) == ["1"]
    assert ids(view=CLOSED, at=NOW + HOUR) == []
    assert ids(at=NOW + 2 * HOUR) == ["2"]
    assert ids(view=CLOSED, at=NOW + 2 * HOUR) == ["1"]


def test_a_moved_end_moves_the_market_from_then_on() -> None:
    put(1)
    put(1, at=NOW + HOUR, ends_at=NOW + 240 * HOUR)
    assert (ids(at=NOW), ids(view=LATER, at=NOW)) == (["1"], [])
    assert (ids(at=NOW + HOUR), ids(view=LATER, at=NOW + HOUR)) == ([], ["1"])


def test_best_links_first_then_the_most_liquid() -> None:
    put(1, "BTC above 90k?", liquidity="9000000")
    put(2, liquidity="10")
    put(3, liquidity="2000")
    put(4, liquidity=None)
    put(5, "Up or Down?", resolutionSource="https://data.chain.link/streams/btc-usd", liquidity="1")
    assert ids() == ["5", "3", "2", "4", "1"]
    pages = [
        [
            row.market_id
            for row in queries.list_predictions("BTC", view=IMMEDIATE, at=NOW, limit=2, offset=offset)
        ]
        for offset in (0, 2, 4, 6)
    ]
    assert pages == [["5", "3"], ["2", "4"], ["1"], []]


def test_without_a_symbol_each_market_comes_once_with_its_best_link() -> None:
    put(1, "Will ETH flip Bitcoin?")
    put(2, "Will Solana rise?")
    put(3, "Will the commission vote?")
    rows = queries.list_predictions(None, view=IMMEDIATE, at=NOW)
    assert [(row.market_id, row.symbol, row.confidence_bps) for row in rows] == [
        ("1", "BTC", 8_500),
        ("2", "SOL", 8_500),
    ]


@pytest.mark.parametrize("view", list(PredictionView))
@pytest.mark.parametrize("symbol", ["BTC", None])
def test_one_query_however_many_markets(
    view: PredictionView, symbol: str | None, django_assert_num_queries: Any
) -> None:
    for number in range(1, 30):
        put(number, closed=number % 3 == 0, ends_at=NOW + number * 4 * HOUR)
    with django_assert_num_queries(1):
        assert queries.list_predictions(symbol, view=view, at=NOW, limit=100)


CHANGES = st.fixed_dictionaries(
    {
        "number": st.integers(1, 2),
        "question": st.sampled_from(["Will Bitcoin rise?", "Will Ethereum rise?"]),
        "closed": st.booleans(),
        "hours": st.sampled_from([1, 5, 30, 60]),
        "bid": st.integers(0, 9),
    }
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(CHANGES, min_size=1, max_size=8), cut=st.integers(0, 4))
def test_what_a_moment_shows_never_changes_afterwards(changes: list[dict[str, Any]], cut: int) -> None:
    for model in (PredictionLink, PredictionSnapshot, PredictionDefinition, PredictionMarket):
        model.objects.all().delete()
    moment = NOW + cut * HOUR
    shown: dict[Any, list[PredictionValue]] = {}
    for step, change in enumerate(changes):
        at = NOW + step * HOUR
        if at > moment and not shown:
            shown = everything(moment)
        put(
            change["number"],
            change["question"],
            at=at,
            closed=change["closed"],
            ends_at=NOW + change["hours"] * HOUR,
            bestBid=change["bid"] / 10,
        )
    assert not shown or everything(moment) == shown
    for rows in everything(moment).values():
        assert all(row.knowable_at <= moment for row in rows)


def everything(at: datetime) -> dict[Any, list[PredictionValue]]:
    return {
        (symbol, view): queries.list_predictions(symbol, view=view, at=at, limit=100)
        for symbol in ("BTC", None)
        for view in PredictionView
    }
