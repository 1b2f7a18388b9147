"""The gates: every rule an order must pass, in an order that is data, each a positive range lo <= x <= hi.

A gate is a reason and a check; a check answers None (allowed) or a sentence (denied). Three stages: what is
asked for, the order it amounts to, and the account it would leave behind. An order that only shrinks a
position passes all gates that limit risk or pace: a way out is always open.
"""

from apps.exchange.gates.case import SHRINKING, Case, Gate
from apps.exchange.gates.order import ORDER_GATES, plan_order
from apps.exchange.gates.request import REQUEST_GATES
from apps.exchange.gates.result import RESULT_GATES
from apps.exchange.types import Denied, DenyReason

__all__ = [
    "GATE_ORDER",
    "ORDER_GATES",
    "REQUEST_GATES",
    "RESULT_GATES",
    "SHRINKING",
    "Case",
    "first_denial",
    "plan_order",
]

GATE_ORDER: tuple[DenyReason, ...] = tuple(
    reason for stage in (REQUEST_GATES, ORDER_GATES, RESULT_GATES) for reason, _ in stage
)


def first_denial(stage: tuple[Gate, ...], case: Case) -> Denied | None:
    """Run one stage in order; return its first denial, or None when all allow."""
    for reason, check in stage:
        detail = check(case)
        if detail is not None:
            return Denied(reason, detail)
    return None
