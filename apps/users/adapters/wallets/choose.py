"""Who can prove a signature: arithmetic for plain accounts, the chain or a relay for the others."""

from apps.users.adapters.wallets import eoa
from apps.users.adapters.wallets.port import Proof

MAX_SIGNATURE_BYTES = 4096
NEARLY_PLAIN_BYTES = 66


def verify(*, address: str, chain_id: int, message: str, signature: bytes) -> Proof:
    """Whether `address` on `chain_id` signed `message`; AdapterError (transient) when nobody could say."""
    if not 0 < len(signature) <= MAX_SIGNATURE_BYTES:
        return Proof.INVALID
    if eoa.prove(address=address, message=message, signature=signature) is Proof.VALID:
        return Proof.VALID
    return Proof.INVALID if len(signature) <= NEARLY_PLAIN_BYTES else Proof.UNSUPPORTED
