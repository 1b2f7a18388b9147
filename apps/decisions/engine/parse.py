"""Turns a raw answer of any engine into actions, or refuses it whole: there is no lenient path."""

from __future__ import annotations

from typing import Any

from apps.core import json_strict
from apps.decisions.engine.types import SCHEMA, ContextPacket, InvalidAnswer, ProposedIntent
from apps.exchange.types import ActionKind, Side

MAX_BYTES = 65_536
MAX_DEPTH = 16
MAX_ACTIONS = 4
MAX_REASON_CHARACTERS = 400
MAX_NOTIONAL_MICROS = 10**15
_SIDES = {"long": Side.LONG, "short": Side.SHORT}
_FIELDS = {"kind", "symbol", "side", "notional_micros", "leverage", "reason"}
_EXPOSING = {ActionKind.OPEN, ActionKind.FLIP}
_SIZED = {ActionKind.OPEN, ActionKind.FLIP, ActionKind.REDUCE}


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
    if kind not in _EXPOSING:
        if value is not None:
            raise InvalidAnswer("INVALID_OUTPUT", f"{kind.value} takes no side")
        return None
    if not isinstance(value, str) or value not in _SIDES:
        raise InvalidAnswer("INVALID_OUTPUT", "side must be long or short")
    return _SIDES[value]


def _action(found: Any, context: ContextPacket) -> ProposedIntent:
    if not isinstance(found, dict):
        raise InvalidAnswer("INVALID_OUTPUT", "an action is not an object")
    _keys(found, _FIELDS, "action")
    kind = _kind(found["kind"])
    if found["symbol"] != context.symbol:
        raise InvalidAnswer("ASSET_NOT_ALLOWED", "an action names an asset that was not asked about")
    reason = found["reason"]
    if not isinstance(reason, str) or not 1 <= len(reason) <= MAX_REASON_CHARACTERS:
        raise InvalidAnswer("INVALID_OUTPUT", f"reason must have 1 to {MAX_REASON_CHARACTERS} characters")
    low, high = (1, MAX_NOTIONAL_MICROS) if kind in _SIZED else (0, 0)
    top = context.limits.max_leverage if kind in _EXPOSING else 1
    return ProposedIntent(
        kind=kind,
        symbol=context.symbol,
        side=_side(found["side"], kind),
        notional_micros=_number(found["notional_micros"], low, high, "notional_micros"),
        leverage=_number(found["leverage"], 1, top, "leverage"),
        reduce_only=kind in {ActionKind.CLOSE, ActionKind.REDUCE},
        reason=reason,
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
