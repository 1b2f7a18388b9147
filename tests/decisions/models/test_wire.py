"""The client against the practice provider over real HTTP: every fault gets its class, and no prompt is the worse for it."""

import json
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction

from apps.core.errors import AdapterError
from apps.decisions.adapters.model.client import OpenAIClient
from apps.decisions.adapters.model.port import Asked, ModelError
from apps.decisions.adapters.model.stub import FAULTS, Fault, StubServer, parse_fault
from apps.decisions.adapters.model.stub_answer import LOST_FOR_WORDS, read_prompt
from apps.decisions.engine.parse import parse
from apps.decisions.engine.prompt import assemble
from apps.decisions.engine.rules import RulesEngine
from apps.decisions.engine.schema import answer_schema
from apps.decisions.engine.types import InvalidAnswer
from apps.decisions.models import ModelCall
from apps.decisions.types import CallFault, RunStatus
from tests.decisions.models.world import route
from tests.decisions.packets import rich_packet

CLASSES = {
    "timeout": "timeout",
    "429": "rate_limited",
    "500": "unavailable",
    "html200": "malformed",
    "error200": "unavailable",
    "empty": "malformed",
    "refusal": "refused",
    "filter": "filtered",
    "length": "length",
    "cut": "cut",
    "slow": "timeout",
    "retired": "retired_model",
}


@pytest.fixture
def stub() -> Iterator[StubServer]:
    """A practice provider of this test's own."""
    server = StubServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.stop()
    thread.join()


def asked(packet, timeout_s=10.0):
    messages = [{"role": each.role, "content": each.text} for each in assemble(packet).messages]
    return Asked(messages, answer_schema(), timeout_s)


def put(stub, packet, timeout_s=10.0):
    return OpenAIClient().complete(route(base_url=stub.url), asked(packet, timeout_s))


def test_it_answers_as_the_rules_would_to_the_very_packet(stub):
    packet = rich_packet()
    said = put(stub, packet)
    (action,), (wanted,) = parse(said.text, packet), parse(RulesEngine().answer(packet).text, packet)
    assert (action.kind, action.side, action.leverage) == (wanted.kind, wanted.side, wanted.leverage)
    assert action.notional_micros == wanted.notional_micros
    assert (said.model, said.reference[:5]) == ("one", "stub-")
    assert said.usage.tokens_in > 1_000 and said.usage.tokens_out > 10 and said.usage.tokens_cached == 0
    assert put(stub, packet).text == said.text


def test_it_reads_the_prompt_as_it_was_written():
    packet = rich_packet()
    read = read_prompt(assemble(packet).messages[1].text)
    assert read.echo == packet.echo and read.symbol == packet.symbol and read.limits == packet.limits
    assert [fact.close_micros for fact in read.closes] == [fact.close_micros for fact in packet.closes]
    assert (read.account.equity_micros, read.prompt.strategy) == (
        packet.account.equity_micros,
        packet.prompt.strategy,
    )
    told = [(held.symbol, held.notional_micros, held.leverage) for held in read.account.positions]
    assert told == [(held.symbol, held.notional_micros, held.leverage) for held in packet.account.positions]


def test_the_stable_beginning_of_a_prompt_is_cached(stub):
    first, second = rich_packet(), rich_packet(behaviour="Be bold.")
    put(stub, first)
    usage = put(stub, second).usage
    assert usage.tokens_cached % 64 == 0
    assert 0.4 < usage.tokens_cached / usage.tokens_in < 1


@pytest.mark.parametrize("kind", CLASSES)
def test_e08_every_fault_on_the_wire_has_its_class(stub, kind):
    stub.faults = [Fault(kind, 1)]
    patience = (
        0.8 if CLASSES[kind] == CallFault.TIMEOUT else 20
    )  # a busy machine is no fault of the provider's
    with pytest.raises(ModelError) as failed:
        put(stub, rich_packet(), timeout_s=patience)
    assert failed.value.kind == CLASSES[kind]
    assert (failed.value.usage is not None) == (kind in {"empty", "refusal", "filter", "length"})
    stub.faults = []
    assert put(stub, rich_packet()).text


@pytest.mark.parametrize("kind", ["junk", "wrong-echo"])
def test_words_that_are_no_answer_come_through_and_are_refused(stub, kind):
    stub.faults = [Fault(kind, 1)]
    packet = rich_packet()
    for _ in range(5):
        said = put(stub, packet)
        with pytest.raises(InvalidAnswer) as refused:
            parse(said.text, packet)
        assert refused.value.code == "INVALID_OUTPUT"


