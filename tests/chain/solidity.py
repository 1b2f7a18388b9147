"""Compiling Solidity with the packaged compiler, the same bytes every time.

`python -m tests.chain.solidity` compiles the contracts of the apps anew and writes their artifacts.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.chain import tools

EVM = "paris"  # the oldest rules that still serve: the code runs on every chain
SETTINGS: dict[str, Any] = {
    "evmVersion": EVM,
    "optimizer": {"enabled": True, "runs": 200},
    "metadata": {"appendCBOR": False, "bytecodeHash": "none"},
    "outputSelection": {"*": {"*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"]}},
}
CONTRACTS = tools.HERE / "contracts"
APPS = tools.HERE.parent.parent / "apps"
VALIDATOR = APPS / "users" / "adapters" / "wallets" / "validator.sol"
VAULT = APPS / "economy" / "adapters" / "vault" / "vault.sol"


@dataclass(frozen=True)
class Contract:
    """One compiled contract: its interface, the code that creates it and the code that then stands there (0x hex)."""

    abi: list[dict[str, Any]]
    bytecode: str
    deployed: str
    compiler: str


def compile_sources(*paths: Path) -> dict[str, Contract]:
    """The contracts of the files by name; raises AssertionError with the compiler's words when it refuses."""
    tools.prepare()
    sources = {path.name: {"content": path.read_text()} for path in sorted(paths)}
    question = json.dumps({"language": "Solidity", "sources": sources, "settings": SETTINGS}, sort_keys=True)
    kept = tools.PACKAGES / f".compiled-{hashlib.sha256(question.encode()).hexdigest()[:32]}.json"
    if not kept.exists():
        written = kept.with_suffix(f".{os.getpid()}")
        written.write_text(tools.node("compile.cjs", stdin=question))
        written.replace(kept)
    return _read(json.loads(kept.read_text()))


def artifact(path: Path) -> dict[str, str]:
    """What is committed beside a contract: its code, and what it was made from and with."""
    (contract,) = compile_sources(path).values()
    return {
        "source": path.name,
        "sourceSha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "compiler": contract.compiler,
        "evmVersion": EVM,
        "bytecode": contract.bytecode,
    }


def vault_artifact(path: Path) -> dict[str, Any]:
    """An artifact with the interface and the keccak-256 of the code on the chain, by which a vault is known."""
    from eth_hash.auto import keccak

    (contract,) = compile_sources(path).values()
    code_hash = "0x" + keccak(bytes.fromhex(contract.deployed[2:])).hex()
    return {**artifact(path), "codeHash": code_hash, "abi": contract.abi}


def _read(output: dict[str, Any]) -> dict[str, Contract]:
    faults = [one["formattedMessage"] for one in output.get("errors", []) if one["severity"] == "error"]
    assert not faults, "\n".join(faults)
    return {
        name: Contract(
            made["abi"],
            "0x" + made["evm"]["bytecode"]["object"],
            "0x" + made["evm"]["deployedBytecode"]["object"],
            output["compiler"],
        )
        for file in output["contracts"].values()
        for name, made in file.items()
    }


if __name__ == "__main__":
    VALIDATOR.with_suffix(".json").write_text(json.dumps(artifact(VALIDATOR), indent=2) + "\n")
    VAULT.with_suffix(".json").write_text(json.dumps(vault_artifact(VAULT), indent=1) + "\n")
