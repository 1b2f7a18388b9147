"""Signatures of wallet contracts, asked of the chain itself: ERC-1271, and ERC-6492 before deployment."""

import json
from functools import cache
from pathlib import Path

from apps.core.errors import AdapterError
from apps.core.json_rpc import JsonRpc, RpcFailure
from apps.users.adapters.wallets.port import Proof

ARTIFACT = Path(__file__).with_name("validator.json")
UNDEPLOYED_SUFFIX = bytes.fromhex("6492" * 16)
# The wallet itself may burn 500,000 gas and the factory 3,000,000 (validator.sol); the rest is for reading them in.
CALL_GAS = 1_000_000
DEPLOY_GAS = 5_000_000
REVERTED = 3
VERDICTS = {"0x00": Proof.REJECTED, "0x01": Proof.VALID, "0x02": Proof.INVALID}


def prove(*, address: str, chain_id: int, message: str, signature: bytes, rpc_url: str) -> Proof:
    """The verdict of the contract at `address` on the ERC-191 hash of `message`.

    VALID and REJECTED are the contract's word, INVALID says there is no contract. AdapterError (transient) when
    the server at `rpc_url` cannot say, or serves another chain.
    """
    with JsonRpc(rpc_url, server=f"Chain {chain_id}") as rpc:
        if _number(rpc.ask("eth_chainId", [])) != chain_id:
            raise AdapterError(f"{rpc.server} is served by another chain.", transient=True)
        return _verdict(rpc, _call(address, message, signature))


def _verdict(rpc: JsonRpc, call: dict[str, str]) -> Proof:
    try:
        verdict = rpc.ask("eth_call", [call, "latest"])
    except RpcFailure as failure:
        # The validator contains the wallet's own reverts; what reverts it is a wrapping that cannot be decoded.
        if failure.code == REVERTED or "revert" in failure.message.lower():
            return Proof.REJECTED
        raise
    if not isinstance(verdict, str) or verdict not in VERDICTS:
        raise AdapterError(f"{rpc.server} gave no verdict.", transient=True)
    return VERDICTS[verdict]


@cache
def _validator_code() -> str:
    return str(json.loads(ARTIFACT.read_text())["bytecode"])


def _call(address: str, message: str, signature: bytes) -> dict[str, str]:
    from eth_abi.abi import encode
    from eth_account.messages import defunct_hash_message

    digest = bytes(defunct_hash_message(text=message))
    arguments = encode(["address", "bytes32", "bytes"], [address, digest, signature])
    gas = DEPLOY_GAS if signature.endswith(UNDEPLOYED_SUFFIX) else CALL_GAS
    return {"data": _validator_code() + arguments.hex(), "gas": hex(gas)}


def _number(quantity: object) -> int | None:
    try:
        return int(quantity, 16) if isinstance(quantity, str) else None
    except ValueError:
        return None
