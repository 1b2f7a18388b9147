"""E01, E03: a thousand junk answers meet the parser; each is refused with a code, or is exactly what the format allows."""

import json
from collections import Counter

from apps.decisions.engine.parse import ALLOWED, BOUNDS, EXPOSING, MAX_NOTIONAL_MICROS, SIZED
from apps.decisions.engine.reading import read_answer
from apps.decisions.engine.types import ContextPacket, InvalidAnswer, ProposedIntent
from apps.exchange.types import ActionKind
from tests.decisions.injection.junk import junk
from tests.decisions.packets import rich_packet

COUNT = 1_000
CODES = {"INVALID_OUTPUT", "ASSET_NOT_ALLOWED", "LIMIT_EXCEEDED"}


def check(intent: ProposedIntent, packet: ContextPacket) -> None:
    """What the parser let through is inside every bound of the format, told again here in other words."""
    assert intent.symbol == packet.symbol == "BTC"
    assert 1 <= len(intent.reason) <= 400
    assert (intent.side is not None) == (intent.kind in EXPOSING)
    highest = packet.limits.max_leverage if intent.kind in EXPOSING else 1
    assert type(intent.leverage) is int and 1 <= intent.leverage <= highest
    assert type(intent.notional_micros) is int
    assert (1 <= intent.notional_micros <= MAX_NOTIONAL_MICROS) == (intent.kind in SIZED)
    assert intent.kind in SIZED or intent.notional_micros == 0
    for name, (_, high) in BOUNDS.items():
        value = getattr(intent.asked, name)
        assert type(value) is int and 0 <= value <= high
        assert not value or name in ALLOWED.get(intent.kind, set())


def test_e01_a_thousand_junk_answers_raise_nothing_else_and_propose_nothing_odd() -> None:
    for packet in (rich_packet(), rich_packet(streams=None, truth=None)):
        outcomes: Counter[str] = Counter()
        for text in junk(20_261_122, packet.echo, COUNT):
            try:
                actions = read_answer(text, packet)
            except InvalidAnswer as refused:
                assert refused.code in CODES and refused.detail
                assert refused.detail.isprintable(), refused.detail
                outcomes[refused.code] += 1
                continue
            outcomes["taken"] += 1
            assert json.loads(text)["echo"] == packet.echo
            assert sum(action.kind != ActionKind.HOLD for action in actions) <= 1
            for action in actions:
                check(action, packet)
        assert sum(outcomes.values()) == COUNT
        assert set(outcomes) == {*CODES, "taken"} and outcomes["INVALID_OUTPUT"] > COUNT // 2, outcomes
