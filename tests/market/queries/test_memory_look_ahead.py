"""memory_at never knows more than was knowable, whatever was written when, and later writes never change its answer."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings

from apps.core.moments import from_ms
from apps.market.features.indicators import indicators
from apps.market.models import Asset
from apps.market.queries import memory_at, windows
from apps.market.types import MarketMemory
from tests.market.places import START
from tests.market.queries.histories import DAY, LENGTHS_MS, History, Market, moments_of

pytestmark = pytest.mark.django_db
WANTED = dict.fromkeys(LENGTHS_MS, 25)
# Without shrinking: an example takes half a second, and a failing one would be made smaller for minutes.
SETTINGS = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)


@pytest.fixture(autouse=True)
def asset() -> None:
    Asset.objects.create(
        symbol="BTC", size_decimals=2, max_leverage=40, source="synthetic", created_at=START - 30 * DAY
    )


def moments_in(value: Any) -> Iterator[datetime]:
    """Every moment of becoming knowable that can be reached in a value."""
    if is_dataclass(value):
        for name in (item.name for item in fields(value)):
            found = getattr(value, name)
            if name == "knowable_at" and found is not None:
                yield found
            elif name == "at_ms":
                yield from_ms(found)
            else:
                yield from moments_in(found)
    elif isinstance(value, Mapping):
        for found in value.values():
            yield from moments_in(found)
    elif isinstance(value, list | tuple):
        for found in value:
            yield from moments_in(found)


def ask(at: datetime) -> MarketMemory:
    return memory_at("BTC", at=at, candles=WANTED)


@SETTINGS
@given(moments_of())
def test_e14_later_writes_never_change_an_earlier_answer(asked_of: tuple[History, list[datetime]]) -> None:
    """The answer with everything in the database is the answer with only that which had become known."""
    history, asked = asked_of
    windows.forget()
    with transaction.atomic():
        answers, todo = {}, history.in_order()
        for at in asked:
            while todo and todo[0].at <= at:
                todo.pop(0).make()
            answers[at] = ask(at)
        for write in todo:
            write.make()
        for at in asked:
            assert ask(at) == answers[at]
            windows.forget()
            assert ask(at) == answers[at]
        transaction.set_rollback(True)


@SETTINGS
@given(moments_of())
def test_e14_everything_within_reach_was_knowable_and_nothing_known_is_left_out(
    asked_of: tuple[History, list[datetime]],
) -> None:
    history, asked = asked_of
    windows.forget()
    with transaction.atomic():
        for write in history.in_order():
            write.make()
        memories = [ask(at) for at in asked]
        transaction.set_rollback(True)
    for memory in memories:
        _assert_nothing_later(memory, memory.at)
        _assert_as_filtered(memory, history, memory.at)


def _assert_nothing_later(memory: MarketMemory, at: datetime) -> None:
    assert all(moment <= at for moment in moments_in(memory))
    assert memory.max_knowable_at == max(moments_in(memory), default=None)
    assert all(age >= 0 for age in memory.ages_ms.values())
    assert memory.ages_ms.keys().isdisjoint(memory.missing)


def _assert_as_filtered(memory: MarketMemory, history: History, at: datetime) -> None:
    """What plain loops over the facts find."""
    for found, facts in ((memory.quote, history.quotes), (memory.book, history.books)):
        newest = max(_known(facts, at), default=None)
        assert (found and from_ms(found.at_ms)) == (newest and newest[0])
    interests = sorted(_known(history.contexts, at))
    assert (memory.context and memory.context.open_interest_micros) == (
        interests[-1][2] if interests else None
    )
    assert [(rate.hour_at, rate.rate_e10) for rate in memory.funding] == [
        (hour, rate) for hour, _, rate in sorted(_known(history.rates, at))
    ]
    standing = [fault for fault in history.faults if fault[0] <= at and (fault[1] is None or fault[1] > at)]
    newest_fault = max((fault[0] for fault in standing), default=None)
    assert memory.price_fault in ({reason for when, _, reason in standing if when == newest_fault} or {""})
    for length in LENGTHS_MS:
        bars = _bars(history, length, at)
        shown = [(bar.open_at, bar.close_micros) for bar in memory.candles[length]]
        assert shown == bars[-WANTED[length] :]
        assert memory.features[length].indicators == indicators([close for _, close in bars])
    for view, values in memory.predictions.items():
        expected = {market.name for market in history.markets if _view_of(market, at) == view}
        assert {value.market_id for value in values} == expected
    levels = {level.metric: (level.at, level.value_micros) for level in memory.capital}
    for metric in {metric for metric, _, _ in history.figures}:
        points = [
            (when, _value_at(values, at))
            for name, when, values in history.figures
            if name == metric and values[0][0] <= at and when <= at
        ]
        newest_point = max(points, default=None)
        if newest_point is not None and newest_point[0] > at - 9 * DAY:
            assert levels[metric] == newest_point
        else:
            assert metric not in levels


def _view_of(market: Market, at: datetime) -> str | None:
    """The view in which a market stands at a moment, None where it is in none."""
    defined = [ends for when, ends in market.defined if when <= at]
    seen = [(when, status) for when, status in market.seen if when <= at]
    is_linked = market.linked_at <= at and (market.withdrawn_at is None or market.withdrawn_at > at)
    if not (defined and seen and is_linked):
        return None
    if seen[-1][1] == "closed":
        return "closed" if seen[-1][0] >= at - 7 * DAY else None
    if defined[-1] is None or defined[-1] > at + 2 * DAY:
        return "later"
    return "immediate" if defined[-1] > at else None


def _known(facts: list[tuple[datetime, datetime, int]], at: datetime) -> list[tuple[datetime, datetime, int]]:
    return [fact for fact in facts if fact[1] <= at]


def _value_at(values: list[tuple[datetime, int]], at: datetime) -> int:
    return [value for known, value in values if known <= at][-1]


def _bars(history: History, length: int, at: datetime) -> list[tuple[datetime, int]]:
    return [
        (opened, _value_at(values, at))
        for interval_ms, opened, values in history.candles
        if interval_ms == length and values[0][0] <= at
    ]


def test_an_empty_memory_says_why_each_stream_is_empty() -> None:
    memory = ask(START)
    assert set(memory.missing) == {
        "quote",
        "candles",
        "book",
        "context",
        "funding",
        "features",
        "liquidity",
        "positioning",
        "predictions",
        "capital",
    }
    assert memory.ages_ms == {}
    assert memory.max_knowable_at is None
    assert all(isinstance(bars, list) and not bars for bars in memory.candles.values())
