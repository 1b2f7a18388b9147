"""A vault on the local chain of the tests, and people who pay it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from apps.economy.adapters.chain.web3_reader import Web3Reader
from apps.economy.adapters.vault.abi import ARTIFACT, code_hash, interface, own_bytecode
from apps.economy.services import signing
from apps.economy.types import Vault
from tests.chain.evm import Chain

ETHER = 10**18
FOREVER = 2**40
"""A deadline that no test reaches."""
RESOLVER_KEY = "0x" + "5e" * 32
STRANGER_KEY = "0x" + "57" * 32


def address_of(key: str) -> str:
    """The address of a private key, lower case."""
    from eth_account import Account

    return str(Account.from_key(key).address).lower()


@dataclass(frozen=True)
class LocalVault:
    """A deployed vault: `vault` as the settings would name it, `chain` as the tests move it."""

    chain: Chain
    vault: Vault

    def payer(self, number: int = 1) -> str:
        """A rich account of the chain."""
        return self.chain.accounts[number]

    def pay(self, nonce: int, wei: int, *, payer: str = "", resolver: str = "") -> dict[str, Any]:
        """The receipt of a deposit."""
        data = interface().call("depositETH", resolver=resolver or self.vault.resolver, nonce=nonce)
        sender = payer or self.payer()
        return self.chain.send(**{"from": sender}, to=self.vault.address, data=data, value=hex(wei))

    def withdrawal(self, **changed: Any) -> str:
        """The data of a withdrawal that our signer has signed, with other words than it signed where `changed`."""
        said: dict[str, Any] = {"payee": self.payer(3), "amount_wei": ETHER, "nonce": 9, "deadline": FOREVER}
        said |= {name: value for name, value in changed.items() if name != "signature"}
        signature = changed.get("signature") or signing.sign_withdrawal(self.vault, **said)
        return signing.withdraw_calldata(self.vault, **said, signature=signature)

    def send(self, data: str, **transaction: Any) -> dict[str, Any]:
        """The receipt of a call of the vault, brought by an account that has nothing to do with it."""
        return self.chain.send(**{"from": self.payer(7)}, to=self.vault.address, data=data, **transaction)

    def refusal(self, data: str, *, value: int = 0) -> str:
        """The name of the custom error that a call of the vault ends in; "" where it would succeed."""
        call = {"from": self.payer(), "to": self.vault.address, "data": data, "value": hex(value)}
        try:
            self.chain.rpc("eth_call", call, "latest")
        except AssertionError as refused:
            return ERRORS[str(refused.args[0]["data"])[:10]]
        return ""

    def wei_of(self, address: str) -> int:
        """What an address has."""
        return int(self.chain.rpc("eth_getBalance", address, "latest"), 16)

    @contextmanager
    def reader(self, **changed: Any) -> Iterator[Web3Reader]:
        """Our reader on this chain."""
        with Web3Reader(replace(self.vault, **changed), self.chain.url) as reader:
            yield reader


def deployed(chain: Chain) -> LocalVault:
    """Deploy our vault from its committed artifact."""
    address = chain.send(data=own_bytecode())["contractAddress"]
    vault = Vault(
        chain_id=chain.chain_id,
        address=str(address).lower(),
        code_hash=json.loads(ARTIFACT.read_text())["codeHash"],
        resolver=address_of(RESOLVER_KEY),
        rpc_urls=(chain.url,),
        confirmations=3,
        finality="depth",
        start_block=0,
        overlap=16,
        most_blocks=100,
        agree_above_wei=10**17,
    )
    return LocalVault(chain, vault)


def _errors() -> dict[str, str]:
    from eth_hash.auto import keccak

    found = {}
    for entry in json.loads(ARTIFACT.read_text())["abi"]:
        if entry["type"] == "error":
            kinds = ",".join(argument["type"] for argument in entry["inputs"])
            found["0x" + keccak(f"{entry['name']}({kinds})".encode())[:4].hex()] = entry["name"]
    return found


ERRORS = _errors()
NOTHING_HASH = code_hash(b"")
