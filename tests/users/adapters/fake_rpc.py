"""A JSON-RPC server on this machine that answers, lies, stalls and breaks off as a test wants."""

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Question = dict[str, Any]
Written = tuple[int, bytes, int]  # status, body, the length that is promised


def result(value: Any) -> Callable[[Question], Written]:
    """Answer properly with that result."""
    return lambda question: _sized(200, {"jsonrpc": "2.0", "id": question["id"], "result": value})


def error(code: int, message: str) -> Callable[[Question], Written]:
    """Answer with an error object, HTTP 200."""
    failure = {"code": code, "message": message}
    return lambda question: _sized(200, {"jsonrpc": "2.0", "id": question["id"], "error": failure})


def raw(status: int, body: bytes, *, promised: int | None = None) -> Callable[[Question], Written]:
    """Answer with these bytes; `promised` is the Content-Length where it is a lie."""
    return lambda question: (status, body, len(body) if promised is None else promised)


class FakeRpc:
    """`answers` maps a method to what is done when it is asked; `asked` keeps every question."""

    def __init__(self) -> None:
        self.answers: dict[str, Callable[[Question], Written]] = {"eth_chainId": result("0x18c7")}
        self.asked: list[Question] = []
        self.released = threading.Event()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                fake.asked.append(question)
                status, body, promised = fake.answers[question["method"]](question)
                self.send_response(status)
                self.send_header("Content-Length", str(promised))
                self.end_headers()
                with suppress(OSError):  # who asked may have gone by now
                    self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        # The path stands for the key that addresses of such servers carry.
        self.url = f"http://127.0.0.1:{self.server.server_port}/v2/canary-rpc-key"

    def stall(self, question: Question) -> Written:
        """Say nothing until the test is over."""
        self.released.wait(20)
        return 200, b"", 0

    def __enter__(self) -> "FakeRpc":
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.released.set()
        self.server.shutdown()
        self.server.server_close()


def _sized(status: int, value: Any) -> Written:
    body = json.dumps(value).encode()
    return status, body, len(body)
