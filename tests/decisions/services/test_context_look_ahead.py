"""A context knows nothing that became known later: random stores of every kind of datum, corrections included."""

import json
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from apps.clones.graph.types import CompiledPrompt, StreamUse
from apps.core.moments import to_ms
from apps.decisions.engine.document import document_digest, to_document
from apps.decisions.engine.presets import PRESETS
from apps.decisions.engine.types import ContextPacket
from apps.decisions.services.context import ContextRefused, Reading, build_context
from apps.exchange.types import Policy
from apps.market.models import Asset
from apps.market.queries import MarketBoard, windows
from tests.decisions.streams_world import EVERY_STREAM
from tests.decisions.world import ACCOUNT, write_candle, write_quote
from tests.market.places import START
from tests.market.queries.histories import DAY, HOUR, MINUTE, History, moments_of

pytestmark = pytest.mark.django_db
PATIENT = Policy(max_price_age_ms=7 * 24 * 3_600_000)
MODES = st.sampled_from(("standard",) * 12 + ("auto",) * 3 + ("required",))
USES = st.dictionaries(st.sampled_from(EVERY_STREAM), MODES, min_size=6).map(
    lambda modes: tuple(StreamUse(stream, modes[stream]) for stream in EVERY_STREAM if stream in modes)
)
# Without shrinking: an example takes a fifth of a second, and a failing one would be made smaller for minutes.
SETTINGS = settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
"""The same histories with every run, so that what they tell can be counted."""


@pytest.fixture(autouse=True)
def asset() -> None:
    """The asset that every history is about, with a candle and a price before it: else there is no context at all."""
    btc = Asset.objects.create(
        symbol="BTC", size_decimals=2, max_leverage=40, source="synthetic", created_at=START - 30 * DAY
    )
    write_candle(btc, close_at=START - HOUR, price_micros=1_500)
    write_quote(btc, at=START - MINUTE, price_micros=1_500)


def ask(at: datetime, uses: tuple[StreamUse, ...], strength: str) -> ContextPacket | tuple[str, str]:
    """The packet at a moment, or why there is none."""
    prompt = CompiledPrompt("p", "P", "model", "trend", 5, True, "Buy dips.", ("BTC",), {})
    try:
        return build_context(
            prompt=prompt,
            symbol="BTC",
            slot_at=at,
            account=ACCOUNT,
            policy=PATIENT,
            board=MarketBoard(at),
            reading=Reading(uses, strength),
        )
    except ContextRefused as refused:
        return refused.code, refused.detail


def moments_in(value: Any) -> list[int]:
    """Every `knowable_at_ms` and every price's or candle's own time that stands anywhere in a document."""
    if isinstance(value, dict):
        own = [
            moment
            for name in ("knowable_at_ms", "at_ms", "last_close_at_ms", "close_at_ms", "hour_at_ms")
            for moment in (value[name] if isinstance(value.get(name), list) else [value.get(name)])
            if moment is not None
        ]
        return own + [moment for part in value.values() for moment in moments_in(part)]
    if isinstance(value, list):
        return [moment for part in value for moment in moments_in(part)]
    return []


seen: dict[str, int] = {}


@SETTINGS
@given(moments_of(with_faults=False), USES, st.sampled_from(list(PRESETS)))
def test_e14_no_datum_of_a_context_became_known_after_its_moment(
    asked_of: tuple[History, list[datetime]], uses: tuple[StreamUse, ...], strength: str
) -> None:
    """The packet with everything in the store is byte for byte the packet with only that which had become known."""
    history, asked = asked_of
    windows.forget()
    with transaction.atomic():
        answers, todo = {}, history.in_order()
        for at in asked:
            while todo and todo[0].at <= at:
                todo.pop(0).make()
            answers[at] = ask(at, uses, strength)
        for write in todo:
            write.make()
        for at in asked:
            windows.forget()
            _assert_same(ask(at, uses, strength), answers[at])
        transaction.set_rollback(True)
    for at, answer in answers.items():
        if isinstance(answer, ContextPacket):
            _assert_nothing_later(answer, to_ms(at))


def _assert_same(again: ContextPacket | tuple[str, str], before: ContextPacket | tuple[str, str]) -> None:
    if isinstance(again, ContextPacket) and isinstance(before, ContextPacket):
        assert json.dumps(to_document(again)) == json.dumps(to_document(before))
        assert again.digest == before.digest
    else:
        assert again == before


def _assert_nothing_later(packet: ContextPacket, at_ms: int) -> None:
    assert packet.streams is not None
    document = to_document(packet)
    assert document_digest(document) == packet.digest
    moments = moments_in({**document, "slot_at_ms": 0})
    assert max(moments) <= at_ms == packet.now_ms
    assert packet.max_knowable_at_ms <= at_ms
    for fact in packet.streams.data():
        assert fact.age_ms >= 0
        kind = type(fact).__name__
        seen[kind] = seen.get(kind, 0) + 1


def test_e14_the_histories_told_every_kind_of_datum_often_enough() -> None:
    """A property that never met a datum would say nothing of it."""
    if not seen:
        pytest.skip("the property did not run before this")
    assert len(seen) == 9
    assert min(seen.values()) >= 2, seen
