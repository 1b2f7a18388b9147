"""The tables of decisions: runs with their sealed record, the actions they propose, and what models were asked."""

from apps.decisions.models.action import ProposedAction
from apps.decisions.models.call import ModelCall
from apps.decisions.models.head import DecisionHead
from apps.decisions.models.run import DecisionRun
from apps.decisions.models.spend import ModelHalt, ModelSpend

__all__ = ["DecisionHead", "DecisionRun", "ModelCall", "ModelHalt", "ModelSpend", "ProposedAction"]
