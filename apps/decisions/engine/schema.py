"""The answer format as a JSON schema in the strict dialect of providers; the parser checks every answer again."""

from __future__ import annotations

from typing import Any

from apps.decisions.engine.types import SCHEMA
from apps.exchange.types import ActionKind


def _nullable(kind: str) -> dict[str, Any]:
    return {"anyOf": [{"type": kind}, {"type": "null"}]}


def answer_schema() -> dict[str, Any]:
    """One schema for every question, so that providers can keep it; what an action does not ask for is null."""
    action = {
        "kind": {"type": "string", "enum": sorted(kind.value for kind in ActionKind)},
        "symbol": {"type": "string"},
        "side": {"anyOf": [{"type": "string", "enum": ["long", "short"]}, {"type": "null"}]},
        "notional_micros": {"type": "integer"},
        "leverage": {"type": "integer"},
        "reason": {"type": "string"},
        "stop_micros": _nullable("integer"),
        "trail_bps": _nullable("integer"),
        "target_micros": _nullable("integer"),
        "hold_ms": _nullable("integer"),
        "is_isolated": _nullable("boolean"),
    }
    return _closed(
        {
            "schema": {"type": "string", "enum": [SCHEMA]},
            "echo": {"type": "string"},
            "actions": {"type": "array", "items": _closed(action)},
        }
    )


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
