"""Which vaults count and who may be asked about them: a provider of another chain, or of other code, is left out."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import NamedTuple

from django.conf import settings

from apps.core.errors import AdapterError, Conflict, DomainError, InvalidInput
from apps.economy.adapters.chain.port import ChainReader
from apps.economy.adapters.chain.web3_reader import Web3Reader
from apps.economy.types import Vault

QUESTION_SECONDS = 5.0
REQUEST_SECONDS = 10.0
"""What one request of a person may wait for chains in all."""

OpenReaders = Callable[[Vault], AbstractContextManager[Sequence[ChainReader]]]


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
    """Every vault that is read and watched, closed ones too; none where payments are off."""
    return [Vault(**one) for one in settings.VAULTS]


def offered() -> list[Vault]:
    """The vaults into which new offers are paid, one of each chain."""
    return [vault for vault in configured() if not vault.closed]


def get_vault_of(*, chain_id: int, address: str, resolver: str) -> Vault:
    """The vault in which certain money lies, closed or not.

    PaymentsOff (503) where there is none at all, WrongChain (422) where not there, Conflict VAULT_REPLACED where
    only others of that chain are configured by now.
    """
    vaults = configured()
    _refuse_none(vaults, chain_id)
    for vault in vaults:
        if (vault.chain_id, vault.address, vault.resolver) == (chain_id, address, resolver):
            return vault
    raise Conflict("This money lies in a vault that is no longer configured.", code="VAULT_REPLACED")


def get_vault(chain_id: int) -> Vault:
    """The vault of that chain which takes new offers. PaymentsOff (503) without any, WrongChain (422) without one there."""
    vaults = offered()
    _refuse_none(vaults, chain_id)
    return next(vault for vault in vaults if vault.chain_id == chain_id)


def _refuse_none(vaults: Sequence[Vault], chain_id: int) -> None:
    if not vaults:
        raise PaymentsOff("Payments are switched off in this arena.")
    known = list(dict.fromkeys(vault.chain_id for vault in vaults))
    if chain_id not in known:
        chains = ", ".join(map(str, known))
        raise WrongChain(f"Payments are not taken on chain {chain_id}; use chain {chains}.")


@contextmanager
def every(
    vault: Vault, *, seconds: float = QUESTION_SECONDS, until: float | None = None
) -> Iterator[list[ChainReader]]:
    """Every provider of the vault, unchecked, for as long as the block lasts; each question has `seconds`."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(Web3Reader(vault, url, seconds=seconds, until=until))
            for url in vault.rpc_urls
        ]


@contextmanager
def opened(
    vault: Vault, *, seconds: float = QUESTION_SECONDS, until: float | None = None
) -> Iterator[list[ChainReader]]:
    """The providers that may be believed, in the order of the settings, at least one.

    Fewer than `vault.rpc_urls` where one does not answer or is left out: what needs all of them has to count.
    ChainUnavailable (503) where nobody is left, or where a provider fails inside the block.
    """
    with every(vault, seconds=seconds, until=until) as readers:
        try:
            believed, left_out = trusted(vault, readers)
            if not believed:
                raise ChainUnavailable(f"Nobody can be asked about the chain: {left_out[0].why}")
            yield believed
        except AdapterError as error:
            raise ChainUnavailable(error.detail) from error


def in_time() -> OpenReaders:
    """`opened` for one request: all questions to all providers of all vaults end REQUEST_SECONDS from now."""
    until = time.monotonic() + REQUEST_SECONDS
    return lambda vault: opened(vault, until=until)


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
