"""The one user of the `openai` package: asks any provider that speaks its protocol, once and within bounds."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import httpx2
from django.db import connections

from apps.decisions.adapters.model.port import Asked, Completion, ModelError
from apps.decisions.adapters.model.reading import error_of, read_completion
from apps.decisions.engine.routes import Route
from apps.decisions.types import CallFault

MAX_BYTES = 8 * 1024 * 1024
CONNECT_SECONDS = 10.0
"""Who is not reached by then is down, and was sold nothing."""
NO_KEY = "none"
"""A provider on this machine wants none, and the package wants one."""


class OpenAIClient:
    """Asks by `openai`; retries, breaker and money are the caller's. RuntimeError inside a database transaction."""

    def complete(self, route: Route, asked: Asked) -> Completion:
        """What the model said, or ModelError; `asked.timeout_s` bounds the exchange as a whole.

        The package's own timeouts begin anew with every byte, so a loop of this call's own is given a deadline.
        """
        if any(connection.in_atomic_block for connection in connections.all(initialized_only=True)):
            raise RuntimeError("A model must not be asked inside a database transaction.")
        with ThreadPoolExecutor(1) as apart:  # whoever asks may have a loop running in its own thread
            body = apart.submit(_within, route, asked).result()
        return read_completion(body, max_bytes=MAX_BYTES)


def warm_up() -> None:
    """Load the package, which takes a second, so that no call's patience pays for it."""
    import openai  # noqa: F401 - importing it is the work


def _within(route: Route, asked: Asked) -> bytes:
    """The body of the provider's answer, or ModelError at the deadline."""
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(asyncio.wait_for(_exchange(route, asked), asked.timeout_s))
    except TimeoutError:
        raise _late(asked) from None
    finally:
        loop.close()  # waits for nobody, not even for a name that is still being looked up


async def _exchange(route: Route, asked: Asked) -> bytes:
    """The body of the provider's answer."""
    import openai

    async with httpx2.AsyncClient(
        follow_redirects=False, verify=_trust(), event_hooks={"response": [_bound]}
    ) as http:
        client = openai.AsyncOpenAI(
            api_key=_key(route),
            base_url=route.base_url,
            max_retries=0,
            http_client=http,
            default_headers={"Accept-Encoding": "identity"},
        )
        try:
            answer = await client.chat.completions.with_raw_response.create(**_request(route, asked))
        except openai.APITimeoutError as error:
            if isinstance(error.__cause__, httpx2.ConnectTimeout):
                raise _broken(error.__cause__) from None
            raise _late(asked) from None
        except openai.APIStatusError as error:
            body = error.body if isinstance(error.body, dict) else {}
            raise error_of(body, status=error.status_code, headers=dict(error.response.headers)) from None
        except openai.APIConnectionError as error:
            raise _broken(error.__cause__) from None
        return answer.http_response.content


@cache
def _trust() -> ssl.SSLContext:
    """The authorities that this machine trusts, which take a while to read."""
    return httpx2.create_ssl_context()


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
        "timeout": httpx2.Timeout(asked.timeout_s, connect=min(CONNECT_SECONDS, asked.timeout_s / 2)),
    }


def _key(route: Route) -> str:
    if not route.key_env:
        return NO_KEY
    key = os.environ.get(route.key_env, "")
    if not key:
        raise ModelError(f"The key {route.key_env} is not set.", kind=CallFault.AUTH)
    return key


async def _bound(response: httpx2.Response) -> None:
    """Let no body be longer than an answer may be."""
    if response.headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        raise ModelError("The answer came compressed, unasked.", kind=CallFault.MALFORMED)
    response.stream = _Bounded(response.stream)


class _Bounded(httpx2.AsyncByteStream):
    """A body that ends in an error once it is too long."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received = 0
        async for chunk in self._stream:
            received += len(chunk)
            if received > MAX_BYTES:
                raise ModelError(f"More than {MAX_BYTES} bytes.", kind=CallFault.MALFORMED)
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


def _late(asked: Asked) -> ModelError:
    return ModelError(f"No answer in {asked.timeout_s:.3g} s.", kind=CallFault.TIMEOUT)


def _broken(cause: BaseException | None) -> ModelError:
    """A connection that was never there is a provider that is down; one that broke off may have cost something."""
    name = type(cause).__name__ if cause is not None else "no reason"
    if isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout):
        return ModelError(f"The provider cannot be reached ({name}).", kind=CallFault.UNAVAILABLE)
    return ModelError(f"The connection broke off ({name}).", kind=CallFault.CUT)
