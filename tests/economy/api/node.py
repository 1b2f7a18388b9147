"""A scripted chain behind JSON-RPC, as a real node would tell of it, until a test makes it tell otherwise."""

from typing import Any

from apps.economy.adapters.vault.abi import code_hash, interface
from apps.economy.types import Head, VaultLog
from tests.economy.world import FakeChain
from tests.users.adapters.fake_rpc import FakeRpc, Question, Written, result

CODE = "0x60806040"
CODE_HASH = code_hash(bytes.fromhex(CODE[2:]))


class Node:
    """Answers of a node whose chain is the scripted one; `foreign` are logs of other contracts, by transaction."""

    def __init__(self, chain: FakeChain, rpc: FakeRpc) -> None:
        self.chain, self.rpc = chain, rpc
        self.foreign: dict[str, list[dict[str, Any]]] = {}
        rpc.answers |= {
            "eth_chainId": result(hex(chain.vault.chain_id)),
            "eth_getCode": result(CODE),
            "eth_getBlockByNumber": self._block,
            "eth_getLogs": self._logs,
            "eth_getTransactionReceipt": self._receipt,
            "eth_call": self._call,
        }

    def told(self, log: VaultLog, **changes: Any) -> dict[str, Any]:
        """An event of the vault as a node writes it."""
        return {
            "address": self.chain.vault.address,
            "topics": [topic_of(log.name), *(_word(one) for one in (log.user, log.token, log.resolver))],
            "data": "0x" + f"{log.nonce:064x}{log.amount_wei:064x}",
            "blockNumber": hex(log.block_number),
            "blockHash": log.block_hash,
            "transactionHash": log.tx_hash,
            "transactionIndex": "0x0",
            "logIndex": hex(log.log_index),
            "removed": False,
            **changes,
        }

    def _block(self, question: Question) -> Written:
        wanted = question["params"][0]
        found = self.chain.head(wanted) if not wanted.startswith("0x") else self.chain.block(int(wanted, 16))
        return result(_head(found) if found else None)(question)

    def _logs(self, question: Question) -> Written:
        asked = question["params"][0]
        logs = self.chain.logs(int(asked["fromBlock"], 16), int(asked["toBlock"], 16))
        return result([self.told(one) for one in logs])(question)

    def _receipt(self, question: Question) -> Written:
        tx_hash = question["params"][0]
        events = self.chain.receipt(tx_hash)
        if events is None:
            return result(None)(question)
        head = self.chain.block(events[0].block_number) if events else self.chain.head()
        assert head is not None
        place = {"blockNumber": hex(head.number), "blockHash": head.hash, "transactionHash": tx_hash}
        logs = [self.told(one) for one in events] + [one | place for one in self.foreign.get(tx_hash, [])]
        return result({**place, "status": "0x1", "logs": logs})(question)

    def _call(self, question: Question) -> Written:
        call, at = question["params"]
        user, _, _, nonce = (int(call["data"][10 + 64 * n : 74 + 64 * n], 16) for n in range(4))
        amount = self.chain.deposit_of(f"0x{user:040x}", nonce, block_hash=at["blockHash"])
        return result(f"0x{amount:064x}")(question)


def topic_of(name: str) -> str:
    """The first topic of an event of the vault."""
    return "0x" + next(topic for topic, event in interface().events.items() if event.name == name).hex()


def _head(head: Head) -> dict[str, str]:
    return {"number": hex(head.number), "hash": head.hash, "timestamp": hex(head.timestamp)}


def _word(address: str) -> str:
    return "0x" + address.removeprefix("0x").rjust(64, "0")
