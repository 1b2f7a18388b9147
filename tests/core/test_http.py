"""The HTTP client: caps, no redirects, clear failures, never inside a transaction."""

import socket
import ssl
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.db import transaction

from apps.core.errors import AdapterError, AdapterFault
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
    ("status", "fault", "transient"),
    [
        (500, "SERVER_ERROR", True),
        (503, "SERVER_ERROR", True),
        (522, "SERVER_ERROR", True),
        (429, "RATE_LIMITED", True),
        (418, "RATE_LIMITED", True),
        (408, "REFUSED", True),
        (404, "REFUSED", False),
        (422, "REFUSED", False),
        (451, "REFUSED", False),
        (401, "REFUSED", False),
        (301, "REFUSED", False),
        (302, "REFUSED", False),
        (307, "REFUSED", False),
        (308, "REFUSED", False),
    ],
)
def test_d02_d20_other_statuses_are_failures_by_class_and_redirects_are_not_followed(
    client_for: Callable[[Handler], Client], status: int, fault: str, transient: bool
) -> None:
    asked = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url.host)
        return httpx2.Response(status, content=b"{}", headers={"location": "https://elsewhere.test/"})

    with pytest.raises(AdapterError) as failure:
        client_for(handler).get_json("/")
    assert (failure.value.fault, failure.value.transient) == (AdapterFault(fault), transient)
    assert failure.value.status == status
    assert asked == ["venue.test"]


DATE = "Mon, 02 Mar 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("wish", "date", "wait"),
    [
        ("7", DATE, 7),
        ("0", DATE, 0),
        ("86400", DATE, 300),
        ("Mon, 02 Mar 2026 12:00:45 GMT", DATE, 45),
        ("Mon, 02 Mar 2026 11:00:00 GMT", DATE, 0),
        ("Tue, 03 Mar 2026 12:00:00 GMT", DATE, 300),
        ("Mon, 02 Mar 2026 12:00:45 GMT", "yesterday", None),
        ("soon", DATE, None),
        ("-5", DATE, None),
        ("1e3", DATE, None),
        ("٧", DATE, None),
        ("7" * 400, DATE, None),
        ("Mon, 99 Mar 2026 12:00:45 GMT", DATE, None),
        ("", DATE, None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_d02_the_wait_that_an_answer_asks_for_is_read_capped_and_never_nonsense(
    client_for: Callable[[Handler], Client], status: int, wish: str, date: str, wait: float | None
) -> None:
    headers = {"retry-after": wish.encode(), "date": date.encode()}
    with pytest.raises(AdapterError) as failure:
        client_for(lambda request: httpx2.Response(status, headers=headers)).get_json("/")
    assert failure.value.retry_after == wait


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b'{"a": NaN}',
        b'{"a":1,"a":2}',
        b"x" * 1001,
        b"[" * 900,
        b'{"a": [1, 2',
        b'\xef\xbb\xbf{"a": 1}',
        '{"a": 1}'.encode("utf-16"),
        '{"a": 1}'.encode("utf-16-le"),
        b'{"a": "\xe9"}',
        b'{"a": "\\ud800"}',
        b'{"a": "\\u0000"}',
        b'{"a": 1' + b"0" * 400 + b"}",
    ],
)
def test_D03_payloads_that_make_no_sense_are_lasting_failures(
    client_for: Callable[[Handler], Client], content: bytes
) -> None:
    with pytest.raises(AdapterError) as failure:
        client_for(answer(content=content)).get_json("/")
    assert (failure.value.transient, failure.value.fault) == (False, AdapterFault.PAYLOAD_INVALID)


def packed(data: bytes, *, times: int = 1) -> bytes:
    """The data so many times, as gzip, without ever holding it whole."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(data) for _ in range(times)) + packer.flush()


def test_a_compressed_answer_is_read(client_for: Callable[[Handler], Client]) -> None:
    body, headers = packed(b'{"a": [1]}'), {"content-encoding": "gzip"}
    handler = client_for(lambda request: httpx2.Response(200, content=iter([body]), headers=headers))
    assert handler.get_json("/") == {"a": [1]}


def test_d03_a_gzip_bomb_is_refused_while_it_is_small() -> None:
    megabyte = 1024 * 1024
    bomb = packed(b" " * megabyte, times=256)
    assert len(bomb) < megabyte
    bombs = httpx2.MockTransport(
        lambda request: httpx2.Response(200, content=iter([bomb]), headers={"content-encoding": "gzip"})
    )
    with Client("https://venue.test", timeout=3, max_bytes=megabyte, transport=bombs) as client:
        tracemalloc.start()
        with pytest.raises(AdapterError, match="more than 1048576 bytes") as failure:
            client.get_json("/")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert failure.value.fault is AdapterFault.PAYLOAD_INVALID
    assert peak < 8 * megabyte


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "zstd", "nonsense"])
def test_d03_an_encoding_that_was_not_asked_for_is_refused(
    client_for: Callable[[Handler], Client], encoding: str
) -> None:
    headers = {"content-encoding": encoding}
    with pytest.raises(AdapterError) as failure:
        client_for(lambda request: httpx2.Response(200, content=iter([b"{}"]), headers=headers)).get_json("/")
    assert failure.value.fault is AdapterFault.PAYLOAD_INVALID


@pytest.mark.parametrize("body", [b"not gzip at all", packed(b'{"a": [1]}')[:-12]])
def test_d03_broken_compression_is_a_senseless_answer(
    client_for: Callable[[Handler], Client], body: bytes
) -> None:
    gzip = {"content-encoding": "gzip"}
    with pytest.raises(AdapterError) as failure:
        client_for(lambda request: httpx2.Response(200, content=iter([body]), headers=gzip)).get_json("/")
    assert failure.value.fault is AdapterFault.PAYLOAD_INVALID


def test_d03_half_a_gigabyte_is_refused_before_it_is_read(client_for: Callable[[Handler], Client]) -> None:
    def endless() -> Iterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    announced = {"content-length": str(500_000_000)}
    with pytest.raises(AdapterError, match="announces") as failure:
        client_for(lambda request: httpx2.Response(200, content=endless(), headers=announced)).get_json("/")
    assert failure.value.fault is AdapterFault.PAYLOAD_INVALID


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


def test_d01_a_name_that_nobody_knows_is_transient() -> None:
    with Client("http://venue.invalid", timeout=3) as client, pytest.raises(AdapterError) as failure:
        client.get_json("/")
    assert (failure.value.fault, failure.value.transient) == (AdapterFault.NETWORK, True)


@pytest.fixture
def expired(tmp_path: Path) -> Iterator[int]:
    """The port of a server whose certificate ended in 2020."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(datetime(2019, 1, 1, tzinfo=UTC)).not_valid_after(
        datetime(2020, 1, 1, tzinfo=UTC)
    )
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    certificate = builder.sign(key, hashes.SHA256())
    file = tmp_path / "expired.pem"
    plain = serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, *plain)
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            connection, _ = listener.accept()
            with connection, context.wrap_socket(connection, server_side=True):
                pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    listener.close()
    thread.join(timeout=5)


def test_d01_a_certificate_that_ended_and_nobody_signed_is_no_connection(expired: int) -> None:
    client = Client(f"https://localhost:{expired}", timeout=3)
    with client, pytest.raises(AdapterError, match="certificate") as failure:
        client.get_json("/")
    assert (failure.value.fault, failure.value.transient) == (AdapterFault.NETWORK, True)
