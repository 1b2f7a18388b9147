"""Who can prove a signature: arithmetic for plain accounts, the chain or a relay for the others."""

from django.conf import settings

from apps.users.adapters.wallets import contract, eoa, porto
from apps.users.adapters.wallets.port import Proof

MAX_SIGNATURE_BYTES = 4096
NEARLY_PLAIN_BYTES = 66  # what is about as long as a plain account's signature is taken for a broken one


def verify(*, address: str, chain_id: int, message: str, signature: bytes) -> Proof:
    """Whether `address` on `chain_id` signed `message`; AdapterError (transient) when nobody could say.

    A plain account's own signature settles it, also where code was delegated to the account (EIP-7702): its key
    still rules it. Otherwise the account's contract is asked, else the Porto relay; with neither, UNSUPPORTED.
    """
    if not 0 < len(signature) <= MAX_SIGNATURE_BYTES:
        return Proof.INVALID
    if eoa.prove(address=address, message=message, signature=signature) is Proof.VALID:
        return Proof.VALID
    rpc_url = settings.CHAIN_RPC_URLS.get(chain_id)
    if rpc_url:
        return contract.prove(
            address=address, chain_id=chain_id, message=message, signature=signature, rpc_url=rpc_url
        )
    if len(signature) <= NEARLY_PLAIN_BYTES:
        return Proof.INVALID
    if settings.PORTO_RELAY_URL:
        relay_url = settings.PORTO_RELAY_URL
        return porto.prove(
            address=address, chain_id=chain_id, message=message, signature=signature, relay_url=relay_url
        )
    return Proof.UNSUPPORTED
