"""Reads what a provider sent back: a completion, or the class of failure that its status or its body stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.core import json_strict
from apps.core.errors import DomainError
from apps.core.http import retry_after
from apps.decisions.adapters.model.port import Completion, ModelError
from apps.decisions.engine.parse import MAX_BYTES
from apps.decisions.engine.routes import Usage
from apps.decisions.types import CallFault

MOST_TOKENS = 2**31 - 1
SAID_OF_ERRORS = 160
_BY_STATUS = {
    401: CallFault.AUTH,
    402: CallFault.QUOTA,
    403: CallFault.AUTH,
    404: CallFault.RETIRED_MODEL,
    408: CallFault.TIMEOUT,
    410: CallFault.RETIRED_MODEL,
    429: CallFault.RATE_LIMITED,
}
_BY_CODE = {
    "insufficient_quota": CallFault.QUOTA,
    "model_not_found": CallFault.RETIRED_MODEL,
    "content_filter": CallFault.FILTERED,
    "content_policy_violation": CallFault.FILTERED,
}
_BY_FINISH = {
    "length": CallFault.LENGTH,
    "content_filter": CallFault.FILTERED,
    "error": CallFault.UNAVAILABLE,
}


def read_completion(body: bytes, *, max_bytes: int) -> Completion:
    """The completion that a body of status 200 holds; raises ModelError for everything else it may be."""
    try:
        found = json_strict.loads(body, max_bytes=max_bytes, any_text=True)
    except DomainError as error:
        raise ModelError(
            f"The answer is not of the protocol: {error.detail}", kind=CallFault.MALFORMED
        ) from None
    if not isinstance(found, dict):
        raise ModelError("The answer is not one JSON object.", kind=CallFault.MALFORMED)
    if isinstance(found.get("error"), dict):
        raise error_of(found["error"], status=None, headers={})
    usage, reference = _usage(found.get("usage")), _word(found.get("id"))
    choices = found.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        raise ModelError(
            "The answer holds no choice.", kind=CallFault.MALFORMED, usage=usage, reference=reference
        )
    text = message.get("content")
    kept = storable(text) if isinstance(text, str) else ""
    fault = _BY_FINISH.get(str(choice.get("finish_reason")))
    if message.get("refusal"):
        kept, fault = storable(str(message["refusal"])), CallFault.REFUSED
    elif fault is None and not kept:
        fault = CallFault.MALFORMED
    if fault is not None:
        detail = fault.label if kept else f"{fault.label}, and nothing was said"
        raise ModelError(detail, kind=fault, usage=usage, text=kept, reference=reference)
    return Completion(kept, _word(found.get("model")), reference, usage or Usage())


def error_of(error: Mapping[str, Any], *, status: int | None, headers: Mapping[str, str]) -> ModelError:
    """The failure that a provider names, by its word first and by its status then."""
    code = error.get("code") or error.get("type")
    if status is None and isinstance(code, int) and not isinstance(code, bool):
        status = code
    kind = _BY_CODE.get(str(code)) or (_by_status(status) if status is not None else CallFault.UNAVAILABLE)
    said = " ".join(storable(str(error.get("message") or "")).split())[:SAID_OF_ERRORS]
    detail = f"{kind.label}{f' ({status})' if status is not None else ''}{f': {said}' if said else ''}"
    return ModelError(detail, kind=kind, status=status, retry_after=retry_after(headers))


def storable(text: str) -> str:
    """A text that every table takes; what a table would refuse is escaped, so that a strict reader refuses it too.

    One far longer than any answer is cut where the reader already calls it too long.
    """
    escaped = text.replace("\x00", "\\u0000").encode("utf-8", "backslashreplace").decode("utf-8")
    return escaped[: MAX_BYTES + 1]


def _by_status(status: int) -> CallFault:
    if status >= 500:
        return CallFault.UNAVAILABLE
    return _BY_STATUS.get(status, CallFault.REFUSED)


def _usage(found: Any) -> Usage | None:
    if not isinstance(found, dict):
        return None
    details = found.get("prompt_tokens_details")
    tokens_in = _count(found.get("prompt_tokens"))
    cached = _count(details.get("cached_tokens")) if isinstance(details, dict) else 0
    return Usage(tokens_in, min(cached, tokens_in), _count(found.get("completion_tokens")))


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        return 0
    return min(max(value, 0), MOST_TOKENS)


def _word(value: Any) -> str:
    return storable(value)[:120] if isinstance(value, str) else ""
