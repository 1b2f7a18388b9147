"""The client for outside HTTP systems: a timeout, a size cap, no redirects, never in a transaction."""

import logging
import re
import time
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any

import httpx2
from django.db import connections

from apps.core import json_strict
from apps.core.errors import AdapterError, AdapterFault, DomainError

DEFAULT_MAX_BYTES = 8 * 1024 * 1024
# At INFO the library logs whole addresses, and the addresses of servers carry keys.
logging.getLogger("httpx2").setLevel(logging.WARNING)

SLOW_DOWN = frozenset({418, 429})
TRANSIENT_REFUSALS = frozenset({408, 425})
READABLE_ENCODINGS = frozenset({"", "identity", "gzip"})
LONGEST_WAIT_SECONDS = 300.0
"""However long a server asks to be left alone, we ask again after this."""


class Client:
    """One outside system at `base_url`; `timeout` in seconds covers each request's connect, read and write,
    `deadline` in seconds the whole of a body that comes in drops.

    Every failure is an AdapterError with its fault: transient for the network, overload and server errors, lasting
    for refusals (a redirect is one) and answers that make no sense. No more than `max_bytes` and a megabyte of an
    answer are ever held, compressed or not. RuntimeError when called inside a database transaction.
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
            headers={"Accept-Encoding": "gzip", **(headers or {})},
            follow_redirects=False,
            transport=transport,
        )

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def allow(self, seconds: float) -> None:
        """Give every request from now on so many seconds, as `timeout` and as `deadline`."""
        self.deadline, self._client.timeout = seconds, seconds

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get_json(
        self, path: str, *, params: Mapping[str, str | int] | None = None, any_text: bool = False
    ) -> Any:
        """The JSON answer to GET; with `any_text` the caller looks after odd texts (`json_strict.loads`)."""
        return self._json("GET", path, any_text, params=dict(params or {}))

    def post_json(self, path: str, *, json: Any) -> Any:
        """The JSON answer to POST of the JSON value."""
        return self._json("POST", path, json=json)

    def post_form(self, path: str, *, form: Mapping[str, str]) -> Any:
        """The JSON answer to POST of the fields as a form."""
        return self._json("POST", path, data=dict(form))

    def _json(self, method: str, path: str, any_text: bool = False, **options: Any) -> Any:
        if any(connection.in_atomic_block for connection in connections.all(initialized_only=True)):
            raise RuntimeError("An outside system must not be called inside a database transaction.")
        data = self._fetch(method, path, options)
        try:
            return json_strict.loads(data, max_bytes=self.max_bytes, any_text=any_text)
        except DomainError as error:
            raise _invalid(f"{method} {path}: {error.detail}") from None

    def _fetch(self, method: str, path: str, options: dict[str, Any]) -> bytes:
        try:
            with self._client.stream(method, path, **options) as response:
                _refuse_status(response, f"{method} {path}")
                return self._body(response, f"{method} {path}")
        except httpx2.DecodingError:
            raise _invalid(f"{method} {path}: the compression is broken.") from None
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            raise AdapterError(f"{method} {path}: {type(error).__name__}: {error}", transient=True) from error

    def _body(self, response: httpx2.Response, what: str) -> bytes:
        """The decoded body; the library inflates a megabyte at a time, so a bomb is noticed while it is small."""
        started = time.monotonic()
        encoding = response.headers.get("content-encoding", "").strip().lower()
        if encoding not in READABLE_ENCODINGS:
            raise _invalid(f"{what}: encoded as {encoding[:40]!r}.")
        announced = response.headers.get("content-length", "")
        if announced.isdecimal() and (len(announced) > 15 or int(announced) > self.max_bytes):
            raise _invalid(f"{what}: announces more than {self.max_bytes} bytes.")
        received = bytearray()
        for chunk in response.iter_bytes():
            received += chunk
            if len(received) > self.max_bytes:
                raise _invalid(f"{what}: more than {self.max_bytes} bytes.")
            if self.deadline is not None and time.monotonic() - started > self.deadline:
                raise AdapterError(f"{what}: not done after {self.deadline} seconds.", transient=True)
        return bytes(received)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The wait in seconds that an answer asks for, at most 300; None for no wish or a senseless one.

    A date counts from the answer's own `Date`: the two clocks need not agree.
    """
    wish = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,12}", wish, re.ASCII):
        return min(float(wish), LONGEST_WAIT_SECONDS)
    until, at = _moment(wish), _moment(headers.get("date", ""))
    if until is None or at is None:
        return None
    return min(max((until - at).total_seconds(), 0.0), LONGEST_WAIT_SECONDS)


def _moment(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return at if at.tzinfo else None


def _refuse_status(response: httpx2.Response, what: str) -> None:
    status = response.status_code
    if 200 <= status < 300:
        return
    if status in SLOW_DOWN:
        fault = AdapterFault.RATE_LIMITED
    elif status >= 500:
        fault = AdapterFault.SERVER_ERROR
    else:
        fault = AdapterFault.REFUSED
    raise AdapterError(
        f"{what}: answered {status}.",
        transient=fault is not AdapterFault.REFUSED or status in TRANSIENT_REFUSALS,
        status=status,
        fault=fault,
        retry_after=retry_after(response.headers),
    )


def _invalid(detail: str) -> AdapterError:
    return AdapterError(detail, transient=False, fault=AdapterFault.PAYLOAD_INVALID)
