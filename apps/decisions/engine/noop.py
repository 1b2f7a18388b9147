"""The engine that always holds: the baseline, and the proof that doing nothing costs nothing."""

from __future__ import annotations

from apps.decisions.engine.phrasing import write_answer
from apps.decisions.engine.types import ContextPacket, RawAnswer
from apps.exchange.types import ActionKind


class NoopEngine:
    """Answers HOLD to every question."""

    name = "noop"
    revision = "noop-1"
    is_paid = False
    reads_streams = False

    def answer(self, context: ContextPacket) -> RawAnswer:
        """Hold, whatever the packet says."""
        return write_answer(context, ActionKind.HOLD, "noop: this engine never trades")
