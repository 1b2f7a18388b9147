"""Payments at the API over JSON-RPC: events of others are no payments, and no broken answer changes anything."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import pytest

from apps.economy.models import ChainCursor, Deposit, Purchase
from apps.economy.services import chains
from tests.economy.api.desk import WANTED, Desk, bury, told
from tests.economy.api.node import CODE_HASH, Node
from tests.economy.world import VAULT, FakeChain
from tests.users.adapters.fake_rpc import FakeRpc, error, raw, result

# The chain is asked outside of transactions only, so that these tests run without one around them.
pytestmark = pytest.mark.django_db(transaction=True)
TX = "0x" + "ab" * 32


@pytest.fixture
def node(chain: FakeChain, settings: Any) -> Iterator[Node]:
    """The scripted chain's own node, the only provider that is configured."""
    with FakeRpc() as rpc:
        settings.VAULTS = [{**asdict(VAULT), "rpc_urls": (rpc.url,), "code_hash": CODE_HASH}]
        yield Node(chain, rpc)


@pytest.fixture
def desk(db: None, node: Node) -> Desk:
    """The first player, whose payments are asked for over JSON-RPC."""
    return Desk(1)


def test_C13_a_payment_over_json_rpc_buys(desk: Desk, node: Node) -> None:
    quote = desk.offer()
    others = [("0x" + "99" * 20, 7, 10**16), ("0x" + "98" * 20, quote.nonce, 10**16)]
    paid = node.chain.batch([others[0], (desk.address, quote.nonce, quote.fee_wei), others[1]])[1]
    bury(node.chain)
    assert desk.submit(quote, txHash=paid.tx_hash).status_code == 200
    assert Purchase.objects.get().deposit.log_index == 1


def test_C02_the_same_event_of_another_contract_in_the_same_transaction(desk: Desk, node: Node) -> None:
    quote = desk.offer()
    event = node.chain.pay(desk.address, quote.nonce, quote.fee_wei, tx_hash=TX)
    forged = node.told(event, address="0x" + "fb" * 20)
    node.chain.reorg(1)  # what the vault itself was paid is gone: only the forgery is left
    node.chain.carry(TX)
    node.foreign[TX] = [forged]
    bury(node.chain)
    assert told(desk.submit(quote, txHash=TX)) == (422, "DEPOSIT_NOT_FOUND")
    assert not Deposit.objects.exists()


def test_C02_and_beside_a_real_payment_it_adds_nothing(desk: Desk, node: Node) -> None:
    quote = desk.offer()
    event = node.chain.pay(desk.address, quote.nonce, quote.fee_wei - 1, tx_hash=TX)
    node.foreign[TX] = [node.told(event, address="0x" + "fb" * 20, logIndex="0x1")]
    bury(node.chain)
    assert told(desk.submit(quote, txHash=TX)) == (422, "AMOUNT_TOO_LOW")
    assert Deposit.objects.get().amount_wei == quote.fee_wei - 1


def test_C04_a_token_with_any_decimals_is_a_token(desk: Desk, node: Node) -> None:
    quote = desk.offer()
    for token, wei in (("0x" + "70" * 20, quote.fee_wei), ("0x" + "06" * 20, 10**4)):
        paid = node.chain.pay(desk.address, quote.nonce, wei, token=token)
        assert told(desk.submit(quote, txHash=paid.tx_hash)) == (422, "WRONG_TOKEN")
    assert not Deposit.objects.exists()


def _cut(question: dict[str, Any]) -> tuple[int, bytes, int]:
    body = json.dumps({"jsonrpc": "2.0", "id": question["id"], "result": "0x1"}).encode()
    return 200, body[:-5], len(body)


SHAPES: dict[str, Callable[[Any], Any]] = {
    "429": raw(429, b"slow down"),
    "500": raw(500, b"oops"),
    "502": raw(502, b"<html>Bad gateway</html>"),
    "HTML": raw(200, b"<html>maintenance</html>"),
    "nothing": raw(200, b""),
    "a redirect": raw(302, b""),
    "no object": raw(200, b"[]"),
    "an answer to another question": raw(200, b'{"jsonrpc":"2.0","id":99,"result":"0x1"}'),
    "-32000": error(-32000, "header not found"),
    "-32005": error(-32005, "limit exceeded"),
    "4444": error(4444, "historical state unavailable"),
    "truncated": _cut,
    "NaN": raw(200, b'{"jsonrpc":"2.0","id":1,"result":NaN}'),
    "a number": result(7),
    "hex without 0x": result("ff"),
    "negative hex": result("-0x1"),
    "a list": result(["0x1"]),
    "an object of nothing": result({}),
    "9 MB": raw(200, b'{"jsonrpc":"2.0","id":1,"result":"0x' + b"00" * (9 << 19) + b'"}'),
}
METHODS = ("eth_chainId", "eth_getCode", "eth_getBlockByNumber", "eth_getTransactionReceipt", "eth_call")


