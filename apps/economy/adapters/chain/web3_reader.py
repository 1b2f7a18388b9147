"""Reading a vault through one JSON-RPC server, which is believed in nothing that it does not tell exactly."""

import re
from typing import Any
from urllib.parse import urlsplit

from apps.core.errors import AdapterError
from apps.core.json_rpc import JsonRpc, RpcFailure
from apps.economy.adapters.chain.port import TxReverted
from apps.economy.adapters.chain.told import Told
from apps.economy.adapters.vault.abi import NotOurs, code_hash, interface
from apps.economy.types import ETH, Head, Vault, VaultLog

MOST_BYTES = 8 * 1024 * 1024
MOST_LOGS = 10_000
"""Servers cut off here, some without a word: so many are taken for too many."""
_TOO_MANY = re.compile(
    r"too (many|large|big)|more than|exceed.*(results|logs|range|size)|query returned|block range", re.I
)
SUCCEEDED, FAILED = "0x1", "0x0"


class Web3Reader:
    """One provider of one vault's chain (`ChainReader`); a context manager. Each question has `seconds`, all end at
    `until` (of the monotonic clock).

    What it is asked of a state it asks for by the hash of the block (EIP-1898), which a server must know.
    """

    def __init__(self, vault: Vault, url: str, *, seconds: float = 5.0, until: float | None = None) -> None:
        self.name = _host(url)
        self._vault = vault
        self._interface = interface(vault.abi_path)
        self._rpc = JsonRpc(url, server=self.name, seconds=seconds, max_bytes=MOST_BYTES, until=until)
        self._told = Told(name=self.name, address=vault.address, interface=self._interface)
        self._highest = -1

    def __enter__(self) -> "Web3Reader":
        return self

    def __exit__(self, *exception: object) -> None:
        self._rpc.__exit__(*exception)

    def chain_id(self) -> int:
        """The chain that answers."""
        return self._told.number(self._rpc.ask("eth_chainId", []), "a chain")

    def code_hash(self) -> str:
        """The keccak-256 of the code at the vault's address."""
        code = self._rpc.ask("eth_getCode", [self._vault.address, "latest"])
        return code_hash(self._told.data(code, "the code of the vault"))

    def head(self, tag: str = "latest") -> Head:
        """Its newest whole block, or the one that the tag names; a block still in the making is passed over."""
        block = self._told.document(self._rpc.ask("eth_getBlockByNumber", [tag, False]), "its newest block")
        head = self._told.head(block)
        if head is None:
            number = self._told.number(block.get("number"), "the number of a block")
            head = self.block(number - 1) if number else None
        if head is None:
            raise self._told.odd("its newest block")
        self._highest = max(self._highest, head.number)
        return head

    def block(self, number: int) -> Head | None:
        """The canonical block of that height; None above the head."""
        block = self._rpc.ask("eth_getBlockByNumber", [hex(number), False])
        if block is None:
            return None
        head = self._told.head(self._told.document(block, "a block"))
        if head is not None and head.number != number:
            raise self._told.odd("another block than was asked for")
        return head

    def logs(self, first: int, last: int) -> list[VaultLog]:
        """The vault's events of the resolver in these blocks, both included, in order, each once.

        Never of blocks above the newest that this reader was told of: a server that lags behind says "nothing" there.
        """
        if last > self._highest and last > self.head().number:
            raise AdapterError(f"{self.name} has not seen block {last} yet.", transient=True)
        step = self._vault.most_blocks
        return [
            event
            for start in range(first, last + 1, step)
            for event in self._piece(start, min(start + step - 1, last))
        ]

    def receipt(self, tx_hash: str) -> list[VaultLog] | None:
        """The vault's events of a mined transaction (0x and 64 digits); None while it is in no whole block.

        TxReverted (422) where it failed.
        """
        answer = self._rpc.ask("eth_getTransactionReceipt", [tx_hash])
        if answer is None:
            return None
        receipt = self._told.document(answer, "a receipt")
        digest = self._told.block_hash(receipt.get("blockHash"))
        if self._told.hash(receipt.get("transactionHash"), "a receipt") != tx_hash.lower():
            raise self._told.odd("another receipt than was asked for")
        if digest is None:
            return None
        number = self._told.number(receipt.get("blockNumber"), "the block of a receipt")
        if receipt.get("status") == FAILED:
            raise TxReverted("The transaction was mined and failed; nothing was paid by it.")
        if receipt.get("status") != SUCCEEDED:
            raise self._told.odd("the outcome of a transaction")
        events = self._ours(receipt.get("logs"))
        if any(
            (one.tx_hash, one.block_hash, one.block_number) != (tx_hash.lower(), digest, number)
            for one in events
        ):
            raise self._told.odd("a receipt with the events of another")
        return events

    def deposit_of(self, user: str, nonce: int, *, block_hash: str) -> int:
        """What `getDeposit` says of the chain's own coin at that block, in wei; 0 for nothing."""
        resolver = self._vault.resolver
        said = self._state(block_hash, "getDeposit", user=user, token=ETH, resolver=resolver, nonce=nonce)
        return int(said)

    def is_withdrawn(self, nonce: int, *, block_hash: str) -> bool:
        """Whether the resolver's withdrawal of that number had been carried out at that block."""
        return bool(self._state(block_hash, "withdrawn", resolver=self._vault.resolver, nonce=nonce))

    def balance(self, *, block_hash: str) -> int:
        """What lies in the vault for the resolver at that block, in wei."""
        return int(self._state(block_hash, "resolverBalanceOf", resolver=self._vault.resolver, token=ETH))

    def _piece(self, first: int, last: int) -> list[VaultLog]:
        """The events of one question; in halves where the server finds them too many."""
        question = {
            "address": self._vault.address,
            "fromBlock": hex(first),
            "toBlock": hex(last),
            "topics": self._interface.topics(resolver=self._vault.resolver),
        }
        try:
            answer = self._rpc.ask("eth_getLogs", [question])
        except RpcFailure as failure:
            if first == last or not _TOO_MANY.search(failure.message):
                raise
            return self._halves(first, last)
        if isinstance(answer, list) and len(answer) >= MOST_LOGS:
            if first == last:
                raise AdapterError(f"{self.name} cuts block {first} short.", transient=True)
            return self._halves(first, last)
        events = self._ours(answer)
        if any(not first <= event.block_number <= last for event in events):
            raise self._told.odd("events of other blocks than were asked for")
        return events

    def _halves(self, first: int, last: int) -> list[VaultLog]:
        middle = (first + last) // 2
        return [*self._piece(first, middle), *self._piece(middle + 1, last)]

    def _ours(self, listed: object) -> list[VaultLog]:
        return [event for event in self._told.events(listed) if event.resolver == self._vault.resolver]

    def _state(self, block_hash: str, function: str, **values: Any) -> Any:
        call = {"to": self._vault.address, "data": self._interface.call(function, **values)}
        answer = self._rpc.ask("eth_call", [call, {"blockHash": block_hash, "requireCanonical": True}])
        try:
            return self._interface.answer(function, self._told.data(answer, f"an answer to {function}"))
        except NotOurs:
            raise self._told.odd(f"an answer to {function}") from None


def _host(url: str) -> str:
    """The host and the port of an address: the rest of it may carry a key."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
