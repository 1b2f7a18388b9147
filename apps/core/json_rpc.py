"""Questions to a JSON-RPC server: bounded in time and size, and its address never shows in an error."""

import logging
import time
from typing import Any

from apps.core.errors import AdapterError
from apps.core.http import Client

logger = logging.getLogger(__name__)

QUESTION_SECONDS = 1.5  # a proof asks at most two questions: three seconds in all
MAX_ANSWER_BYTES = 64 * 1024
_ID = 1


class RpcFailure(AdapterError):
    """The server answered with an error object; `code` is its number, `message` its words."""

    def __init__(self, detail: str, *, code: int, message: str) -> None:
        super().__init__(detail, transient=True)
        self.code = code
        self.message = message


class JsonRpc:
    """The server at `url`, called `server` before people, whose answers come within `seconds` and `max_bytes`.

    Nothing is asked after `until` (of the monotonic clock), nor waited for beyond it. Use it as a context manager.
    """

    def __init__(
        self,
        url: str,
        *,
        server: str,
        seconds: float = QUESTION_SECONDS,
        max_bytes: int = MAX_ANSWER_BYTES,
        until: float | None = None,
    ) -> None:
        self.server = server
        self._url = url
        self._seconds, self._until = seconds, until
        self._client = Client("", timeout=seconds, deadline=seconds, max_bytes=max_bytes)

    def __enter__(self) -> "JsonRpc":
        return self

    def __exit__(self, *exception: object) -> None:
        self._client.close()

    def ask(self, method: str, params: list[Any]) -> Any:
        """The `result` of one call.

        Everything else is an AdapterError that says to try later: no answer in time, HTML, an answer to another
        question, and RpcFailure for an error object.
        """
        if self._until is not None:
            left = self._until - time.monotonic()
            if left <= 0:
                raise AdapterError(f"There is no time left to ask {self.server}.", transient=True)
            self._client.allow(min(self._seconds, left))
        question = {"jsonrpc": "2.0", "id": _ID, "method": method, "params": params}
        try:
            answer = self._client.post_json(self._url, json=question)
        except AdapterError as error:
            # The address of a server often carries its key: neither the error nor the log repeats it.
            logger.warning("%s did not answer %s (status %s).", self.server, method, error.status)
            raise AdapterError(f"{self.server} cannot be asked at the moment.", transient=True) from None
        if not isinstance(answer, dict) or answer.get("id") != _ID:
            raise AdapterError(f"{self.server} answered another question.", transient=True)
        if "result" in answer and answer.get("error") is None:
            return answer["result"]
        raise self._failure(answer.get("error"), method)

    def _failure(self, error: Any, method: str) -> RpcFailure:
        code = error.get("code") if isinstance(error, dict) else None
        words = str(error.get("message", ""))[:200] if isinstance(error, dict) else ""
        logger.warning("%s refused %s (code %s).", self.server, method, code)
        known = code if isinstance(code, int) else 0
        return RpcFailure(f"{self.server} refused the question.", code=known, message=words)
