"""The engine that is a language model: what is known of it without asking one."""

from __future__ import annotations

from apps.decisions.engine.types import ContextPacket, EngineUnavailable, RawAnswer


class ModelEngine:
    """Costs money and takes its time, so `services.models` asks it: by a route, and on somebody's account.

    The revision is that of what it is told and of how its answer is read, `leaks` and `secrets` among it.
    """

    name = "model"
    revision = "model-3"
    is_paid = True
    reads_streams = True

    def answer(self, context: ContextPacket) -> RawAnswer:
        """Refuse: nobody has said where to ask, or who pays."""
        raise EngineUnavailable("a model is asked by a route that somebody pays for")
