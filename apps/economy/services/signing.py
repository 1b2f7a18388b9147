"""What the resolver signs, and the calls that wallets send: made here, so that no page has to make them."""

from django.conf import settings
from django.views.decorators.debug import sensitive_variables

from apps.economy.adapters.vault.abi import interface
from apps.economy.services.chains import PaymentsOff
from apps.economy.types import ETH, Vault

DOMAIN = {"name": "PumpPartyVault", "version": "1"}
WITHDRAWAL = [
    {"name": "user", "type": "address"},
    {"name": "token", "type": "address"},
    {"name": "resolver", "type": "address"},
    {"name": "amount", "type": "uint256"},
    {"name": "nonce", "type": "uint256"},
    {"name": "deadline", "type": "uint256"},
]


@sensitive_variables()
def sign_withdrawal(vault: Vault, *, payee: str, amount_wei: int, nonce: int, deadline: int) -> str:
    """The resolver's signature (0x, 65 bytes) that lets `amount_wei` of the chain's coin leave for `payee`, once.

    `deadline` is in seconds of the chain's own time. PaymentsOff (503) where no key is configured, or another's than
    the vault's resolver. ValueError for an amount that is not positive or a payee that is nobody: money would be lost.
    """
    from eth_account import Account

    if amount_wei <= 0 or payee.lower() in {ETH, vault.address}:
        raise ValueError("A withdrawal needs somebody who gets something.")
    signer = _signer(vault)
    signed = Account.sign_typed_data(
        signer,
        domain_data={**DOMAIN, "chainId": vault.chain_id, "verifyingContract": vault.address},
        message_types={"Withdrawal": WITHDRAWAL},
        message_data={
            "user": payee.lower(),
            "token": ETH,
            "resolver": vault.resolver,
            "amount": amount_wei,
            "nonce": nonce,
            "deadline": deadline,
        },
    )
    return "0x" + bytes(signed.signature).hex()


@sensitive_variables()
def demand_signer(vault: Vault) -> None:
    """Return where this process can sign for the vault's resolver; PaymentsOff (503) otherwise."""
    _signer(vault)


def deposit_calldata(vault: Vault, *, nonce: int) -> str:
    """The 0x data with which a wallet pays the resolver under that number; the value is what it pays."""
    return interface(vault.abi_path).call("depositETH", resolver=vault.resolver, nonce=nonce)


def withdraw_calldata(
    vault: Vault, *, payee: str, amount_wei: int, nonce: int, deadline: int, signature: str
) -> str:
    """The 0x data with which anybody fetches for `payee` what was signed."""
    return interface(vault.abi_path).call(
        "withdraw",
        user=payee,
        token=ETH,
        resolver=vault.resolver,
        amount=amount_wei,
        nonce=nonce,
        deadline=deadline,
        signature=bytes.fromhex(signature.removeprefix("0x")),
    )


@sensitive_variables()
def _signer(vault: Vault) -> str:
    """The private key of the vault's resolver, of those that are configured."""
    from eth_account import Account

    keys = [key for key in settings.RESOLVER_KEY.split(",") if key]
    if not keys:
        raise PaymentsOff("Nothing can be signed out: the resolver's key is not configured.")
    for key in keys:
        try:
            if Account.from_key(key).address.lower() == vault.resolver:
                return str(key)
        except Exception:  # whatever the library says of a key may hold the key
            continue
    raise PaymentsOff("Nothing can be signed out: the configured key is not the resolver's.")
