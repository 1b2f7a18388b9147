"""A Terminal on this machine that holds its side of the PKCE flow strictly; test_fake.py holds the fake to that."""

import base64
import hashlib
import json
import re
import secrets
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

CLIENT = "pumpparty"
REDIRECT = "http://localhost:8000/terminal/linked"
CANARY = "canary-terminal-token-"
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)

Answer = tuple[int, dict[str, str], bytes]


def said(status: int, value: Any) -> Answer:
    """A JSON answer."""
    return status, {"Content-Type": "application/json"}, json.dumps(value).encode()


@dataclass
class Grant:
    """What a code stands for until it is used."""

    challenge: str
    redirect_uri: str
    profile: dict[str, Any]


@dataclass
class FakeTerminal:
    """`profile` is who allows the link; `broken` maps a path to an answer given instead of the right one."""

    profile: dict[str, Any] = field(
        default_factory=lambda: {"id": 815, "handle": "ada", "rank": 1204, "totalPoints": "88213.5"}
    )
    lifetime: Any = 3600
    grants: dict[str, Grant] = field(default_factory=dict)
    tokens: dict[str, dict[str, Any]] = field(default_factory=dict)
    broken: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    silent: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def authorize(self, url: str) -> dict[str, str]:
        """What a browser that opens the address and allows the link brings back: `code` and `state`."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        status, headers, body = self._authorize(query)
        assert status == 302, body
        return {name: values[0] for name, values in parse_qs(urlsplit(headers["Location"]).query).items()}

    def _authorize(self, query: dict[str, str]) -> Answer:
        wrong = [
            query.get("response_type") != "code",
            query.get("client_id") != CLIENT,
            query.get("redirect_uri") != REDIRECT,
            query.get("code_challenge_method") != "S256",
            not CHALLENGE.fullmatch(query.get("code_challenge", "")),
            len(query.get("state", "")) < 22,
        ]
        if any(wrong):
            return said(400, {"error": "invalid_request", "wrong": wrong})
        code = secrets.token_urlsafe(24)
        self.grants[code] = Grant(query["code_challenge"], query["redirect_uri"], self.profile)
        return 302, {"Location": f"{REDIRECT}?{urlencode({'code': code, 'state': query['state']})}"}, b""

    def _token(self, form: dict[str, str]) -> Answer:
        if form.get("grant_type") != "authorization_code":
            return said(400, {"error": "unsupported_grant_type"})
        if form.get("client_id") != CLIENT:
            return said(401, {"error": "invalid_client"})
        grant = self.grants.pop(form.get("code", ""), None)  # a code is used up by the first who brings it
        verifier = form.get("code_verifier", "")
        digest = hashlib.sha256(verifier.encode()).digest()
        proved = grant is not None and (
            VERIFIER.fullmatch(verifier) is not None
            and base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == grant.challenge
            and form.get("redirect_uri") == grant.redirect_uri
        )
        if grant is None or not proved:
            return said(400, {"error": "invalid_grant"})
        token = CANARY + secrets.token_urlsafe(24)
        self.tokens[token] = grant.profile
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": self.lifetime}
        return said(200, {name: value for name, value in answer.items() if value is not None})

    def _profile(self, authorization: str) -> Answer:
        profile = self.tokens.get(authorization.removeprefix("Bearer "))
        if profile is None or not authorization.startswith("Bearer "):
            return said(401, {"error": "invalid_token"})
        return said(200, profile)

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> Answer:
        """The answer to one request."""
        parts = urlsplit(target)
        self.asked.append((method, parts.path))
        if parts.path in self.broken:
            return self.broken[parts.path]
        if (method, parts.path) == ("GET", "/authorize"):
            return self._authorize({name: values[0] for name, values in parse_qs(parts.query).items()})
        if (method, parts.path) == ("POST", "/token"):
            if headers.get("Content-Type") != "application/x-www-form-urlencoded":
                return said(415, {"error": "invalid_request"})
            return self._token({name: values[0] for name, values in parse_qs(body.decode()).items()})
        if (method, parts.path) == ("GET", "/profile"):
            return self._profile(headers.get("Authorization", ""))
        return said(404, {})

    def __enter__(self) -> "FakeTerminal":
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, headers, answer = fake.answer(self.command, self.path, self.headers, body)
                if status == 0:  # say nothing until the test is over
                    fake.silent.wait(20)
                    return
                with suppress(OSError):
                    self.send_response(status)
                    for name, value in {**headers, "Content-Length": str(len(answer))}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(answer)

            do_GET = do_POST = serve

            def log_message(self, format: str, *args: Any) -> None:
                """Silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        return self

    def __exit__(self, *exception: object) -> None:
        self.silent.set()
        self._server.shutdown()
        self._server.server_close()
