"""The client for outside HTTP systems: a timeout, a size cap, no redirects, never in a transaction."""

import logging
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import httpx2
from django.db import connections

from apps.core import json_strict
from apps.core.errors import AdapterError, DomainError

DEFAULT_MAX_BYTES = 8 * 1024 * 1024
# At INFO the library logs whole addresses, and the addresses of servers carry keys.
logging.getLogger("httpx2").setLevel(logging.WARNING)

TRANSIENT_STATUSES = frozenset({408, 418, 425, 429, 500, 502, 503, 504})


class Client:
    """One outside system at `base_url`; `timeout` in seconds covers each request's connect, read and write,
    `deadline` in seconds the whole of a body that comes in drops.

    Every failure is an AdapterError: transient for the network, overload and server errors, lasting for
    refusals and answers that make no sense. RuntimeError when called inside a database transaction.
    """

    def __init__(
        self,
        base_url: str,
        *,
        timeout: float,
        deadline: float | None = None,
        max_bytes: int = DEFAULT_MAX_BYTES,
        headers: Mapping[str, str] | None = None,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        if not 0 < timeout <= 120:
            raise ValueError("An HTTP client needs a timeout of at most 120 seconds.")
        self.max_bytes = max_bytes
        self.deadline = deadline
        self._client = httpx2.Client(
            base_url=base_url,
            timeout=timeout,
            headers=dict(headers or {}),
            follow_redirects=False,
            transport=transport,
        )

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get_json(self, path: str, *, params: Mapping[str, str | int] | None = None) -> Any:
        """The JSON answer to GET."""
        return self._json("GET", path, params=dict(params or {}))

    def post_json(self, path: str, *, json: Any) -> Any:
        """The JSON answer to POST of the JSON value."""
        return self._json("POST", path, json=json)

    def post_form(self, path: str, *, form: Mapping[str, str]) -> Any:
        """The JSON answer to POST of the fields as a form."""
        return self._json("POST", path, data=dict(form))

    def _json(self, method: str, path: str, **options: Any) -> Any:
        if any(connection.in_atomic_block for connection in connections.all(initialized_only=True)):
            raise RuntimeError("An outside system must not be called inside a database transaction.")
        data = self._fetch(method, path, options)
        try:
            return json_strict.loads(data, max_bytes=self.max_bytes)
        except DomainError as error:
            raise AdapterError(f"{method} {path}: {error.detail}", transient=False) from None

    def _fetch(self, method: str, path: str, options: dict[str, Any]) -> bytes:
        started = time.monotonic()
        try:
            with self._client.stream(method, path, **options) as response:
                status = response.status_code
                if not 200 <= status < 300:
                    message = f"{method} {path}: answered {status}."
                    raise AdapterError(message, transient=status in TRANSIENT_STATUSES, status=status)
                received = bytearray()
                for chunk in response.iter_bytes():
                    received += chunk
                    if len(received) > self.max_bytes:
                        message = f"{method} {path}: more than {self.max_bytes} bytes."
                        raise AdapterError(message, transient=False)
                    if self.deadline is not None and time.monotonic() - started > self.deadline:
                        message = f"{method} {path}: not done after {self.deadline} seconds."
                        raise AdapterError(message, transient=True)
                return bytes(received)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            raise AdapterError(f"{method} {path}: {type(error).__name__}: {error}", transient=True) from error
