"""Turns a raw answer of any engine into actions, or refuses it whole: there is no lenient path.

An answer is `{"schema": "decision_v1", "echo": ..., "actions": [...]}`, an action has all of `kind`, `symbol`, `side`,
`notional_micros`, `leverage` and `reason`. Only open and flip have a side and a leverage above 1; only they and reduce
have a notional. Beyond these an action names what it asks for, and nothing else:

- open, flip: `stop_micros` or `trail_bps`, `target_micros`, `hold_ms` set standing exits of the new position;
  `is_isolated` true or false.
- set_stop: exactly one of `stop_micros` and `trail_bps`. set_target: `target_micros`. set_exit: `hold_ms`.

To name one of these as null is to leave it out: a strict schema makes a model write down every field. Prices are
micro-dollars; a trailing distance is in basis points of the best mark; `hold_ms` is how long the position is held at
most from its execution. hold, close, reduce and cancel (which withdraws all standing exits) have none of them.
"""

from __future__ import annotations

from typing import Any

from apps.core import json_strict
from apps.decisions.engine.types import SCHEMA, Asked, ContextPacket, InvalidAnswer, ProposedIntent
from apps.exchange.types import ActionKind, Side

MAX_BYTES = 65_536
MAX_DEPTH = 16
MAX_ACTIONS = 4
MAX_REASON_CHARACTERS = 400
MAX_NOTIONAL_MICROS = 10**15
MAX_HOLD_MS = 30 * 24 * 3_600_000
_SIDES = {"long": Side.LONG, "short": Side.SHORT}
_FIELDS = {"kind", "symbol", "side", "notional_micros", "leverage", "reason"}
EXPOSING = {ActionKind.OPEN, ActionKind.FLIP}
BOUNDS = {
    "stop_micros": (1, MAX_NOTIONAL_MICROS),
    "trail_bps": (1, 9_999),
    "target_micros": (1, MAX_NOTIONAL_MICROS),
    "hold_ms": (1, MAX_HOLD_MS),
}
ALLOWED = {
    ActionKind.OPEN: {*BOUNDS, "is_isolated"},
    ActionKind.FLIP: {*BOUNDS, "is_isolated"},
    ActionKind.SET_STOP: {"stop_micros", "trail_bps"},
    ActionKind.SET_TARGET: {"target_micros"},
    ActionKind.SET_EXIT: {"hold_ms"},
}
"""What an action of a kind may name beyond the fields that every action has."""
_OPTIONAL = {*BOUNDS, "is_isolated"}
SIZED = {ActionKind.OPEN, ActionKind.FLIP, ActionKind.REDUCE}


def refuse_size(text: str) -> None:
    """Raise InvalidAnswer where the text has more than MAX_BYTES bytes."""
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise InvalidAnswer("INVALID_OUTPUT", f"The body is larger than {MAX_BYTES} bytes.")


def _read(text: str) -> dict[str, Any]:
    try:
        found = json_strict.loads(text, max_bytes=MAX_BYTES, max_depth=MAX_DEPTH)
    except (json_strict.InvalidJson, json_strict.TooLarge) as error:
        raise InvalidAnswer("INVALID_OUTPUT", error.detail) from None
    if not isinstance(found, dict):
        raise InvalidAnswer("INVALID_OUTPUT", "the answer is not one JSON object")
    return found


def _keys(found: dict[str, Any], wanted: set[str], where: str) -> None:
    if set(found) != wanted:
        odd = sorted(set(found) ^ wanted)[0]
        raise InvalidAnswer("INVALID_OUTPUT", f"{where}: unexpected or missing field {odd[:40]!r}")


