"""Which vaults count and who may be asked about them: a provider of another chain, or of other code, is left out."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from django.conf import settings

from apps.core.errors import AdapterError, DomainError, InvalidInput
from apps.economy.adapters.chain.port import ChainReader
from apps.economy.adapters.chain.web3_reader import Web3Reader
from apps.economy.types import Vault

QUESTION_SECONDS = 5.0


class PaymentsOff(DomainError):
    """Nothing can be paid here, or nothing signed out: it is not configured."""

    status = 503
    code = "PAYMENTS_OFF"


class WrongChain(InvalidInput):
    """There is no vault on that chain."""

    code = "WRONG_CHAIN"


class ChainUnavailable(DomainError):
    """The chain cannot be asked now: nothing was learned, nothing was changed."""

    status = 503
    code = "CHAIN_UNAVAILABLE"
    retryable = True


class LeftOut(NamedTuple):
    """A provider that is not asked, and why. `is_wrong` says that it answered, and for something else than the vault."""

    name: str
    why: str
    is_wrong: bool


def configured() -> list[Vault]:
    """Every vault that payments may come through; none where payments are off."""
    return [Vault(**one) for one in settings.VAULTS]


def get_vault(chain_id: int) -> Vault:
    """The vault of that chain. PaymentsOff (503) where there is none at all, WrongChain (422) where not there."""
    vaults = configured()
    if not vaults:
        raise PaymentsOff("Payments are switched off in this arena.")
    for vault in vaults:
        if vault.chain_id == chain_id:
            return vault
    known = ", ".join(str(vault.chain_id) for vault in vaults)
    raise WrongChain(f"Payments are not taken on chain {chain_id}; use chain {known}.")


@contextmanager
def every(vault: Vault, *, seconds: float = QUESTION_SECONDS) -> Iterator[list[ChainReader]]:
    """Every provider of the vault, unchecked, for as long as the block lasts; each question has `seconds`."""
    with ExitStack() as stack:
        yield [stack.enter_context(Web3Reader(vault, url, seconds=seconds)) for url in vault.rpc_urls]


@contextmanager
def opened(vault: Vault, *, seconds: float = QUESTION_SECONDS) -> Iterator[list[ChainReader]]:
    """The providers that may be believed, in the order of the settings, at least one.

    Fewer than `vault.rpc_urls` where one does not answer or is left out: what needs all of them has to count.
    ChainUnavailable (503) where nobody is left, or where a provider fails inside the block.
    """
    with every(vault, seconds=seconds) as readers:
        try:
            believed, left_out = trusted(vault, readers)
            if not believed:
                raise ChainUnavailable(f"Nobody can be asked about the chain: {left_out[0].why}")
            yield believed
        except AdapterError as error:
            raise ChainUnavailable(error.detail) from error


def trusted(vault: Vault, readers: Sequence[ChainReader]) -> tuple[list[ChainReader], list[LeftOut]]:
    """The providers that serve the vault's chain and its very code, and the others with the reason."""
    believed: list[ChainReader] = []
    left_out: list[LeftOut] = []
    for reader in readers:
        try:
            fault = _fault(vault, reader)
        except AdapterError as error:
            left_out.append(LeftOut(reader.name, error.detail, is_wrong=False))
            continue
        if fault:
            left_out.append(LeftOut(reader.name, fault, is_wrong=True))
        else:
            believed.append(reader)
    return believed, left_out


def _fault(vault: Vault, reader: ChainReader) -> str:
    chain = reader.chain_id()
    if chain != vault.chain_id:
        return f"{reader.name} serves chain {chain}, not {vault.chain_id}."
    code = reader.code_hash()
    if code != vault.code_hash:
        return f"{reader.name} shows other code at {vault.address} ({code}) than the vault's ({vault.code_hash})."
    return ""
