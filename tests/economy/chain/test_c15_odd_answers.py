"""C15: a provider that stalls, refuses, breaks off or talks nonsense teaches our reader nothing, and never breaks it."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from apps.core.errors import AdapterError
from apps.economy.adapters.chain import web3_reader
from apps.economy.adapters.chain.port import TxReverted
from apps.economy.adapters.chain.web3_reader import Web3Reader
from apps.economy.adapters.vault.abi import interface
from apps.economy.types import ETH
from tests.economy.world import VAULT
from tests.users.adapters.fake_rpc import FakeRpc, Question, Written, error, raw, result

TX, HASH, OTHER = "0x" + "aa" * 32, "0x" + "bb" * 32, "0x" + "cc" * 32
PAYER = "0x" + "12" * 20
LONG = "0x" + "f" * 64
Log = dict[str, Any]


def word(address: str) -> str:
    return "0x" + address[2:].rjust(64, "0")


def deposit(number: int = 5, index: int = 0, nonce: int = 7, **changed: Any) -> Log:
    """A deposit as servers tell it."""
    topic = next(digest for digest, event in interface().events.items() if event.name == "Deposit")
    log = {
        "address": VAULT.address,
        "topics": ["0x" + topic.hex(), word(PAYER), word(ETH), word(VAULT.resolver)],
        "data": "0x" + nonce.to_bytes(32, "big").hex() + (10**16).to_bytes(32, "big").hex(),
        "blockNumber": hex(number),
        "blockHash": HASH if number == 5 else OTHER,
        "transactionHash": TX,
        "transactionIndex": "0x0",
        "logIndex": hex(index),
        "removed": False,
    }
    return {name: value for name, value in {**log, **changed}.items() if value is not ...}


def block(number: int = 9, **changed: Any) -> dict[str, Any]:
    return {"number": hex(number), "hash": HASH, "timestamp": "0x64", **changed}


def receipt(**changed: Any) -> dict[str, Any]:
    told = {
        "status": "0x1",
        "transactionHash": TX,
        "blockHash": HASH,
        "blockNumber": "0x5",
        "logs": [deposit()],
    }
    return {**told, **changed}


@pytest.fixture
def reader(rpc: FakeRpc) -> Web3Reader:
    """A reader that was told of block 9."""
    rpc.answers["eth_getBlockByNumber"] = result(block())
    made = Web3Reader(VAULT, rpc.url, seconds=1.0)
    made.head()
    return made


ASKED: dict[str, tuple[str, Callable[[Web3Reader], object]]] = {
    "chain": ("eth_chainId", lambda reader: reader.chain_id()),
    "code": ("eth_getCode", lambda reader: reader.code_hash()),
    "head": ("eth_getBlockByNumber", lambda reader: reader.head()),
    "block": ("eth_getBlockByNumber", lambda reader: reader.block(9)),
    "logs": ("eth_getLogs", lambda reader: reader.logs(1, 9)),
    "receipt": ("eth_getTransactionReceipt", lambda reader: reader.receipt(TX)),
    "deposit": ("eth_call", lambda reader: reader.deposit_of(PAYER, 7, block_hash=HASH)),
    "withdrawn": ("eth_call", lambda reader: reader.is_withdrawn(7, block_hash=HASH)),
    "balance": ("eth_call", lambda reader: reader.balance(block_hash=HASH)),
}
HTML = b"<!doctype html><title>502 Bad Gateway</title>"
ANSWERS: dict[str, Callable[[Question], Written]] = {
    "429": raw(429, b'{"error": "slow down"}'),
    "500": raw(500, b"oops"),
    "503 in HTML": raw(503, HTML),
    "HTML": raw(200, HTML),
    "nothing": raw(200, b""),
    "a redirect": raw(302, b""),
    "404": raw(404, b"{}"),
    "-32000": error(-32000, "header not found"),
    "-32005": error(-32005, "limit exceeded"),
    "4444": error(4444, "pruned history unavailable"),
    "truncated JSON": raw(200, b'{"jsonrpc": "2.0", "id": 1, "result": [{"add'),
    "broken off": raw(200, b'{"jsonrpc": "2.0", "id": 1, "re', promised=4000),
    "another question's answer": raw(200, b'{"jsonrpc": "2.0", "id": 2, "result": "0x1"}'),
    "neither result nor error": raw(200, b'{"jsonrpc": "2.0", "id": 1}'),
    "a list": raw(200, b"[]"),
    "not a number": raw(200, b'{"jsonrpc": "2.0", "id": 1, "result": NaN}'),
    "bytes of no text": raw(200, b'{"jsonrpc": "2.0", "id": 1, "result": "\xff\xfe"}'),
    "deep nesting": raw(
        200, b'{"jsonrpc": "2.0", "id": 1, "result": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    ),
    "a number": result(5),
    "a boolean": result(True),
    "a text": result("yes"),
    "hex without 0x": result("18c7"),
    "negative hex": result("-0x1"),
    "an empty object": result({}),
    "a list of nothing": result([None]),
}


def refused(reader: Web3Reader, ask: Callable[[Web3Reader], object]) -> AdapterError:
    with pytest.raises(AdapterError) as caught:
        ask(reader)
    assert caught.value.transient
    assert "canary-rpc-key" not in str(caught.value) + reader.name
    return caught.value


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("question", ASKED)
def test_c15_whatever_is_asked_an_odd_answer_says_to_ask_later(
    rpc: FakeRpc, reader: Web3Reader, question: str, answer: str
) -> None:
    method, ask = ASKED[question]
    rpc.answers[method] = ANSWERS[answer]
    refused(reader, ask)


@pytest.mark.parametrize("question", sorted(set(ASKED) - {"block", "receipt"}))
def test_c15_no_result_says_to_ask_later(rpc: FakeRpc, reader: Web3Reader, question: str) -> None:
    method, ask = ASKED[question]
    rpc.answers[method] = result(None)
    refused(reader, ask)


@pytest.mark.parametrize("question", ["block", "receipt"])
def test_c15_no_result_is_an_answer_where_there_may_be_nothing(
    rpc: FakeRpc, reader: Web3Reader, question: str
) -> None:
    method, ask = ASKED[question]
    rpc.answers[method] = result(None)
    assert ask(reader) is None


def test_c15_a_server_that_stalls_is_given_up_in_time(rpc: FakeRpc) -> None:
    rpc.answers["eth_getLogs"] = rpc.stall
    rpc.answers["eth_getBlockByNumber"] = result(block())
    began = time.monotonic()
    with Web3Reader(VAULT, rpc.url, seconds=0.3) as reader:
        refused(reader, lambda reader: reader.logs(1, 9))
    assert time.monotonic() - began < 5


def test_c15_a_server_that_nobody_runs_is_unavailable() -> None:
    with Web3Reader(VAULT, "http://127.0.0.1:9/v2/canary-rpc-key", seconds=1) as reader:
        refused(reader, lambda reader: reader.head())


def test_c15_an_answer_without_end_is_not_read_to_its_end(rpc: FakeRpc, reader: Web3Reader) -> None:
    rpc.answers["eth_getLogs"] = raw(200, b" " * (web3_reader.MOST_BYTES + 2**20))
    refused(reader, lambda reader: reader.logs(1, 9))


ODD_LOGS: dict[str, list[Any]] = {
    "no object": ["0x"],
    "no address": [deposit(address=...)],
    "no topics": [deposit(topics=None)],
    "a topic of no bytes": [deposit(topics=[deposit()["topics"][0], 5])],
    "a topic too few": [deposit(topics=deposit()["topics"][:3])],
    "a topic too many": [deposit(topics=[*deposit()["topics"], word(ETH)])],
    "no address in a topic": [deposit(topics=[deposit()["topics"][0], LONG, *deposit()["topics"][2:]])],
    "a short topic": [deposit(topics=[deposit()["topics"][0], "0x12", *deposit()["topics"][2:]])],
    "no data": [deposit(data=...)],
    "data of one word": [deposit(data="0x" + "00" * 32)],
    "data of three words": [deposit(data=deposit()["data"] + "00" * 32)],
    "half a byte": [deposit(data=deposit()["data"][:-1])],
    "data without 0x": [deposit(data=deposit()["data"][2:])],
    "no block": [deposit(blockNumber=...)],
    "a block's number without 0x": [deposit(blockNumber="5")],
    "a negative number": [deposit(blockNumber="-0x5")],
    "0x and a sign": [deposit(blockNumber="0x-5")],
    "a leading zero": [deposit(blockNumber="0x05")],
    "0x and nothing": [deposit(logIndex="0x")],
    "underscores": [deposit(logIndex="0x1_0")],
    "a number as a number": [deposit(logIndex=0)],
    "a place beyond every row": [deposit(logIndex="0x80000000")],
    "other digits": [deposit(blockNumber="0x\uff15")],
    "blockHash null": [deposit(blockHash=None)],
    "no blockHash": [deposit(blockHash=...)],
    "blockHash 0xfff...f": [deposit(blockHash=LONG)],
    "blockHash 0x000...0": [deposit(blockHash="0x" + "0" * 64)],
    "a short blockHash": [deposit(blockHash="0xbb")],
    "no transaction": [deposit(transactionHash=None)],
    "removed is a text": [deposit(removed="false")],
    "a block that was not asked for": [deposit(number=10)],
    "two things at one place": [deposit(), deposit(nonce=8)],
    "two blocks of one height": [deposit(), deposit(index=1, blockHash=OTHER)],
    "one good, one odd": [deposit(), deposit(index=1, data="0x")],
}


@pytest.mark.parametrize("case", ODD_LOGS)
def test_c15_one_odd_event_and_none_is_believed(rpc: FakeRpc, reader: Web3Reader, case: str) -> None:
    rpc.answers["eth_getLogs"] = result(ODD_LOGS[case])
    refused(reader, lambda reader: reader.logs(1, 9))


def test_c15_order_and_repetition_make_no_difference(rpc: FakeRpc, reader: Web3Reader) -> None:
    told = [deposit(6, 1), deposit(5, 3), deposit(6, 0, nonce=1), deposit(5, 3), deposit(5, 2), deposit(6, 1)]
    rpc.answers["eth_getLogs"] = result(told)
    assert [(log.block_number, log.log_index) for log in reader.logs(1, 9)] == [
        (5, 2),
        (5, 3),
        (6, 0),
        (6, 1),
    ]


def test_c15_letters_of_any_size_are_the_same_address_and_hash(rpc: FakeRpc, reader: Web3Reader) -> None:
    shouted = deposit(address="0x" + "FA" * 20, blockHash="0x" + "BB" * 32, transactionHash="0x" + "AA" * 32)
    rpc.answers["eth_getLogs"] = result([shouted, deposit()])
    (log,) = reader.logs(1, 9)
    assert (log.tx_hash, log.block_hash, log.user) == (TX, HASH, PAYER)


def test_what_is_no_event_of_the_vault_is_passed_over(rpc: FakeRpc, reader: Web3Reader) -> None:
    strange = "0x" + "99" * 20
    rpc.answers["eth_getLogs"] = result(
        [
            deposit(address=strange),
            deposit(index=1, topics=["0x" + "77" * 32]),
            deposit(index=2, topics=[]),
            deposit(index=3, removed=True),
            deposit(index=4, topics=[*deposit()["topics"][:3], word(strange)]),
            deposit(index=5, removed=...),
            deposit(index=6, topics=[*deposit()["topics"][:2], word(strange), deposit()["topics"][3]]),
        ]
    )
    told = reader.logs(1, 9)
    assert [log.log_index for log in told] == [5, 6]
    assert [log.token for log in told] == [ETH, strange], (
        "another token is told, and judged by who knows the price"
    )


def test_the_server_is_asked_for_the_vault_s_events_of_the_resolver_alone(
    rpc: FakeRpc, reader: Web3Reader
) -> None:
    rpc.answers["eth_getLogs"] = result([])
    assert replace(VAULT, most_blocks=4).most_blocks < 9
    reader._vault = replace(VAULT, most_blocks=4)
    assert reader.logs(1, 9) == []
    asked = [question["params"][0] for question in rpc.asked if question["method"] == "eth_getLogs"]
    assert [(one["fromBlock"], one["toBlock"]) for one in asked] == [
        ("0x1", "0x4"),
        ("0x5", "0x8"),
        ("0x9", "0x9"),
    ]
    assert {one["address"] for one in asked} == {VAULT.address}
    assert asked[0]["topics"][1:] == [None, None, word(VAULT.resolver)]


@pytest.mark.parametrize("silently", [True, False])
def test_c15_too_many_events_are_asked_for_in_halves(
    rpc: FakeRpc, reader: Web3Reader, silently: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web3_reader, "MOST_LOGS", 3)
    there = [
        deposit(number, index, blockHash="0x" + f"{number:02x}" * 32)
        for number in range(2, 7)
        for index in (0, 1)
    ]

    def answer(question: Question) -> Written:
        asked = question["params"][0]
        first, last = int(asked["fromBlock"], 16), int(asked["toBlock"], 16)
        found = [log for log in there if first <= int(log["blockNumber"], 16) <= last]
        if len(found) > 2 and not silently:
            return error(-32000, "query returned more than 2 results")(question)
        return result(found[:3])(question)

    rpc.answers["eth_getLogs"] = answer
    assert [(log.block_number, log.log_index) for log in reader.logs(1, 9)] == [
        (number, index) for number in range(2, 7) for index in (0, 1)
    ]
    there += [deposit(4, 2, blockHash="0x04" * 32), deposit(4, 3, blockHash="0x04" * 32)]
    refused(reader, lambda reader: reader.logs(1, 9))  # one block alone is cut: better nothing than a part


def test_c10_a_newest_block_in_the_making_is_passed_over(rpc: FakeRpc) -> None:
    def answer(question: Question) -> Written:
        asked = question["params"][0]
        return result(block(9, hash=None) if asked == "latest" else block(8))(question)

    rpc.answers["eth_getBlockByNumber"] = answer
    with Web3Reader(VAULT, rpc.url, seconds=1) as reader:
        assert reader.head().number == 8
        refused(reader, lambda reader: reader.logs(1, 9))


@pytest.mark.parametrize(
    "told", [block(8), block(number=-1), block(timestamp=None), block(hash="0x1"), block(timestamp="100")]
)
def test_c15_another_block_than_was_asked_for_is_none(rpc: FakeRpc, reader: Web3Reader, told: Any) -> None:
    rpc.answers["eth_getBlockByNumber"] = result(told)
    refused(reader, lambda reader: reader.block(9))


@pytest.mark.parametrize("digest", [None, LONG, "0x" + "0" * 64])
def test_a_receipt_from_a_block_in_the_making_is_not_there_yet(
    rpc: FakeRpc, reader: Web3Reader, digest: str | None
) -> None:
    for status in ("0x1", "0x0"):
        rpc.answers["eth_getTransactionReceipt"] = result(receipt(blockHash=digest, status=status))
        assert reader.receipt(TX) is None


def test_c03_a_failed_transaction_is_told_as_one_whatever_events_it_shows(
    rpc: FakeRpc, reader: Web3Reader
) -> None:
    rpc.answers["eth_getTransactionReceipt"] = result(receipt(status="0x0"))
    with pytest.raises(TxReverted):
        reader.receipt(TX)


@pytest.mark.parametrize(
    "changed",
    [
        {"status": None},
        {"status": 1},
        {"status": "0x2"},
        {"transactionHash": OTHER},
        {"blockNumber": None},
        {"logs": None},
        {"logs": {}},
        {"logs": [deposit(transactionHash=OTHER)]},
        {"logs": [deposit(blockHash=OTHER)]},
        {"logs": [deposit(number=6, blockHash=HASH)]},
    ],
)
def test_c15_a_receipt_that_does_not_agree_with_itself_is_none(
    rpc: FakeRpc, reader: Web3Reader, changed: dict[str, Any]
) -> None:
    rpc.answers["eth_getTransactionReceipt"] = result(receipt(**changed))
    refused(reader, lambda reader: reader.receipt(TX))


@pytest.mark.parametrize("data", ["0x", "0x01", "0x" + "00" * 31, "0x" + "00" * 33, "0x" + "00" * 64])
@pytest.mark.parametrize("question", ["deposit", "withdrawn", "balance"])
def test_c15_what_the_state_says_is_one_word_or_nothing(
    rpc: FakeRpc, reader: Web3Reader, question: str, data: str
) -> None:
    rpc.answers["eth_call"] = result(data)
    refused(reader, ASKED[question][1])


def test_c15_a_truth_value_that_is_neither_is_no_answer(rpc: FakeRpc, reader: Web3Reader) -> None:
    rpc.answers["eth_call"] = result("0x" + "00" * 31 + "02")
    refused(reader, ASKED["withdrawn"][1])


def test_the_state_is_asked_for_by_the_hash_of_a_block_that_must_be_on_the_chain(
    rpc: FakeRpc, reader: Web3Reader
) -> None:
    rpc.answers["eth_call"] = result("0x" + "00" * 31 + "05")
    assert reader.balance(block_hash=HASH) == 5
    (asked,) = [question for question in rpc.asked if question["method"] == "eth_call"]
    assert asked["params"][1] == {"blockHash": HASH, "requireCanonical": True}