def _number(value: Any, low: int, high: int, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidAnswer("INVALID_OUTPUT", f"{what} is not an integer")
    if not low <= value <= high:
        raise InvalidAnswer("LIMIT_EXCEEDED", f"{what} must be between {low} and {high}")
    return value


def _kind(value: Any) -> ActionKind:
    if not isinstance(value, str) or value not in {kind.value for kind in ActionKind}:
        raise InvalidAnswer("INVALID_OUTPUT", "an action's kind is unknown")
    return ActionKind(value)


def _side(value: Any, kind: ActionKind) -> Side | None:
    if kind not in EXPOSING:
        if value is not None:
            raise InvalidAnswer("INVALID_OUTPUT", f"{kind.value} takes no side")
        return None
    if not isinstance(value, str) or value not in _SIDES:
        raise InvalidAnswer("INVALID_OUTPUT", "side must be long or short")
    return _SIDES[value]


def _asked(found: dict[str, Any], kind: ActionKind) -> Asked:
    """The margin mode and the standing exits that an action names."""
    named = found.keys() - _FIELDS
    exits = {name: _number(found[name], *BOUNDS[name], name) for name in BOUNDS if name in named}
    if "stop_micros" in exits and "trail_bps" in exits:
        raise InvalidAnswer("INVALID_OUTPUT", "a stop is at a price or trails, not both")
    if kind in ALLOWED and kind not in EXPOSING and not exits:
        raise InvalidAnswer("INVALID_OUTPUT", f"{kind.value} names no exit")
    is_isolated = found.get("is_isolated", False)
    if not isinstance(is_isolated, bool):
        raise InvalidAnswer("INVALID_OUTPUT", "is_isolated is not true or false")
    return Asked(is_isolated=is_isolated, **exits)


def _action(found: Any, context: ContextPacket) -> ProposedIntent:
    if not isinstance(found, dict):
        raise InvalidAnswer("INVALID_OUTPUT", "an action is not an object")
    kind = _kind(found.get("kind"))
    found = {name: value for name, value in found.items() if value is not None or name not in _OPTIONAL}
    _keys(found, _FIELDS | (found.keys() & ALLOWED.get(kind, set())), "action")
    if found["symbol"] != context.symbol:
        raise InvalidAnswer("ASSET_NOT_ALLOWED", "an action names an asset that was not asked about")
    reason = found["reason"]
    if not isinstance(reason, str) or not 1 <= len(reason) <= MAX_REASON_CHARACTERS:
        raise InvalidAnswer("INVALID_OUTPUT", f"reason must have 1 to {MAX_REASON_CHARACTERS} characters")
    low, high = (1, MAX_NOTIONAL_MICROS) if kind in SIZED else (0, 0)
    top = context.limits.max_leverage if kind in EXPOSING else 1
    return ProposedIntent(
        kind=kind,
        symbol=context.symbol,
        side=_side(found["side"], kind),
        notional_micros=_number(found["notional_micros"], low, high, "notional_micros"),
        leverage=_number(found["leverage"], 1, top, "leverage"),
        reduce_only=kind in {ActionKind.CLOSE, ActionKind.REDUCE},
        reason=reason,
        asked=_asked(found, kind),
    )


def parse(text: str, context: ContextPacket) -> tuple[ProposedIntent, ...]:
    """The actions that `text` asks for; raises InvalidAnswer and yields nothing when any part is wrong.

    At most one action may change a position: a run never trades twice.
    """
    found = _read(text)
    _keys(found, {"schema", "echo", "actions"}, "answer")
    if found["schema"] != SCHEMA:
        raise InvalidAnswer("INVALID_OUTPUT", f"schema must be {SCHEMA}")
    if found["echo"] != context.echo:
        raise InvalidAnswer("INVALID_OUTPUT", "the answer belongs to another question")
    listed = found["actions"]
    if not isinstance(listed, list) or not 1 <= len(listed) <= MAX_ACTIONS:
        raise InvalidAnswer("INVALID_OUTPUT", f"actions must be a list of 1 to {MAX_ACTIONS}")
    actions = tuple(_action(item, context) for item in listed)
    if sum(action.kind != ActionKind.HOLD for action in actions) > 1:
        raise InvalidAnswer("INVALID_OUTPUT", "at most one action may change the position")
    return actions
