"""Signing in with wallet contracts, from the challenge to the session, on a real chain."""

from typing import Any

import pytest
from eth_abi.abi import encode
from pytest_django.fixtures import Settings

from apps.core.errors import DomainError
from apps.users.adapters.wallets.contract import UNDEPLOYED_SUFFIX
from apps.users.models import Challenge, Session
from apps.users.services import challenges
from apps.users.services.sign_in import sign_in
from tests.chain.evm import Chain
from tests.users.adapters.fake_rpc import FakeRpc, result
from tests.users.signing import CLIENT, DOMAIN, NOW, URI, sign, wallet

pytestmark = pytest.mark.django_db(transaction=True)
OWNER = wallet(51)


def ask(address: str) -> Challenge:
    return challenges.issue_challenge(
        address=address, chain_id=6343, domain=DOMAIN, uri=URI, statement=None, client=CLIENT, now=NOW
    )


def enter(challenge: Challenge, signature: str) -> Any:
    return sign_in(message=challenge.message, signature=signature, client=CLIENT, now=NOW)


def refusal(challenge: Challenge, signature: str) -> tuple[int, str]:
    with pytest.raises(DomainError) as refused:
        enter(challenge, signature)
    assert Session.objects.count() == 0
    return refused.value.status, refused.value.code


@pytest.fixture
def connected(chain: Chain, settings: Settings) -> Chain:
    settings.CHAIN_RPC_URLS = {6343: chain.url}
    return chain


def test_a12_a_wallet_contract_signs_in(connected: Chain) -> None:
    address = connected.deploy("OwnedWallet", OWNER.address)
    challenge = ask(address)
    entered = enter(challenge, sign(OWNER, challenge.message))
    assert entered.is_new_user
    assert [one.address for one in entered.user.wallets.all()] == [address]
    with pytest.raises(DomainError) as again:
        enter(challenge, sign(OWNER, challenge.message))
    assert again.value.code == "SIWE_NONCE_USED"


@pytest.mark.parametrize("name", ["RevertingWallet", "BurningWallet"])
def test_a12_a_wallet_contract_that_does_not_accept_signs_nobody_in(connected: Chain, name: str) -> None:
    challenge = ask(connected.deploy(name))
    assert refusal(challenge, sign(OWNER, challenge.message)) == (401, "SIWE_CONTRACT_REJECTED")


def test_a13_a_signature_for_another_wallet_of_the_same_owner_signs_nobody_in(connected: Chain) -> None:
    mine, other = (ask(connected.deploy("OwnedWallet", OWNER.address)) for _ in range(2))
    assert refusal(mine, sign(OWNER, other.message)) == (401, "SIWE_CONTRACT_REJECTED")


def test_a13_a_wallet_not_deployed_yet_signs_in(connected: Chain) -> None:
    factory, salt = connected.deploy("WalletFactory"), b"\x33" * 32
    address = "0x" + connected.call(factory, "WalletFactory", "predict", OWNER.address, salt)[-40:]
    call = connected.calldata("WalletFactory", "create", OWNER.address, salt)
    challenge = ask(address)
    inner = bytes.fromhex(sign(OWNER, challenge.message)[2:])
    wrapped = encode(["address", "bytes", "bytes"], [factory, bytes.fromhex(call[2:]), inner])
    assert enter(challenge, "0x" + (wrapped + UNDEPLOYED_SUFFIX).hex()).is_new_user


def test_a13_without_a_chain_a_contract_wallet_is_told_so(settings: Settings) -> None:
    challenge = ask("0x" + "ab" * 20)
    assert refusal(challenge, "0x" + "01" * 300) == (401, "WALLET_TYPE_UNSUPPORTED")


def test_a12_a_chain_that_lies_about_its_name_signs_nobody_in(rpc: FakeRpc, settings: Settings) -> None:
    settings.CHAIN_RPC_URLS = {6343: rpc.url}
    rpc.answers |= {"eth_chainId": result("0x1"), "eth_call": result("0x01")}
    challenge = ask("0x" + "ab" * 20)
    assert refusal(challenge, sign(OWNER, challenge.message)) == (503, "CHAIN_UNAVAILABLE")
    challenge.refresh_from_db()
    assert challenge.consumed_at is None
