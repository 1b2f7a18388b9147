"""The port of models: messages go out by a route, a text comes back, or one error with its class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from apps.core.errors import AdapterError, AdapterFault
from apps.decisions.engine.routes import Route, Usage
from apps.decisions.types import CallFault

TRANSIENT = frozenset(
    {
        CallFault.TIMEOUT,
        CallFault.RATE_LIMITED,
        CallFault.UNAVAILABLE,
        CallFault.CUT,
        CallFault.MALFORMED,
    }
)
"""Classes of failure after which the same question may be asked again."""

OF_THE_ROUTE = frozenset({CallFault.AUTH, CallFault.QUOTA, CallFault.RETIRED_MODEL})
"""Classes that will stay as they are until an operator acts; another route may serve."""

MAYBE_BOUGHT = frozenset({CallFault.TIMEOUT, CallFault.CUT, CallFault.MALFORMED})
"""Classes after which nobody knows whether the provider counted the call."""

_FAULTS = {
    CallFault.TIMEOUT: AdapterFault.NETWORK,
    CallFault.CUT: AdapterFault.NETWORK,
    CallFault.RATE_LIMITED: AdapterFault.RATE_LIMITED,
    CallFault.UNAVAILABLE: AdapterFault.SERVER_ERROR,
    CallFault.MALFORMED: AdapterFault.PAYLOAD_INVALID,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One call: the messages, what the answer must look like, and how long to wait for it, in seconds."""

    messages: Sequence[Mapping[str, str]]
    schema: Mapping[str, Any]
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model said; `model` is what the provider calls it, `reference` the provider's name for the call."""

    text: str
    model: str
    reference: str
    usage: Usage = field(default_factory=Usage)


class ModelError(AdapterError):
    """A call that brought no usable answer; `usage` is what the provider counted, None where it said nothing.

    `text` is what came back all the same, where there was anything.
    """

    def __init__(
        self,
        detail: str,
        *,
        kind: CallFault,
        status: int | None = None,
        retry_after: float | None = None,
        usage: Usage | None = None,
        text: str = "",
        reference: str = "",
    ) -> None:
        super().__init__(
            detail,
            transient=kind in TRANSIENT,
            status=status,
            fault=_FAULTS.get(kind, AdapterFault.REFUSED),
            retry_after=retry_after,
        )
        self.kind = kind
        self.usage = usage
        self.text = text
        self.reference = reference


class ModelPort(Protocol):
    """Asks a model once; there are no retries behind it."""

    def complete(self, route: Route, asked: Asked) -> Completion:
        """What the model said, or ModelError."""
        ...
