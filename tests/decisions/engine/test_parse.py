"""The strict parser: one valid shape, and a corpus of junk that never becomes an action."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.decisions.engine.parse import parse
from apps.decisions.engine.types import InvalidAnswer
from apps.exchange.types import ActionKind, Side

UP = [100_000_000 + place * 1_000_000 for place in range(12)]


def answer(context: Any, **changes: Any) -> str:
    action = {
        "kind": "open",
        "symbol": "BTC",
        "side": "long",
        "notional_micros": 1_000_000_000,
        "leverage": 3,
        "reason": "because",
    }
    action.update(changes)
    return json.dumps({"schema": "decision_v1", "echo": context.echo, "actions": [action]})


def test_a_well_formed_answer_becomes_one_intent(packet):
    context = packet(UP)
    (intent,) = parse(answer(context), context)
    assert (intent.kind, intent.side, intent.notional_micros, intent.leverage) == (
        ActionKind.OPEN,
        Side.LONG,
        1_000_000_000,
        3,
    )
    assert not intent.reduce_only


def test_closing_kinds_are_reduce_only(packet):
    context = packet(UP)
    (intent,) = parse(answer(context, kind="close", side=None, notional_micros=0, leverage=1), context)
    assert intent.reduce_only and intent.side is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"leverage": 0}, "LIMIT_EXCEEDED"),
        ({"leverage": 1000}, "LIMIT_EXCEEDED"),
        ({"leverage": -(10**30)}, "LIMIT_EXCEEDED"),
        ({"leverage": True}, "INVALID_OUTPUT"),
        ({"leverage": "5x"}, "INVALID_OUTPUT"),
        ({"leverage": None}, "INVALID_OUTPUT"),
        ({"notional_micros": -1}, "LIMIT_EXCEEDED"),
        ({"notional_micros": 0}, "LIMIT_EXCEEDED"),
        ({"notional_micros": 10**16}, "LIMIT_EXCEEDED"),
        ({"notional_micros": 1.5}, "INVALID_OUTPUT"),
        ({"notional_micros": "1000"}, "INVALID_OUTPUT"),
        ({"symbol": "ВТС"}, "ASSET_NOT_ALLOWED"),
        ({"symbol": "btc"}, "ASSET_NOT_ALLOWED"),
        ({"symbol": "../BTC"}, "ASSET_NOT_ALLOWED"),
        ({"symbol": ["BTC"]}, "ASSET_NOT_ALLOWED"),
        ({"side": "up"}, "INVALID_OUTPUT"),
        ({"side": None}, "INVALID_OUTPUT"),
        ({"side": {}}, "INVALID_OUTPUT"),
        ({"kind": "OPEN"}, "INVALID_OUTPUT"),
        ({"kind": ["open"]}, "INVALID_OUTPUT"),
        ({"kind": "close"}, "INVALID_OUTPUT"),
        ({"kind": "hold", "side": None}, "LIMIT_EXCEEDED"),
        ({"reason": ""}, "INVALID_OUTPUT"),
        ({"reason": "x" * 401}, "INVALID_OUTPUT"),
        ({"reason": "nul \x00"}, "INVALID_OUTPUT"),
        ({"reason": "lone \ud800"}, "INVALID_OUTPUT"),
        ({"tool": "transfer"}, "INVALID_OUTPUT"),
    ],
)
def test_e03_a_wrong_field_refuses_the_whole_answer(packet, changes, code):
    context = packet(UP)
    with pytest.raises(InvalidAnswer) as refused:
        parse(answer(context, **changes), context)
    assert refused.value.code == code


def junk(context: Any) -> dict[str, str]:
    good = answer(context)
    return {
        "empty": "",
        "null": "null",
        "true": "true",
        "number": "12",
        "list": "[]",
        "text": '"hold"',
        "prose": "I would buy Bitcoin here.",
        "fenced": f"```json\n{good}\n```",
        "two objects": good + good,
        "truncated": good[:-2],
        "huge": "[" * 5_000_000,
        "deep": '{"a":' * 60 + "1" + "}" * 60,
        "very deep": '{"a":' * 10_000 + "1" + "}" * 10_000,
        "duplicate key": good.replace('"schema"', '"schema": "decision_v1", "schema"', 1),
        "extra key": good.replace('"schema"', '"note": "x", "schema"', 1),
        "nan": good.replace("1000000000", "NaN"),
        "infinity": good.replace("1000000000", "-Infinity"),
        "exponent": good.replace("1000000000", "1e999"),
        "many digits": good.replace("1000000000", "9" * 5_000),
        "arabic digits": good.replace("1000000000", "١٢"),
        "underscore": good.replace("1000000000", "1_0"),
        "byte order mark": "\ufeff" + good,
        "no actions": json.dumps({"schema": "decision_v1", "echo": context.echo, "actions": []}),
        "actions is an object": json.dumps({"schema": "decision_v1", "echo": context.echo, "actions": {}}),
        "action is a list": json.dumps({"schema": "decision_v1", "echo": context.echo, "actions": [[]]}),
        "another question": good.replace(context.echo, "0" * 16),
        "another schema": good.replace("decision_v1", "decision_v2"),
    }


@pytest.mark.parametrize("name", sorted(junk(type("C", (), {"echo": "e" * 16})())))
def test_e01_junk_never_becomes_an_action(packet, name):
    context = packet(UP)
    with pytest.raises(InvalidAnswer) as refused:
        parse(junk(context)[name], context)
    assert refused.value.code == "INVALID_OUTPUT"


def test_two_trades_in_one_answer_are_refused(packet):
    context = packet(UP)
    found = json.loads(answer(context))
    found["actions"] *= 2
    with pytest.raises(InvalidAnswer):
        parse(json.dumps(found), context)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=400))
def test_any_text_is_refused_and_never_crashes(packet, text):
    with pytest.raises(InvalidAnswer):
        parse(text, packet(UP))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(["kind", "symbol", "side", "notional_micros", "leverage", "reason"]), JSON
    )
)
def test_any_mutated_action_is_refused_or_inside_the_limits(packet, changes):
    context = packet(UP)
    try:
        actions = parse(answer(context, **changes), context)
    except InvalidAnswer:
        return
    for action in actions:
        assert action.symbol == "BTC"
        assert 0 <= action.notional_micros <= 10**15
        assert 1 <= action.leverage <= context.limits.max_leverage
