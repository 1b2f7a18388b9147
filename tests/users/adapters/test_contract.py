"""Wallet contracts on a real chain, and chains that hang, lie and answer nonsense."""

import base64
import hashlib
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from eth_abi.abi import encode
from eth_account import Account
from eth_account.messages import defunct_hash_message, encode_defunct
from pytest_django.fixtures import Settings

from apps.core.errors import AdapterError
from apps.users.adapters.wallets import Proof, verify
from apps.users.adapters.wallets.contract import ARTIFACT, UNDEPLOYED_SUFFIX
from tests.chain import solidity, tools
from tests.chain.evm import Chain
from tests.users.adapters.fake_rpc import FakeRpc, error, raw, result

OWNER = Account.from_key("0x" + "51" * 32)
MESSAGE = "arena.test wants you to sign in with your Ethereum account"
MAGIC_WORD = bytes.fromhex("1626ba7e") + bytes(28)
WALLET = "0x00000000000000000000000000000000000000aa"
Ask = Callable[..., Proof]


def signed(message: str = MESSAGE, *, by: Any = OWNER) -> bytes:
    return bytes(by.sign_message(encode_defunct(text=message)).signature)


def ask_at(url: str, settings: Settings) -> Ask:
    settings.CHAIN_RPC_URLS = {6343: url}

    def ask(address: str, signature: bytes, message: str = MESSAGE) -> Proof:
        return verify(address=address, chain_id=6343, message=message, signature=signature)

    return ask


@pytest.fixture
def ask(chain: Chain, settings: Settings) -> Ask:
    return ask_at(chain.url, settings)


def undeployed(factory: str, call: str, signature: bytes) -> bytes:
    return (
        encode(["address", "bytes", "bytes"], [factory, bytes.fromhex(call[2:]), signature])
        + UNDEPLOYED_SUFFIX
    )


def test_a12_a_wallet_contract_accepts_its_owner_alone(chain: Chain, ask: Ask) -> None:
    wallet = chain.deploy("OwnedWallet", OWNER.address)
    assert ask(wallet, signed()) is Proof.VALID
    assert ask(wallet, signed(by=Account.from_key("0x" + "52" * 32))) is Proof.REJECTED
    assert ask(wallet, signed(), MESSAGE + "!") is Proof.REJECTED
    assert ask(wallet, signed() + b"\x00") is Proof.REJECTED


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("WordWallet", (bytes.fromhex("ffffffff") + bytes(28), 32)),
        ("WordWallet", (bytes(31) + b"\x01", 32)),
        ("WordWallet", (MAGIC_WORD[:31] + b"\x01", 32)),
        ("WordWallet", (MAGIC_WORD, 0)),
        ("WordWallet", (MAGIC_WORD, 4)),
        ("WordWallet", (MAGIC_WORD, 31)),
        ("WordWallet", (MAGIC_WORD, 10 * 1024 * 1024)),
        ("RevertingWallet", ()),
        ("BurningWallet", ()),
    ],
    ids=["ffffffff", "true", "dirty", "nothing", "4-bytes", "31-bytes", "10-MB", "reverts", "burns"],
)
def test_a12_any_answer_but_the_magic_word_is_a_rejection(
    chain: Chain, ask: Ask, name: str, arguments: tuple[Any, ...]
) -> None:
    wallet = chain.deploy(name, *arguments)
    started = time.monotonic()
    assert ask(wallet, signed()) is Proof.REJECTED
    assert ask(wallet, b"\x01" * 200) is Proof.REJECTED
    assert time.monotonic() - started < 3


def test_a12_a_wallet_that_says_the_magic_word_is_believed(chain: Chain, ask: Ask) -> None:
    assert ask(chain.deploy("WordWallet", MAGIC_WORD, 32), b"\x01" * 200) is Proof.VALID


def test_a08_an_account_without_a_contract_proves_nothing(ask: Ask) -> None:
    for signature in (b"\x01" * 64, b"\x01" * 65, b"\x01" * 66, b"\x01" * 700, UNDEPLOYED_SUFFIX[:31]):
        assert ask(OWNER.address, signature) is Proof.INVALID


