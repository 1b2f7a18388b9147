"""The strategy graph as pure functions: a document in, a compiled strategy or a named fault out."""

from apps.clones.graph.basic import basic
from apps.clones.graph.compile import compile_document as compile
from apps.clones.graph.errors import GraphInvalid, LimitExceeded
from apps.clones.graph.limits import LIMITS, TierLimits, check_limits
from apps.clones.graph.streams import BUNDLES, STREAMS, Stream
from apps.clones.graph.types import (
    COMPILER_VERSION,
    CompiledAsset,
    CompiledPrompt,
    CompiledStrategy,
    StreamUse,
)

__all__ = [
    "BUNDLES",
    "COMPILER_VERSION",
    "LIMITS",
    "STREAMS",
    "CompiledAsset",
    "CompiledPrompt",
    "CompiledStrategy",
    "GraphInvalid",
    "LimitExceeded",
    "Stream",
    "StreamUse",
    "TierLimits",
    "basic",
    "check_limits",
    "compile",
]
