"""Answers that ask for standing exits and isolated margin: named where the kind has them, refused elsewhere."""

import json
from typing import Any

import pytest

from apps.decisions.engine.parse import MAX_HOLD_MS, parse
from apps.decisions.engine.types import Asked, InvalidAnswer
from apps.exchange.types import ActionKind

UP = [100_000_000 + place * 1_000_000 for place in range(12)]
PLAIN = {"side": None, "notional_micros": 0, "leverage": 1}
OPEN = {"side": "long", "notional_micros": 1_000_000_000, "leverage": 3}
DOLLAR = 1_000_000


def answer(context: Any, kind: str, **fields: Any) -> str:
    shape = OPEN if kind in ("open", "flip") else PLAIN
    action = {"kind": kind, "symbol": "BTC", "reason": "because", **shape, **fields}
    return json.dumps({"schema": "decision_v1", "echo": context.echo, "actions": [action]})


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("open", {"stop_micros": 90 * DOLLAR, "target_micros": 120 * DOLLAR, "hold_ms": 3_600_000}),
        ("open", {"trail_bps": 250, "is_isolated": True}),
        ("flip", {"stop_micros": 90 * DOLLAR, "is_isolated": False}),
        ("set_stop", {"stop_micros": 95 * DOLLAR}),
        ("set_stop", {"trail_bps": 9_999}),
        ("set_target", {"target_micros": 130 * DOLLAR}),
        ("set_exit", {"hold_ms": MAX_HOLD_MS}),
        ("cancel", {}),
        ("open", {}),
    ],
)
def test_what_a_kind_may_name_is_read_as_it_stands(packet, kind, fields):
    context = packet(UP)
    (intent,) = parse(answer(context, kind, **fields), context)
    assert intent.kind == ActionKind(kind)
    assert intent.asked == Asked(**fields)
    assert not intent.reduce_only


@pytest.mark.parametrize(
    ("kind", "fields", "code"),
    [
        ("open", {"stop_micros": 90 * DOLLAR, "trail_bps": 100}, "INVALID_OUTPUT"),
        ("open", {"stop_micros": 0}, "LIMIT_EXCEEDED"),
        ("open", {"stop_micros": True}, "INVALID_OUTPUT"),
        ("open", {"stop_micros": 90.5}, "INVALID_OUTPUT"),
        ("open", {"stop_micros": 10**16}, "LIMIT_EXCEEDED"),
        ("open", {"trail_bps": 10_000}, "LIMIT_EXCEEDED"),
        ("open", {"hold_ms": MAX_HOLD_MS + 1}, "LIMIT_EXCEEDED"),
        ("open", {"hold_ms": -1}, "LIMIT_EXCEEDED"),
        ("open", {"is_isolated": 1}, "INVALID_OUTPUT"),
        ("open", {"take_profit": None}, "INVALID_OUTPUT"),
        ("set_stop", {"stop_micros": None, "trail_bps": None}, "INVALID_OUTPUT"),
        ("open", {"take_profit": 1}, "INVALID_OUTPUT"),
        ("close", {"stop_micros": 90 * DOLLAR}, "INVALID_OUTPUT"),
        ("hold", {"hold_ms": 1_000}, "INVALID_OUTPUT"),
        ("reduce", {"is_isolated": True, "notional_micros": 1_000}, "INVALID_OUTPUT"),
        ("cancel", {"target_micros": 1}, "INVALID_OUTPUT"),
        ("set_stop", {}, "INVALID_OUTPUT"),
        ("set_stop", {"target_micros": DOLLAR}, "INVALID_OUTPUT"),
        ("set_stop", {"stop_micros": DOLLAR, "trail_bps": 5}, "INVALID_OUTPUT"),
        ("set_stop", {"stop_micros": DOLLAR, "side": "long"}, "INVALID_OUTPUT"),
        ("set_stop", {"stop_micros": DOLLAR, "notional_micros": 1}, "LIMIT_EXCEEDED"),
        ("set_stop", {"stop_micros": DOLLAR, "leverage": 2}, "LIMIT_EXCEEDED"),
        ("set_target", {"stop_micros": DOLLAR}, "INVALID_OUTPUT"),
        ("set_exit", {}, "INVALID_OUTPUT"),
    ],
)
def test_anything_else_refuses_the_whole_answer(packet, kind, fields, code):
    context = packet(UP)
    with pytest.raises(InvalidAnswer) as refused:
        parse(answer(context, kind, **fields), context)
    assert refused.value.code == code


def test_a_field_named_as_null_is_not_asked_for(packet):
    context = packet(UP)
    nothing = dict.fromkeys(("stop_micros", "trail_bps", "target_micros", "hold_ms", "is_isolated"))
    (plain,) = parse(answer(context, "open"), context)
    assert parse(answer(context, "open", **nothing), context) == (plain,)
    (held,) = parse(answer(context, "hold", **nothing), context)
    assert held.asked == plain.asked
