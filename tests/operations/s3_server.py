"""A small S3-speaking server that checks every signature itself, and can be told to misbehave."""

import hashlib
import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, unquote, urlsplit

KEY, SECRET, REGION, BUCKET = "AKIDTEST", "a secret of the test", "eu-test-1", "sealed"


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def signature_of(method: str, target: str, headers: dict[str, str], signed: list[str], scope: str) -> str:
    """What AWS Signature Version 4 says that a request must be signed with; headers by lower-case name."""
    address = urlsplit(target)
    pairs = sorted(part.partition("=")[::2] for part in address.query.split("&") if part)
    canonical = "\n".join(
        [
            method,
            quote(unquote(address.path), safe="/-_.~"),
            "&".join(f"{name}={value}" for name, value in pairs),
            *(f"{name}:{' '.join(headers[name].split())}" for name in signed),
            "",
            ";".join(signed),
            headers["x-amz-content-sha256"],
        ]
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = "\n".join(["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, digest])
    key = f"AWS4{SECRET}".encode()
    for part in scope.split("/"):
        key = _hmac(key, part)
    return hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()


class Bucket(ThreadingHTTPServer):
    """One bucket; `mood` is how it behaves: well, down, hangs, forgets, or loses the last byte of what it takes."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, bytes] = {}
        self.mood = "well"
        self.asked = 0
        self.released = threading.Event()

    @property
    def settings(self) -> dict[str, object]:
        """The settings by which the store is found."""
        return {
            "endpoint": f"http://127.0.0.1:{self.server_address[1]}",
            "bucket": BUCKET,
            "region": REGION,
            "prefix": "kept",
            "access_key": KEY,
            "secret_key": SECRET,
            "timeout_seconds": 1,
            "retries": 0,
        }


class _Handler(BaseHTTPRequestHandler):
    server: Bucket
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def _refusal(self, body: bytes) -> str:
        """Why the request is refused; empty when its signature and its body's digest are right."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        scheme, _, rest = headers.get("authorization", "").partition(" ")
        fields = dict(part.strip().split("=", 1) for part in rest.split(",")) if rest else {}
        if scheme != "AWS4-HMAC-SHA256" or not fields:
            return "AccessDenied"
        key, _, scope = fields["Credential"].partition("/")
        day = headers["x-amz-date"][:8]
        if key != KEY or scope != f"{day}/{REGION}/s3/aws4_request":
            return "InvalidAccessKeyId"
        signed = fields["SignedHeaders"].split(";")
        if not {"host", "x-amz-date", "x-amz-content-sha256"} <= set(signed) or signed != sorted(signed):
            return "AccessDenied"
        wanted = signature_of(self.command, self.path, headers, signed, scope)
        if not hmac.compare_digest(wanted, fields["Signature"]):
            return "SignatureDoesNotMatch"
        if headers["x-amz-content-sha256"] != hashlib.sha256(body).hexdigest():
            return "XAmzContentSHA256Mismatch"
        return ""

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"one"')
        self.send_header("Last-Modified", "Mon, 02 Mar 2026 12:00:00 GMT")
        self.end_headers()
        self.wfile.write(body)

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked += 1
        if self.server.mood == "hangs":
            self.server.released.wait(30)
            self.close_connection = True
            return
        if self.server.mood == "down":
            self._answer(503, b"<Error><Code>SlowDown</Code></Error>")
            return
        if refusal := self._refusal(body):
            self._answer(403, f"<Error><Code>{refusal}</Code></Error>".encode())
            return
        name = unquote(urlsplit(self.path).path)
        if self.command == "PUT":
            self._keep(name, body)
        elif name in self.server.objects:
            self._answer(200, self.server.objects[name])
        else:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")

    def _keep(self, name: str, body: bytes) -> None:
        if self.server.mood == "loses":
            body = body[:-1]
        if self.server.mood != "forgets":
            self.server.objects[name] = body
        self._answer(200)

    do_GET = do_PUT = _handle


@contextmanager
def s3_server() -> Iterator[Bucket]:
    """A bucket that answers while the block runs."""
    server = Bucket()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
