"""Writes an answer in the `decision_v1` format; the engines that need no model speak through it."""

from __future__ import annotations

from apps.core.json_strict import dumps_canonical
from apps.decisions.engine.types import SCHEMA, ContextPacket, RawAnswer
from apps.exchange.types import ActionKind, Side


def dollars(micros: int) -> str:
    """Micro-dollars as readable dollars, with as many decimals as a small price needs."""
    whole, rest = divmod(abs(micros), 1_000_000)
    sign = "-" if micros < 0 else ""
    if whole >= 1_000:
        return f"{sign}{whole}.{rest // 10_000:02d}"
    return f"{sign}{whole}.{rest:06d}"


def write_answer(
    context: ContextPacket,
    kind: ActionKind,
    reason: str,
    *,
    side: Side | None = None,
    notional_micros: int = 0,
    leverage: int = 1,
) -> RawAnswer:
    """One action as the raw text that the strict parser reads."""
    named = {Side.LONG: "long", Side.SHORT: "short"}
    action = {
        "kind": kind.value,
        "symbol": context.symbol,
        "side": None if side is None else named[side],
        "notional_micros": notional_micros,
        "leverage": leverage,
        "reason": reason,
    }
    document = {"schema": SCHEMA, "echo": context.echo, "actions": [action]}
    return RawAnswer(text=dumps_canonical(document).decode("ascii"))
