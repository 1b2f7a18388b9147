"""The HTTP client: caps, no redirects, clear failures, never inside a transaction."""

import time
from collections.abc import Callable, Iterator

import httpx2
import pytest
from django.db import transaction

from apps.core.errors import AdapterError
from apps.core.http import Client

Handler = Callable[[httpx2.Request], httpx2.Response]


@pytest.fixture
def client_for() -> Iterator[Callable[[Handler], Client]]:
    opened: list[Client] = []

    def make(handler: Handler) -> Client:
        client = Client(
            "https://venue.test", timeout=3, max_bytes=1000, transport=httpx2.MockTransport(handler)
        )
        opened.append(client)
        return client

    yield make
    for client in opened:
        client.close()


def answer(status: int = 200, content: bytes = b"{}", **headers: str) -> Handler:
    return lambda request: httpx2.Response(status, content=content, headers=headers)


def test_json_comes_back(client_for: Callable[[Handler], Client]) -> None:
    seen = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append((request.method, str(request.url), request.content))
        return httpx2.Response(200, content=b'{"ok": [1]}')

    client = client_for(handler)
    assert client.get_json("/a", params={"q": 1}) == {"ok": [1]}
    assert client.post_json("/b", json={"x": 1}) == {"ok": [1]}
    assert seen[0][:2] == ("GET", "https://venue.test/a?q=1")
    assert seen[1][0] == "POST"


@pytest.mark.parametrize(
    ("status", "transient"), [(500, True), (429, True), (404, False), (302, False), (401, False)]
)
def test_D20_other_statuses_are_failures_and_redirects_are_not_followed(
    client_for: Callable[[Handler], Client], status: int, transient: bool
) -> None:
    client = client_for(answer(status, location="https://elsewhere.test/"))
    with pytest.raises(AdapterError) as failure:
        client.get_json("/")
    assert failure.value.transient is transient


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b'{"a": NaN}', b'{"a":1,"a":2}', b"x" * 1001, b"[" * 900]
)
def test_D03_payloads_that_make_no_sense_are_lasting_failures(
    client_for: Callable[[Handler], Client], content: bytes
) -> None:
    with pytest.raises(AdapterError) as failure:
        client_for(answer(content=content)).get_json("/")
    assert failure.value.transient is False


def test_D01_a_broken_connection_is_transient(client_for: Callable[[Handler], Client]) -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused")

    with pytest.raises(AdapterError) as failure:
        client_for(handler).get_json("/")
    assert failure.value.transient is True


@pytest.mark.django_db(transaction=True)
def test_no_call_inside_a_transaction(client_for: Callable[[Handler], Client]) -> None:
    client = client_for(answer())
    assert client.get_json("/") == {}
    with transaction.atomic(), pytest.raises(RuntimeError, match="transaction"):
        client.get_json("/")


def test_a_timeout_is_demanded() -> None:
    with pytest.raises(TypeError):
        Client("https://venue.test")  # type: ignore[call-arg]  # the call is wrong on purpose
    with pytest.raises(ValueError, match="timeout"):
        Client("https://venue.test", timeout=0)


def test_a_form_is_posted_as_a_form(client_for: Callable[[Handler], Client]) -> None:
    seen = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append((request.headers["content-type"], request.content))
        return httpx2.Response(200, content=b"{}")

    assert client_for(handler).post_form("/token", form={"a": "1 &", "b": "é"}) == {}
    assert seen == [("application/x-www-form-urlencoded", b"a=1+%26&b=%C3%A9")]


def test_a_refusal_carries_its_status(client_for: Callable[[Handler], Client]) -> None:
    with pytest.raises(AdapterError) as failure:
        client_for(answer(401)).get_json("/")
    assert failure.value.status == 401


def test_D01_a_body_that_comes_in_drops_is_cut_at_the_deadline() -> None:
    def drops() -> Iterator[bytes]:
        for _ in range(1000):
            time.sleep(0.02)
            yield b" "

    transport = httpx2.MockTransport(lambda request: httpx2.Response(200, content=drops()))
    with Client("https://venue.test", timeout=3, deadline=0.1, transport=transport) as client:
        with pytest.raises(AdapterError, match="not done") as failure:
            client.get_json("/")
        assert failure.value.transient is True
