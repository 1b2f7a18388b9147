"""Signatures of Porto accounts, asked of a Porto relay: its keys may live with the relay before the chain."""

from typing import Any

from apps.core.errors import AdapterError
from apps.core.json_rpc import JsonRpc
from apps.users.adapters.wallets.port import Proof

SERVER = "The Porto relay"


def prove(*, address: str, chain_id: int, message: str, signature: bytes, relay_url: str) -> Proof:
    """VALID only when the relay's answer is an object whose `valid` is the literal true, REJECTED when false.

    AdapterError (transient) for everything else: an answer that says neither is no verdict.
    """
    from eth_account.messages import defunct_hash_message

    question = {
        "address": address,
        "chainId": hex(chain_id),
        "digest": "0x" + bytes(defunct_hash_message(text=message)).hex(),
        "signature": "0x" + signature.hex(),
    }
    with JsonRpc(relay_url, server=SERVER) as relay:
        answer = relay.ask("wallet_verifySignature", [question])
    valid = answer.get("valid") if isinstance(answer, dict) else None
    if valid is True and _is_about(answer, address):
        return Proof.VALID
    if isinstance(valid, bool):
        return Proof.REJECTED
    raise AdapterError(f"{SERVER} gave no verdict.", transient=True)


def _is_about(answer: dict[str, Any], address: str) -> bool:
    """Whether the account the relay names as proved, where it names one, is the one asked for."""
    proof = answer.get("proof")
    account = proof.get("account") if isinstance(proof, dict) else None
    return account is None or (isinstance(account, str) and account.lower() == address.lower())
