"""The engines by name, and the one way to ask any of them: answer, then strict parse."""

from __future__ import annotations

from apps.decisions.engine.model import ModelEngine
from apps.decisions.engine.noop import NoopEngine
from apps.decisions.engine.parse import parse
from apps.decisions.engine.rules import RulesEngine
from apps.decisions.engine.types import ContextPacket, DecisionEngine, EngineAnswer

ENGINES: dict[str, DecisionEngine] = {"noop": NoopEngine(), "rules": RulesEngine(), "model": ModelEngine()}


def find_engine(name: str) -> DecisionEngine | None:
    """The engine of that name, or None where there is none."""
    return ENGINES.get(name)


def is_paid(name: str) -> bool:
    """Whether the engine of that name costs money and may think for long; False where there is none."""
    engine = find_engine(name)
    return engine is not None and engine.is_paid


def decide(engine: DecisionEngine, context: ContextPacket) -> EngineAnswer:
    """Ask `engine` and read its answer; raises EngineUnavailable or InvalidAnswer."""
    raw = engine.answer(context)
    return EngineAnswer(raw=raw, actions=parse(raw.text, context))
