"""The Porto relay: only the literal true counts, and what cannot be read is no verdict."""

from collections.abc import Callable
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import defunct_hash_message
from pytest_django.fixtures import Settings

from apps.core.errors import AdapterError
from apps.users.adapters.wallets import Proof, verify
from tests.users.adapters.fake_rpc import FakeRpc, error, raw, result

ACCOUNT = Account.from_key("0x" + "61" * 32).address
MESSAGE = "arena.test wants you to sign in"
SIGNATURE = b"\x02" * 98  # an inner signature, the hash of a key, a flag


@pytest.fixture
def ask(rpc: FakeRpc, settings: Settings) -> Callable[..., Proof]:
    settings.PORTO_RELAY_URL = rpc.url

    def ask(answer: Any = None) -> Proof:
        rpc.answers["wallet_verifySignature"] = answer
        return verify(address=ACCOUNT, chain_id=6343, message=MESSAGE, signature=SIGNATURE)

    return ask


def test_a13_a_valid_answer_is_believed_and_the_question_is_the_relay_s(
    rpc: FakeRpc, ask: Callable[..., Proof]
) -> None:
    proof = {"account": ACCOUNT.lower(), "keyHash": "0x" + "00" * 32}
    assert ask(result({"valid": True, "proof": proof})) is Proof.VALID
    assert ask(result({"valid": True, "proof": None})) is Proof.VALID
    assert rpc.asked[0]["params"] == [
        {
            "address": ACCOUNT,
            "chainId": "0x18c7",
            "digest": "0x" + bytes(defunct_hash_message(text=MESSAGE)).hex(),
            "signature": "0x" + SIGNATURE.hex(),
        }
    ]


def test_a13_an_answer_of_no_is_a_rejection(ask: Callable[..., Proof]) -> None:
    assert ask(result({"valid": False, "proof": None})) is Proof.REJECTED


@pytest.mark.parametrize("account", ["0x" + "11" * 20, 7, ["0x"]])
def test_a13_a_proof_about_another_account_is_a_rejection(account: Any, ask: Callable[..., Proof]) -> None:
    assert ask(result({"valid": True, "proof": {"account": account}})) is Proof.REJECTED


@pytest.mark.parametrize(
    "answer",
    [
        result({"valid": "true"}),
        result({"valid": 1}),
        result({"valid": None}),
        result({"valid": [True]}),
        result({"Valid": True}),
        result({}),
        result([{"valid": True}]),
        result(True),
        result("valid"),
        result(None),
        error(-32602, "invalid params"),
        error(-32603, '{"valid": true}'),
        raw(200, b"<html>valid: true</html>"),
        raw(200, b'{"jsonrpc": "2.0", "id": 2, "result": {"valid": true}}'),
        raw(200, b'{"jsonrpc": "2.0", "id": 1, "result": {"valid": false, "valid": true}}'),
        raw(401, b'{"jsonrpc": "2.0", "id": 1, "result": {"valid": true}}'),
        raw(302, b'{"jsonrpc": "2.0", "id": 1, "result": {"valid": true}}'),
        raw(503, b""),
    ],
)
def test_a13_whatever_else_is_no_verdict(answer: Any, ask: Callable[..., Proof]) -> None:
    with pytest.raises(AdapterError) as failure:
        ask(answer)
    assert failure.value.transient is True


def test_a13_a_relay_that_hangs_is_no_verdict(rpc: FakeRpc, ask: Callable[..., Proof]) -> None:
    with pytest.raises(AdapterError):
        ask(rpc.stall)


def test_a13_the_chain_is_asked_before_the_relay(
    rpc: FakeRpc, ask: Callable[..., Proof], settings: Settings
) -> None:
    settings.CHAIN_RPC_URLS = {6343: rpc.url}
    rpc.answers["eth_call"] = result("0x00")
    assert ask(result({"valid": True})) is Proof.REJECTED
    assert "wallet_verifySignature" not in [question["method"] for question in rpc.asked]


def test_a13_a_plain_length_is_never_the_relay_s_business(rpc: FakeRpc, settings: Settings) -> None:
    settings.PORTO_RELAY_URL = rpc.url
    assert verify(address=ACCOUNT, chain_id=6343, message="m", signature=b"\x01" * 65) is Proof.INVALID
    assert rpc.asked == []
