"""The one user of the `openai` package: asks any provider that speaks its protocol, once and within bounds."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import httpx2
from django.db import connections

from apps.decisions.adapters.model.port import Asked, Completion, ModelError
from apps.decisions.adapters.model.reading import error_of, read_completion
from apps.decisions.engine.routes import Route
from apps.decisions.types import CallFault

if TYPE_CHECKING:
    from openai import OpenAI

MAX_BYTES = 8 * 1024 * 1024
NO_KEY = "none"
"""A provider on this machine wants none, and the package wants one."""


class OpenAIClient:
    """Asks by `openai`; retries, breaker and money are the caller's. RuntimeError inside a database transaction."""

    def complete(self, route: Route, asked: Asked) -> Completion:
        """What the model said, or ModelError."""
        if any(connection.in_atomic_block for connection in connections.all(initialized_only=True)):
            raise RuntimeError("A model must not be asked inside a database transaction.")
        import openai

        client = _client(route.base_url, _key(route))
        try:
            answer = client.chat.completions.with_raw_response.create(**_request(route, asked))
        except openai.APITimeoutError as error:
            if isinstance(error.__cause__, httpx2.ConnectTimeout):
                raise _broken(error.__cause__) from None
            raise ModelError(f"No answer in {asked.timeout_s:.3g} s.", kind=CallFault.TIMEOUT) from None
        except openai.APIStatusError as error:
            body = error.body if isinstance(error.body, dict) else {}
            raise error_of(body, status=error.status_code, headers=dict(error.response.headers)) from None
        except openai.APIConnectionError as error:
            raise _broken(error.__cause__) from None
        return read_completion(answer.http_response.content, max_bytes=MAX_BYTES)


def warm_up() -> None:
    """Load the package, which takes a second, so that no call's patience pays for it."""
    import openai  # noqa: F401 - importing it is the work


def _request(route: Route, asked: Asked) -> dict[str, Any]:
    return {
        "model": route.model,
        "messages": [dict(message) for message in asked.messages],
        **({"temperature": float(route.temperature)} if route.temperature else {}),
        route.limit_field: route.max_tokens,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "decision_v1", "strict": True, "schema": dict(asked.schema)},
        },
        "timeout": asked.timeout_s,
    }


def _key(route: Route) -> str:
    if not route.key_env:
        return NO_KEY
    key = os.environ.get(route.key_env, "")
    if not key:
        raise ModelError(f"The key {route.key_env} is not set.", kind=CallFault.AUTH)
    return key


@lru_cache(maxsize=32)
def _client(base_url: str, key: str) -> OpenAI:
    import openai

    http = httpx2.Client(
        follow_redirects=False,
        headers={"Accept-Encoding": "identity"},
        event_hooks={"request": [_begin], "response": [_bound]},
    )
    return openai.OpenAI(
        api_key=key,
        base_url=base_url,
        max_retries=0,
        http_client=http,
        default_headers={"Accept-Encoding": "identity"},
    )


def _begin(request: httpx2.Request) -> None:
    request.extensions["began"] = time.monotonic()


def _bound(response: httpx2.Response) -> None:
    """Let no body be longer, or come in slower drops, than a call may be."""
    if response.headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        raise ModelError("The answer came compressed, unasked.", kind=CallFault.MALFORMED)
    patience = (response.request.extensions.get("timeout") or {}).get("read")
    began = response.request.extensions["began"]
    response.stream = _Bounded(response.stream, until=None if patience is None else began + patience)


class _Bounded(httpx2.SyncByteStream):
    """A body that ends in an error once it is too long or too late."""

    def __init__(self, stream: Any, *, until: float | None) -> None:
        self._stream, self._until = stream, until

    def __iter__(self) -> Iterator[bytes]:
        received = 0
        for chunk in self._stream:
            received += len(chunk)
            if received > MAX_BYTES:
                raise ModelError(f"More than {MAX_BYTES} bytes.", kind=CallFault.MALFORMED)
            if self._until is not None and time.monotonic() > self._until:
                raise ModelError("The answer came in drops and was not done in time.", kind=CallFault.TIMEOUT)
            yield chunk

    def close(self) -> None:
        self._stream.close()


def _broken(cause: BaseException | None) -> ModelError:
    """A connection that was never there is a provider that is down; one that broke off may have cost something."""
    name = type(cause).__name__ if cause is not None else "no reason"
    if isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout):
        return ModelError(f"The provider cannot be reached ({name}).", kind=CallFault.UNAVAILABLE)
    return ModelError(f"The connection broke off ({name}).", kind=CallFault.CUT)
