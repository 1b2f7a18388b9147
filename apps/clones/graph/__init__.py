"""The strategy graph as pure functions: a document in, a compiled strategy or a named fault out."""

from apps.clones.graph.basic import basic
from apps.clones.graph.compile import Review, check, refuse_secrets, review
from apps.clones.graph.compile import compile_document as compile
from apps.clones.graph.diff import Change, diff
from apps.clones.graph.errors import GraphFault, GraphInvalid, LimitExceeded
from apps.clones.graph.limits import LIMITS, TierLimits, Usage, check_limits, exceeded, usage
from apps.clones.graph.streams import BUNDLES, STREAMS, Stream
from apps.clones.graph.types import (
    COMPILER_VERSION,
    CompiledAsset,
    CompiledPrompt,
    CompiledStrategy,
    StreamUse,
    Wakes,
)

__all__ = [
    "BUNDLES",
    "COMPILER_VERSION",
    "LIMITS",
    "STREAMS",
    "Change",
    "CompiledAsset",
    "CompiledPrompt",
    "CompiledStrategy",
    "GraphFault",
    "GraphInvalid",
    "LimitExceeded",
    "Review",
    "Stream",
    "StreamUse",
    "TierLimits",
    "Usage",
    "Wakes",
    "basic",
    "check",
    "check_limits",
    "compile",
    "diff",
    "exceeded",
    "refuse_secrets",
    "review",
    "usage",
]
