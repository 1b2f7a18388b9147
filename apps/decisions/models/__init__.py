"""The tables of decisions: runs with their sealed record, and the actions they propose."""

from apps.decisions.models.action import ProposedAction
from apps.decisions.models.run import DecisionRun

__all__ = ["DecisionRun", "ProposedAction"]