def test_a13_a_wallet_not_deployed_yet_is_proved_through_its_factory(chain: Chain, ask: Ask) -> None:
    factory, salt = chain.deploy("WalletFactory"), b"\x07" * 32
    word = chain.call(factory, "WalletFactory", "predict", OWNER.address, salt)
    wallet = "0x" + word[-40:]
    call = chain.calldata("WalletFactory", "create", OWNER.address, salt)
    stranger = Account.from_key("0x" + "53" * 32)

    assert ask(wallet, signed()) is Proof.INVALID  # without the factory there is nobody to ask
    assert ask(wallet, undeployed(factory, call, signed())) is Proof.VALID
    assert ask(wallet, undeployed(factory, call, signed(by=stranger))) is Proof.REJECTED
    theirs = chain.calldata("WalletFactory", "create", stranger.address, salt)
    assert ask(wallet, undeployed(factory, theirs, signed(by=stranger))) is Proof.INVALID
    assert ask(stranger.address, undeployed(factory, call, signed())) is Proof.INVALID
    assert chain.rpc("eth_getCode", wallet, "latest") == "0x"  # asking deployed nothing

    chain.send(to=factory, data=call)
    assert ask(wallet, undeployed(factory, call, signed())) is Proof.VALID
    assert ask(wallet, signed()) is Proof.VALID


def test_a13_a_factory_that_burns_or_reverts_deploys_nobody(chain: Chain, ask: Ask) -> None:
    for name in ("BurningWallet", "RevertingWallet"):
        factory = chain.deploy(name)
        assert ask(WALLET, undeployed(factory, "0x", signed())) is Proof.INVALID


@pytest.mark.parametrize(
    "wrapped", [b"", b"\xff" * 96, b"\x00" * 96, b"\x00" * 31], ids=["nothing", "far", "zero", "short"]
)
def test_a13_a_wrapping_that_cannot_be_read_is_refused(ask: Ask, wrapped: bytes) -> None:
    assert ask(WALLET, wrapped + UNDEPLOYED_SUFFIX) in {Proof.REJECTED, Proof.INVALID}


def test_a13_a_passkey_s_assertion_over_the_message_is_accepted(chain: Chain, ask: Ask) -> None:
    passkey = ec.generate_private_key(ec.SECP256R1())
    point = passkey.public_key().public_numbers()
    wallet = chain.deploy("PasskeyWallet", point.x, point.y)
    assert ask(wallet, assertion(passkey, MESSAGE)) is Proof.VALID
    assert ask(wallet, assertion(passkey, MESSAGE), MESSAGE + "!") is Proof.REJECTED
    assert ask(wallet, assertion(ec.generate_private_key(ec.SECP256R1()), MESSAGE)) is Proof.REJECTED
    assert ask(wallet, signed()) is Proof.REJECTED


def assertion(passkey: ec.EllipticCurvePrivateKey, message: str) -> bytes:
    digest = bytes(defunct_hash_message(text=message))
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    client = json.dumps(
        {"type": "webauthn.get", "challenge": challenge, "origin": "https://arena.test"},
        separators=(",", ":"),
    )
    device = hashlib.sha256(b"arena.test").digest() + b"\x05" + bytes(4)
    signature = passkey.sign(device + hashlib.sha256(client.encode()).digest(), ec.ECDSA(hashes.SHA256()))
    r, s = decode_dss_signature(signature)
    at = client.index('"challenge"')
    return encode(["bytes", "string", "uint256", "uint256", "uint256"], [device, client, at, r, s])


def test_a13_a_signature_for_another_wallet_of_the_same_owner_is_refused(chain: Chain, ask: Ask) -> None:
    mine, other = chain.deploy("OwnedWallet", OWNER.address), chain.deploy("OwnedWallet", OWNER.address)
    for_other = signed(f"{MESSAGE}:\n{other}")
    assert ask(other, for_other, f"{MESSAGE}:\n{other}") is Proof.VALID
    assert ask(mine, for_other, f"{MESSAGE}:\n{mine}") is Proof.REJECTED


def test_a13_an_account_with_delegated_code_is_ruled_by_its_key_and_by_its_code(
    chain: Chain, ask: Ask
) -> None:
    account, guest = Account.from_key("0x" + "54" * 32), Account.from_key("0x" + "55" * 32)
    code = chain.deploy("OwnedWallet", guest.address)
    chain.rpc("anvil_setCode", account.address, "0xef0100" + code[2:])  # EIP-7702
    assert ask(account.address, signed(by=account)) is Proof.VALID
    assert ask(account.address, signed(by=guest)) is Proof.VALID
    assert ask(account.address, signed(by=OWNER)) is Proof.REJECTED


