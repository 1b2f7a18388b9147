"""Signatures of plain accounts: the address is recovered from the signature itself, nobody is asked."""

from apps.users.adapters.wallets.port import Proof

SIGNATURE_BYTES = 65
CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
RECOVERY_IDS = frozenset({0, 1, 27, 28})


def prove(*, address: str, message: str, signature: bytes) -> Proof:
    """VALID when `signature` is the ERC-191 signature of `message` by `address` (hex, any case), else INVALID.

    Never raises. Only the canonical form counts: 65 bytes, r and s in range, s in the lower half (its twin in
    the upper half is the same proof in other bytes), recovery id 0, 1, 27 or 28.
    """
    from eth_account import Account
    from eth_account.messages import encode_defunct
    from eth_keys.exceptions import BadSignature, ValidationError

    if not _is_canonical(signature):
        return Proof.INVALID
    try:
        signer = Account.recover_message(encode_defunct(text=message), signature=signature)
    except (BadSignature, ValidationError, ValueError, TypeError):
        return Proof.INVALID
    return Proof.VALID if signer.lower() == address.lower() else Proof.INVALID


def _is_canonical(signature: bytes) -> bool:
    if len(signature) != SIGNATURE_BYTES:
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    return 0 < r < CURVE_ORDER and 0 < s <= CURVE_ORDER // 2 and signature[64] in RECOVERY_IDS
