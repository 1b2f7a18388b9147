"""The local chain itself: it answers, contracts work on it, and where it cannot run it says why."""

import platform

import pytest

from tests.chain import tools
from tests.chain.evm import CHAIN_ID, Chain
from tests.chain.solidity import CONTRACTS, compile_sources


def test_the_chain_is_the_test_net_s_twin(chain: Chain) -> None:
    assert int(chain.rpc("eth_chainId"), 16) == chain.chain_id == CHAIN_ID
    assert len(chain.accounts) == 10


def test_a_contract_is_deployed_and_called(chain: Chain) -> None:
    factory = chain.deploy("WalletFactory")
    owner, salt = chain.accounts[1], bytes(32)
    predicted = "0x" + chain.call(factory, "WalletFactory", "predict", owner, salt)[-40:]
    assert chain.rpc("eth_getCode", predicted, "latest") == "0x"
    chain.send(to=factory, data=chain.calldata("WalletFactory", "create", owner, salt))
    assert len(chain.rpc("eth_getCode", predicted, "latest")) > 100


def test_what_a_test_did_can_be_undone(chain: Chain) -> None:
    before = chain.rpc("evm_snapshot")
    height = chain.rpc("eth_blockNumber")
    chain.rpc("anvil_mine", "0x5")
    assert int(chain.rpc("eth_blockNumber"), 16) == int(height, 16) + 5
    assert chain.rpc("evm_revert", before) is True
    assert chain.rpc("eth_blockNumber") == height


def test_compiling_twice_gives_the_same_bytes(chain: Chain) -> None:
    again = compile_sources(*CONTRACTS.glob("*.sol"))
    assert {name: one.bytecode for name, one in again.items()} == {
        name: one.bytecode for name, one in chain.contracts.items()
    }


def test_another_machine_is_told_why_there_is_no_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    with pytest.raises(tools.Unavailable, match="x86-64"):
        tools.prepare()