def test_a_provider_that_is_not_there_is_unavailable_and_its_key_is_never_told(monkeypatch):
    monkeypatch.setenv("SOME_KEY", "sk-very-secret-key")
    with pytest.raises(ModelError) as failed:
        OpenAIClient().complete(
            route(base_url="http://127.0.0.1:9/v1", key_env="SOME_KEY"), asked(rich_packet())
        )
    assert failed.value.kind == CallFault.UNAVAILABLE and "sk-very" not in str(failed.value)
    monkeypatch.delenv("SOME_KEY")
    with pytest.raises(ModelError) as failed:
        OpenAIClient().complete(route(key_env="SOME_KEY"), asked(rich_packet()))
    assert failed.value.kind == CallFault.AUTH


def test_every_nth_question_fails_and_no_other(stub):
    stub.faults = [parse_fault("500:3")]
    kinds = []
    for _ in range(6):
        try:
            put(stub, rich_packet())
            kinds.append("")
        except AdapterError as failed:
            kinds.append(failed.detail[:21])
    assert [bool(kind) for kind in kinds] == [False, False, True, False, False, True]


@pytest.mark.parametrize("text", ["", "nonsense:1", "500:0", "500:-1", "500:x"])
def test_a_fault_that_does_not_exist_is_refused(text):
    with pytest.raises(ValueError, match="kind:every"):
        parse_fault(text)
    assert set(CLASSES) | {"junk", "wrong-echo"} == set(FAULTS)


def test_a_question_that_it_cannot_read_gets_words_and_a_bad_one_a_400(stub):
    def post(body):
        request = urllib.request.Request(
            f"{stub.url}/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    said = post({"model": "x", "messages": [{"role": "user", "content": "hello"}]})
    assert said["choices"][0]["message"]["content"] == LOST_FOR_WORDS
    with pytest.raises(urllib.error.HTTPError, match="400"):
        post({"model": "x"})


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
DRIPS = {
    "head": (b"", HEAD + b"X-Pad: " + b"a" * 900),
    "body": (HEAD + b"Content-Length: 900\r\n\r\n", b" " * 900),
    "size of a chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0" * 900),
}


@pytest.fixture
def dripping() -> Iterator[Any]:
    """Starts a provider that answers at once as far as it is told to, and then a byte every twentieth of a second."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve(at_once: bytes, slowly: bytes) -> str:
        def answer() -> None:
            asker, _ = listener.accept()
            with asker:
                asker.recv(65_536)
                asker.sendall(at_once)
                for byte in slowly:
                    if over.wait(0.05):
                        return
                    try:
                        asker.send(bytes([byte]))
                    except OSError:
                        return

        threading.Thread(target=answer, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/v1"

    yield serve
    over.set()
    listener.close()


@pytest.mark.parametrize("where", DRIPS)
def test_e08_an_answer_that_comes_in_drops_is_given_up_in_time(dripping, where):
    url = dripping(*DRIPS[where])
    begun = time.monotonic()
    with pytest.raises(ModelError) as failed:
        OpenAIClient().complete(route(base_url=url), asked(rich_packet(), timeout_s=0.5))
    assert failed.value.kind == CallFault.TIMEOUT
    assert time.monotonic() - begun < 5


def test_e08_a_name_that_nobody_resolves_is_given_up_in_time(monkeypatch):
    over = threading.Event()

    def resolve(*args: Any, **more: Any) -> Any:
        over.wait(30)
        raise socket.gaierror("nobody knows")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    begun = time.monotonic()
    with pytest.raises(ModelError) as failed:
        OpenAIClient().complete(
            route(base_url="https://model.invalid/v1"), asked(rich_packet(), timeout_s=0.5)
        )
    over.set()
    assert failed.value.kind == CallFault.UNAVAILABLE, "nothing was sold"
    assert time.monotonic() - begun < 5


@pytest.mark.django_db(transaction=True)
def test_a_whole_decision_over_the_wire_with_no_transaction_open(stub, ask, routes, monkeypatch):
    routes(route(base_url=stub.url))
    open_meanwhile = []
    complete = OpenAIClient.complete

    def spied(self, *args):
        open_meanwhile.append(connection.in_atomic_block)
        return complete(self, *args)

    monkeypatch.setattr(OpenAIClient, "complete", spied)
    run = ask()
    assert (run.status, run.error_code) == (RunStatus.COMPLETED, "")
    assert open_meanwhile == [False] and stub.questions == 1
    (call,) = ModelCall.objects.all()
    assert call.provider_reference.startswith("stub-") and run.cost_micros == call.cost_micros > 0
    assert run.actions.get().kind == "open"


@pytest.mark.django_db(transaction=True)
def test_a_model_is_not_asked_inside_a_transaction(stub):
    with transaction.atomic(), pytest.raises(RuntimeError, match="transaction"):
        put(stub, rich_packet())
    assert stub.questions == 0
