"""A provider for practice: speaks the OpenAI protocol, answers by the rules, and fails on request."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from apps.decisions.adapters.model.stub_answer import answer_to

FAULTS = (
    "timeout",
    "429",
    "500",
    "html200",
    "error200",
    "empty",
    "refusal",
    "filter",
    "length",
    "cut",
    "junk",
    "slow",
    "wrong-echo",
    "retired",
)
PROMPTS_KEPT = 64
BYTES_A_TOKEN = 3
TOKENS_A_STEP = 64
"""Whole steps of this many tokens of a known beginning count as cached."""
HOLD_SECONDS = 600.0
DROP_SECONDS, DROP_BYTES = 0.2, 8
MOST_BYTES = 4 * 1024 * 1024
JUNK = (
    "I would open a long position here.",
    '```json\n{"schema": "decision_v1"}\n```',
    '{"schema": "decision_v1", "echo"',
    "null",
    "{}{}",
)


@dataclass(frozen=True, slots=True)
class Fault:
    """A way to fail, and at every how many-th question."""

    kind: str
    every: int


def parse_fault(text: str) -> Fault:
    """`kind:every` as a fault; raises ValueError with one line."""
    kind, _, every = text.partition(":")
    if kind not in FAULTS or not (every or "1").isdecimal() or int(every or "1") < 1:
        raise ValueError(f"{text!r} is not kind:every with a kind among {', '.join(FAULTS)}")
    return Fault(kind, int(every or "1"))


class StubServer(ThreadingHTTPServer):
    """Listens on this machine alone; `questions` counts what it was asked, `faults` may be changed while it runs."""

    daemon_threads = True

    def __init__(self, port: int = 0, *, faults: Sequence[Fault] = ()) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.faults = list(faults)
        self.questions = 0
        self.known: deque[bytes] = deque(maxlen=PROMPTS_KEPT)
        self.lock = threading.Lock()
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        """What a route calls its base address."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def take(self, prompt: bytes) -> tuple[int, int, str]:
        """Count a question: its number, how many of its tokens are known from before, and the fault it gets."""
        with self.lock:
            self.questions += 1
            shared = max((_shared(prompt, other) for other in self.known), default=0)
            self.known.append(prompt)
            due = (fault.kind for fault in self.faults if self.questions % fault.every == 0)
            kind = next(due, "")
            tokens = shared // BYTES_A_TOKEN
            return self.questions, tokens - tokens % TOKENS_A_STEP, kind

    def stop(self) -> None:
        """Let nobody wait any longer and close the port."""
        self.closing.set()
        self.shutdown()
        self.server_close()


def _shared(one: bytes, other: bytes) -> int:
    """How many bytes two prompts begin with in common, found by halving."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle - 1)
    return low


class _Handler(BaseHTTPRequestHandler):
    """One question at a time; `do_*` are the names that the base class calls."""

    server: StubServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """The models there are: any name is one."""
        self._say(200, {"object": "list", "data": [{"id": "stub", "object": "model"}]})

    def do_POST(self) -> None:
        """A completion, or the fault that is due."""
        length = int(self.headers.get("content-length") or 0)
        if self.path.rstrip("/") != "/v1/chat/completions" or not 0 < length <= MOST_BYTES:
            self._say(404, {"error": {"message": "There is nothing here.", "code": "not_found"}})
            return
        try:
            asked = json.loads(self.rfile.read(length))
            messages = [
                {"role": str(one["role"]), "content": str(one["content"])} for one in asked["messages"]
            ]
        except (ValueError, TypeError, KeyError):
            self._say(400, {"error": {"message": "This is not a question.", "code": "invalid_request_error"}})
            return
        prompt = json.dumps(messages).encode()
        number, cached, fault = self.server.take(prompt)
        said = _completion(str(asked.get("model") or "stub"), answer_to(messages), prompt, cached)
        if fault:
            self._fail(fault, said, number)
        else:
            self._say(200, said)

    def _fail(self, kind: str, said: dict[str, Any], number: int) -> None:
        refused = _REFUSALS.get(kind)
        if refused is not None:
            self._say(refused[0], {"error": refused[1]}, retry_after="1" if kind == "429" else "")
        elif kind == "timeout":
            self.server.closing.wait(HOLD_SECONDS)
            self.close_connection = True
        elif kind == "html200":
            self._send(200, b"<!doctype html><title>One moment</title>", kind="text/html")
        else:
            data = json.dumps(_spoiled(kind, said, number)).encode()
            self._send(200, data, is_cut=kind == "cut", pause=DROP_SECONDS if kind == "slow" else 0.0)

    def _say(self, status: int, document: Any, *, retry_after: str = "") -> None:
        self._send(status, json.dumps(document).encode(), retry_after=retry_after)

    def _send(
        self,
        status: int,
        data: bytes,
        *,
        kind: str = "application/json",
        retry_after: str = "",
        is_cut: bool = False,
        pause: float = 0.0,
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        if retry_after:
            self.send_header("Retry-After", retry_after)
        self.end_headers()
        if is_cut:
            data = data[: len(data) // 2]
            self.close_connection = True
        step = DROP_BYTES if pause else len(data)
        for place in range(0, len(data), step):
            self.wfile.write(data[place : place + step])
            self.wfile.flush()
            if pause and self.server.closing.wait(pause):
                return

    def handle(self) -> None:
        """As ever, but somebody who does not wait for the answer is no news."""
        try:
            super().handle()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: prompts are their owners' words."""


_REFUSALS: dict[str, tuple[int, dict[str, Any]]] = {
    "429": (429, {"message": "Slow down.", "code": "rate_limit_exceeded"}),
    "500": (500, {"message": "Something broke.", "code": "server_error"}),
    "error200": (200, {"message": "The upstream is busy.", "code": 502}),
    "retired": (404, {"message": "This model is retired.", "code": "model_not_found"}),
}


def _completion(model: str, text: str, prompt: bytes, cached: int) -> dict[str, Any]:
    tokens_in, tokens_out = -(-len(prompt) // BYTES_A_TOKEN), -(-len(text.encode()) // BYTES_A_TOKEN)
    return {
        "id": f"stub-{sha256(prompt).hexdigest()[:24]}",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": tokens_in,
            "completion_tokens": tokens_out,
            "total_tokens": tokens_in + tokens_out,
            "prompt_tokens_details": {"cached_tokens": cached},
        },
    }


def _spoiled(kind: str, said: dict[str, Any], number: int) -> dict[str, Any]:
    choice = said["choices"][0]
    message = choice["message"]
    if kind == "empty":
        said["choices"] = []
    elif kind == "refusal":
        message.update(content=None, refusal="I cannot help with trading.")
    elif kind == "filter":
        choice["finish_reason"] = "content_filter"
        message["content"] = ""
    elif kind == "length":
        choice["finish_reason"] = "length"
        message["content"] = message["content"][:40]
    elif kind == "junk":
        message["content"] = JUNK[number % len(JUNK)]
    elif kind == "wrong-echo":
        message["content"] = json.dumps({**json.loads(message["content"]), "echo": "0" * 16})
    return said