CHAIN_FAULTS: dict[str, Callable[[FakeRpc], Any]] = {
    "hangs": lambda rpc: rpc.stall,
    "html": lambda rpc: raw(200, b"<html>maintenance</html>"),
    "429": lambda rpc: raw(429, b"slow down"),
    "403": lambda rpc: raw(403, b"no"),
    "500": lambda rpc: raw(500, b""),
    "truncated": lambda rpc: raw(200, b'{"jsonrpc": "2.0", "id": 1, "resu', promised=5000),
    "half-a-json": lambda rpc: raw(200, b'{"jsonrpc": "2.0", "id": 1, "resu'),
    "10-MB": lambda rpc: raw(200, b'{"id": 1, "result": "0x' + b"01" * 5_000_000 + b'"}'),
    "array": lambda rpc: raw(200, b"[]"),
    "null": lambda rpc: result(None),
    "true": lambda rpc: result(True),
    "one": lambda rpc: result(1),
    "two-bytes": lambda rpc: result("0x0101"),
    "a-word": lambda rpc: result("0x" + "00" * 31 + "01"),
    "empty": lambda rpc: result("0x"),
    "another-id": lambda rpc: raw(200, b'{"jsonrpc": "2.0", "id": 7, "result": "0x01"}'),
    "error-and-result": lambda rpc: raw(
        200, b'{"jsonrpc": "2.0", "id": 1, "result": "0x01", "error": {"code": -32005, "message": "limit"}}'
    ),
    "limited": lambda rpc: error(-32005, "rate limited"),
    "not-ready": lambda rpc: error(-32002, "not ready"),
}


@pytest.mark.parametrize("fault", CHAIN_FAULTS)
@pytest.mark.parametrize("method", ["eth_chainId", "eth_call"])
def test_a12_a_chain_in_trouble_is_unavailable_and_never_an_acceptance(
    rpc: FakeRpc, settings: Settings, fault: str, method: str, caplog: pytest.LogCaptureFixture
) -> None:
    ask = ask_at(rpc.url, settings)
    rpc.answers["eth_call"] = result("0x01")
    assert ask(WALLET, signed()) is Proof.VALID  # the same server in good health
    rpc.answers[method] = CHAIN_FAULTS[fault](rpc)
    started = time.monotonic()
    with pytest.raises(AdapterError) as failure:
        ask(WALLET, signed())
    assert failure.value.transient is True
    assert time.monotonic() - started < 3
    assert "canary-rpc-key" not in failure.value.detail + caplog.text


@pytest.mark.parametrize("lie", ["0x1", "0x10e6", "6343", "0x018c8", "", None, 6343, ["0x18c7"]])
def test_a12_a_chain_that_is_another_chain_is_unavailable(rpc: FakeRpc, settings: Settings, lie: Any) -> None:
    rpc.answers |= {"eth_chainId": result(lie), "eth_call": result("0x01")}
    with pytest.raises(AdapterError):
        ask_at(rpc.url, settings)(WALLET, signed())
    assert [question["method"] for question in rpc.asked] == ["eth_chainId"]


def test_a12_a_dead_server_is_unavailable(settings: Settings) -> None:
    with pytest.raises(AdapterError):
        ask_at("http://127.0.0.1:9/v2/canary-rpc-key", settings)(WALLET, signed())


def test_a12_the_gas_of_a_question_is_capped(rpc: FakeRpc, settings: Settings) -> None:
    rpc.answers["eth_call"] = result("0x00")
    ask = ask_at(rpc.url, settings)
    assert ask(WALLET, signed()) is Proof.REJECTED
    assert ask(WALLET, b"\x01" * 300 + UNDEPLOYED_SUFFIX) is Proof.REJECTED
    calls = [question["params"][0] for question in rpc.asked if question["method"] == "eth_call"]
    assert [int(call["gas"], 16) for call in calls] == [1_000_000, 5_000_000]
    assert all("to" not in call and "from" not in call for call in calls)


def test_a_plain_signature_asks_no_chain(rpc: FakeRpc, settings: Settings) -> None:
    assert ask_at(rpc.url, settings)(OWNER.address, signed()) is Proof.VALID
    assert rpc.asked == []


def test_the_committed_validator_is_what_its_source_compiles_to() -> None:
    kept = json.loads(ARTIFACT.read_text())
    source = ARTIFACT.with_suffix(".sol").read_bytes()
    assert kept["sourceSha256"] == hashlib.sha256(source).hexdigest()
    try:
        tools.prepare()
    except tools.Unavailable as reason:
        pytest.skip(str(reason))
    assert solidity.artifact(solidity.VALIDATOR) == kept
