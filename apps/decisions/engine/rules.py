"""The deterministic engine: integer strategies that move the position to where the signal points."""

from __future__ import annotations

from apps.decisions.engine.phrasing import dollars, write_answer
from apps.decisions.engine.signals import STRATEGIES, Signal
from apps.decisions.engine.sizing import opening, target
from apps.decisions.engine.types import ContextPacket, PositionFact, RawAnswer
from apps.exchange.types import ActionKind, Side

OVERSIZE_PERCENT = 150


def spaced_closes(context: ContextPacket) -> tuple[int, ...]:
    """Closes no nearer to each other than the prompt's cadence, counted back from the newest."""
    step = max(1, context.prompt.cadence_ms // context.interval_ms)
    picked = [fact.close_micros for fact in reversed(context.closes)][::step]
    return tuple(reversed(picked))


def _trim(context: ContextPacket, held: PositionFact, reason: str) -> RawAnswer:
    """Shrink a position that has outgrown its target, else hold it."""
    wanted = target(context).notional_micros
    excess = held.notional_micros - wanted
    if held.notional_micros * 100 > wanted * OVERSIZE_PERCENT and excess > context.limits.min_notional_micros:
        told = f"{reason}; position {dollars(held.notional_micros)} outgrew {dollars(wanted)}"
        return write_answer(context, ActionKind.REDUCE, told, notional_micros=excess)
    return write_answer(context, ActionKind.HOLD, f"{reason}; already there")


def _wait(context: ContextPacket) -> str | None:
    """Why nothing may be proposed now whatever the signal says, or None."""
    limits, account = context.limits, context.account
    if account.status != "active":
        return f"account is {account.status}"
    if limits.max_actions_per_window and account.actions_in_window >= limits.max_actions_per_window:
        return "the action window is full"
    last = account.last_action_at_ms
    if limits.cooldown_ms and last is not None and context.now_ms - last < limits.cooldown_ms:
        return "cooling down after the last action"
    return None


def _act(context: ContextPacket, signal: Signal) -> RawAnswer:
    """The action that takes the position from where it is to where the signal points."""
    held = context.position()
    stands = 0 if held is None else (held.size_lots > 0) - (held.size_lots < 0)
    if signal.stance is None or (signal.stance == 0 and not stands):
        return write_answer(context, ActionKind.HOLD, f"{signal.reason}; nothing new")
    if held is not None and signal.stance == stands:
        return _trim(context, held, signal.reason)
    if signal.stance == 0:
        return write_answer(context, ActionKind.CLOSE, f"{signal.reason}; leaving")
    size = opening(context)
    if size.notional_micros == 0:
        if stands:
            return write_answer(context, ActionKind.CLOSE, f"{signal.reason}; leaving, no room to turn")
        return write_answer(context, ActionKind.HOLD, f"{signal.reason}; no room for a position")
    return write_answer(
        context,
        ActionKind.FLIP if stands else ActionKind.OPEN,
        f"{signal.reason}; going {'long' if signal.stance > 0 else 'short'}",
        side=Side(signal.stance),
        notional_micros=size.notional_micros,
        leverage=size.leverage,
    )


class RulesEngine:
    """Answers by the prompt's strategy; the same packet gives the same bytes, for ever."""

    name = "rules"
    revision = "rules-1"
    is_paid = False
    reads_streams = False

    def answer(self, context: ContextPacket) -> RawAnswer:
        """One action for the packet's asset: hold, open, close, reduce or flip."""
        strategy = STRATEGIES.get(context.prompt.strategy, STRATEGIES["trend"])
        held = context.position()
        stands = 0 if held is None else (held.size_lots > 0) - (held.size_lots < 0)
        signal = strategy(spaced_closes(context), stands)
        waiting = _wait(context)
        if waiting is not None:
            return write_answer(context, ActionKind.HOLD, f"{signal.reason}; {waiting}")
        return _act(context, signal)
