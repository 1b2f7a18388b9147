"""A chain of the tests' own: one anvil per test process, and what tests do with it."""

import json
import os
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from eth_abi.abi import encode

from tests.chain import tools
from tests.chain.solidity import CONTRACTS, Contract, compile_sources

CHAIN_ID = 6343
START_SECONDS = 10
LISTENING = "Listening on "


@dataclass(frozen=True)
class Chain:
    """A running chain: `url` speaks JSON-RPC, `accounts` are rich and unlocked."""

    url: str
    chain_id: int
    contracts: dict[str, Contract] = field(repr=False)

    def rpc(self, method: str, *params: Any) -> Any:
        """The result of one JSON-RPC call; raises AssertionError with the chain's words when it refuses."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}).encode()
        request = urllib.request.Request(self.url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as response:
            answer = json.load(response)
        assert "error" not in answer, answer["error"]
        return answer["result"]

    @property
    def accounts(self) -> list[str]:
        """The funded accounts."""
        return list(self.rpc("eth_accounts"))

    def deploy(self, name: str, *arguments: Any) -> str:
        """Create the contract of that name and return its address."""
        contract = self.contracts[name]
        created = self.send(data=contract.bytecode + self._encoded(contract, "constructor", arguments))
        return str(created["contractAddress"])

    def call(self, address: str, name: str, function: str, *arguments: Any) -> str:
        """What the function of contract `name` at `address` returns, as hex."""
        data = self.calldata(name, function, *arguments)
        return str(self.rpc("eth_call", {"to": address, "data": data}, "latest"))

    def calldata(self, name: str, function: str, *arguments: Any) -> str:
        """The 0x hex of a call of that function."""
        from eth_hash.auto import keccak

        contract = self.contracts[name]
        types = self._types(contract, function)
        selector = keccak(f"{function}({','.join(types)})".encode())[:4].hex()
        return "0x" + selector + self._encoded(contract, function, arguments)

    def send(self, **transaction: Any) -> dict[str, Any]:
        """The receipt of a transaction of the first account, mined at once; it must succeed."""
        digest = self.rpc("eth_sendTransaction", {"from": self.accounts[0], **transaction})
        give_up = time.monotonic() + START_SECONDS
        while (receipt := self.rpc("eth_getTransactionReceipt", digest)) is None:
            assert time.monotonic() < give_up, f"{digest} was not mined"
            time.sleep(0.01)
        assert receipt["status"] == "0x1", receipt
        return dict(receipt)

    def _encoded(self, contract: Contract, function: str, arguments: tuple[Any, ...]) -> str:
        types = self._types(contract, function)
        return encode(types, arguments).hex()

    @staticmethod
    def _types(contract: Contract, function: str) -> list[str]:
        for one in contract.abi:
            if function in {one.get("name"), one["type"]}:
                return [argument["type"] for argument in one["inputs"]]
        return []


@contextmanager
def running_chain() -> Iterator[Chain]:
    """Start a chain on a free port of this machine, and end it; raises Unavailable where it cannot run."""
    tools.prepare()
    contracts = compile_sources(*CONTRACTS.glob("*.sol"))
    command = [str(tools.ANVIL), "--host", "127.0.0.1", "--port", "0"]
    command += ["--chain-id", str(CHAIN_ID), "--hardfork", "osaka"]
    command += ["--prune-history", "2000"]  # nothing of it on the disk
    # Into a file: a pipe nobody reads would fill and stop the chain.
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+b") as output:
        command += ["--cache-path", folder]
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        try:
            yield Chain(f"http://{_address(process, output)}", CHAIN_ID, contracts)
        finally:
            process.kill()
            process.wait()


def _address(process: subprocess.Popen[bytes], output: Any) -> str:
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up and process.poll() is None:
        # pread: the child writes through the same open file, whose position must stay its own
        for line in os.pread(output.fileno(), 64 * 1024, 0).decode().splitlines():
            if line.startswith(LISTENING):
                return str(line.removeprefix(LISTENING).strip())
        time.sleep(0.02)
    raise tools.Unavailable("anvil did not start")
