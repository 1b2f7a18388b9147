"""What economy asks of a chain, by whatever it is asked."""

from typing import Protocol

from apps.core.errors import DomainError
from apps.economy.types import Head, VaultLog


class TxReverted(DomainError):
    """The transaction was mined and failed: nothing of it counts."""

    status = 422
    code = "TX_REVERTED"


class ChainReader(Protocol):
    """One provider of one vault's chain. Every failure is a transient AdapterError: nothing was learned, ask later."""

    name: str
    """How people know it: the host, never the whole address, which may carry a key."""

    def chain_id(self) -> int:
        """The chain that answers."""
        ...

    def code_hash(self) -> str:
        """The keccak-256 of the code at the vault's address, 0x; that of nothing where there is none."""
        ...

    def head(self, tag: str = "latest") -> Head:
        """Its newest whole block, or the one that the tag ("safe", "finalized") names."""
        ...

    def block(self, number: int) -> Head | None:
        """The canonical block of that height; None above the head."""
        ...

    def logs(self, first: int, last: int) -> list[VaultLog]:
        """The vault's events of the resolver in these blocks, both included, in order of block and index, each once."""
        ...

    def receipt(self, tx_hash: str) -> list[VaultLog] | None:
        """The vault's events of a mined transaction; None while it is not mined. TxReverted where it failed."""
        ...

    def deposit_of(self, user: str, nonce: int, *, block_hash: str) -> int:
        """What `getDeposit` says of the chain's own coin at that block, in wei; 0 for nothing."""
        ...

    def is_withdrawn(self, nonce: int, *, block_hash: str) -> bool:
        """Whether the resolver's withdrawal of that number had been carried out at that block."""
        ...

    def balance(self, *, block_hash: str) -> int:
        """What lies in the vault for the resolver at that block, in wei (`resolverBalanceOf`)."""
        ...