@pytest.mark.parametrize("shape", SHAPES)
def test_C15_every_broken_answer_is_503_and_changes_nothing(desk: Desk, node: Node, shape: str) -> None:
    quote = desk.offer()
    paid = node.chain.pay(desk.address, quote.nonce, quote.fee_wei)
    bury(node.chain)
    for method in METHODS:
        # Without a transaction's name the vault itself is asked.
        named = None if method == "eth_call" else paid.tx_hash
        sound, node.rpc.answers[method] = node.rpc.answers[method], SHAPES[shape]
        answer = desk.submit(quote, txHash=named)
        assert told(answer) == (503, "CHAIN_UNAVAILABLE"), f"{method}: {answer.content!r}"
        assert answer.json()["retryable"] is True
        assert "canary-rpc-key" not in answer.content.decode()
        assert not Deposit.objects.exists() and not ChainCursor.objects.exists(), method
        node.rpc.answers[method] = sound
    assert desk.submit(quote, txHash=paid.tx_hash).status_code == 200


LOGS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "an address in capitals": lambda log: [{**log, "address": log["address"].upper().replace("0X", "0x")}],
    "shuffled and twice": lambda log: [log, log],
}
BROKEN_LOGS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "null": lambda log: None,
    "no list": lambda log: {},
    "a log that is no object": lambda log: ["0x"],
    "no block": lambda log: [{**log, "blockHash": None}],
    "a block of ones": lambda log: [{**log, "blockHash": "0x" + "f" * 64}],
    "data cut short": lambda log: [{**log, "data": log["data"][:-2]}],
    "data without 0x": lambda log: [{**log, "data": log["data"][2:]}],
    "a topic less": lambda log: [{**log, "topics": log["topics"][:-1]}],
    "a negative index": lambda log: [{**log, "logIndex": "-0x1"}],
    "two at one place": lambda log: [log, {**log, "data": "0x" + "00" * 63 + "01" + "00" * 32}],
    "of another transaction": lambda log: [{**log, "transactionHash": TX}],
}


@pytest.mark.parametrize("shape", [*LOGS, *BROKEN_LOGS])
def test_C15_logs_in_every_shape(desk: Desk, node: Node, shape: str) -> None:
    quote = desk.offer()
    paid = node.chain.pay(desk.address, quote.nonce, quote.fee_wei)
    bury(node.chain)
    place = {"blockNumber": hex(paid.block_number), "blockHash": paid.block_hash}
    receipt = {**place, "transactionHash": paid.tx_hash, "status": "0x1"}
    logs = {**LOGS, **BROKEN_LOGS}[shape](node.told(paid))
    sound, node.rpc.answers["eth_getTransactionReceipt"] = (
        node.rpc.answers["eth_getTransactionReceipt"],
        result({**receipt, "logs": logs}),
    )
    answer = desk.submit(quote, txHash=paid.tx_hash)
    if shape in LOGS:
        assert answer.status_code == 200
        return
    assert told(answer) == (503, "CHAIN_UNAVAILABLE")
    assert not Deposit.objects.exists() and not ChainCursor.objects.exists()
    node.rpc.answers["eth_getTransactionReceipt"] = sound
    assert desk.submit(quote, txHash=paid.tx_hash).status_code == 200


@pytest.mark.parametrize("status", ["0x2", "0x01", None, 1, "1"])
def test_C15_a_receipt_without_a_clear_outcome_is_none(desk: Desk, node: Node, status: Any) -> None:
    quote = desk.offer()
    paid = node.chain.pay(desk.address, quote.nonce, quote.fee_wei)
    place = {"blockNumber": hex(paid.block_number), "blockHash": paid.block_hash}
    answer = result({**place, "transactionHash": paid.tx_hash, "status": status, "logs": []})
    node.rpc.answers["eth_getTransactionReceipt"] = answer
    assert told(desk.submit(quote, txHash=paid.tx_hash)) == (503, "CHAIN_UNAVAILABLE")
    assert not Deposit.objects.exists()


def test_C15_all_questions_of_one_request_share_its_time(
    desk: Desk, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    quote = desk.offer()
    paid = node.chain.pay(desk.address, quote.nonce, quote.fee_wei)
    bury(node.chain)
    prompt = dict(node.rpc.answers)

    def slowly(answer: Callable[..., Any]) -> Callable[..., Any]:
        def late(question: Any) -> Any:
            time.sleep(0.2)
            return answer(question)

        return late

    # No question is late for itself; together they would take more than a second.
    monkeypatch.setattr(chains, "REQUEST_SECONDS", 0.5)
    node.rpc.answers |= {method: slowly(answer) for method, answer in prompt.items()}
    began = time.monotonic()
    assert told(desk.submit(quote, txHash=paid.tx_hash)) == (503, "CHAIN_UNAVAILABLE")
    asked_again = desk.post("audition-fee/quote", {**WANTED, "createClone": {"name": "Slow"}})
    assert told(asked_again) == (503, "CHAIN_UNAVAILABLE")
    assert time.monotonic() - began < 2.5
    assert not Purchase.objects.exists()
    node.rpc.answers |= prompt
    assert desk.submit(quote, txHash=paid.tx_hash).status_code == 200
