"""Holding the configured vaults against their chains, before anybody pays: address, code, chain and signer."""

from django.core.exceptions import ImproperlyConfigured

from apps.core.errors import DomainError
from apps.economy.adapters.vault.abi import interface, own_code_hash
from apps.economy.services import chains, signing
from apps.economy.types import Vault


def verify(vault: Vault, *, seconds: float = chains.QUESTION_SECONDS) -> tuple[list[str], list[str]]:
    """What holds of a vault and what does not, in sentences; nothing is changed."""
    good: list[str] = []
    faults: list[str] = []
    try:
        interface(vault.abi_path)
    except ImproperlyConfigured as fault:
        return good, [str(fault)]
    with chains.every(vault, seconds=seconds) as readers:
        believed, left_out = chains.trusted(vault, readers)
    good += [
        f"{one.name} serves chain {vault.chain_id} and the vault at {vault.address}." for one in believed
    ]
    faults += [one.why for one in left_out]
    if vault.code_hash == own_code_hash():
        good.append("Its code is that of the vault in this repository.")
    elif not vault.abi_path:
        faults.append(
            "Its code is not that of the vault in this repository, and no interface of its own is named."
        )
    try:
        signing.demand_signer(vault)
    except DomainError as refusal:
        faults.append(refusal.detail)
    else:
        good.append(f"Withdrawals can be signed for {vault.resolver}.")
    return good, faults
