"""The context of a decision: what was closed and knowable of the market, the account, and for a model the streams."""

from apps.decisions.services.context.build import build_context, warm
from apps.decisions.services.context.reading import Reading, find_reading
from apps.decisions.services.context.refusal import ContextRefused

__all__ = ["ContextRefused", "Reading", "build_context", "find_reading", "warm"]
