"""A scripted chain for tests of economy: blocks, reorgs, delays and lies, without a server."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from apps.core.errors import AdapterError
from apps.economy.adapters.chain.port import TxReverted
from apps.economy.types import ETH, Head, Vault, VaultLog

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
RESOLVER = "0x" + "5e" * 20
CODE_HASH = "0x" + "c0" * 32

VAULT = Vault(
    chain_id=6343,
    address="0x" + "fa" * 20,
    code_hash=CODE_HASH,
    resolver=RESOLVER,
    rpc_urls=("http://chain.test",),
    confirmations=4,
    finality="depth",
    start_block=0,
    overlap=12,
    most_blocks=100,
    agree_above_wei=10**17,
)


def _hash(*parts: object) -> str:
    return "0x" + hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()


@dataclass
class FakeChain:
    """A chain that satisfies ChainReader. `now` dates its blocks; each block is one second later than its parent."""

    vault: Vault = VAULT
    name: str = "chain.test"
    now: datetime = NOW
    served_chain: int = 6343
    served_code: str = CODE_HASH
    down: str = ""
    """Set to a sentence: every question fails with it."""
    lag: int = 0
    """So many of the newest blocks are not shown."""
    final_lag: int = 0
    """How far the tags "safe" and "finalized" are behind."""
    blocks: list[Head] = field(default_factory=list)
    events: dict[str, list[VaultLog]] = field(default_factory=dict)  # by block hash
    reverted: set[str] = field(default_factory=set)
    carried: set[str] = field(default_factory=set)
    _fork: int = 0
    _transactions: int = 0

    def __post_init__(self) -> None:
        if not self.blocks:
            self.mine(10)

    # What tests do with it

    def mine(self, count: int = 1) -> Head:
        """Add empty blocks; the newest."""
        for _ in range(count):
            self._add([])
        return self.blocks[-1]

    def pay(
        self,
        payer: str,
        nonce: int,
        amount_wei: int,
        *,
        resolver: str = RESOLVER,
        token: str = ETH,
        tx_hash: str = "",
    ) -> VaultLog:
        """A deposit in a block of its own; its event."""
        return self.batch([(payer, nonce, amount_wei)], resolver=resolver, token=token, tx_hash=tx_hash)[0]

    def batch(
        self,
        payments: list[tuple[str, int, int]],
        *,
        resolver: str = RESOLVER,
        token: str = ETH,
        tx_hash: str = "",
        name: str = "Deposit",
    ) -> list[VaultLog]:
        """Several events of one transaction in one block: (payer, number, wei) each."""
        self._transactions += 1
        tx = tx_hash or _hash("tx", self.name, self._fork, self._transactions)
        number = len(self.blocks)
        drafts = [
            VaultLog(name, tx, index, number, "", payer.lower(), token, resolver, nonce, amount)
            for index, (payer, nonce, amount) in enumerate(payments)
        ]
        return self._add(drafts)

    def withdraw(self, payee: str, nonce: int, amount_wei: int) -> VaultLog:
        """A withdrawal that the vault carried out."""
        return self.batch([(payee, nonce, amount_wei)], name="Withdrawal")[0]

    def revert(self, tx_hash: str) -> None:
        """A mined transaction that failed."""
        self.reverted.add(tx_hash)
        self.mine()

    def carry(self, tx_hash: str) -> None:
        """A mined transaction that has nothing to do with the vault."""
        self.carried.add(tx_hash)
        self.mine()

    def reorg(self, depth: int, *, keep: bool = False, grow: int = 1) -> None:
        """Replace the newest `depth` blocks by as many others and `grow` more; with `keep` their events come back."""
        gone, self.blocks = self.blocks[-depth:], self.blocks[:-depth]
        self._fork += 1
        for head in gone:
            events = self.events.pop(head.hash, [])
            self._add([replace_block(event, "") for event in events] if keep else [])
        self.mine(grow) if grow else None

    def twin(self, name: str) -> "FakeChain":
        """Another provider that tells the same, until one of the two is changed."""
        return replace(
            self, name=name, blocks=list(self.blocks), events={k: list(v) for k, v in self.events.items()}
        )

    # ChainReader

    def chain_id(self) -> int:
        """The chain that answers."""
        self._answer()
        return self.served_chain

    def code_hash(self) -> str:
        """The hash of the vault's code."""
        self._answer()
        return self.served_code

    def head(self, tag: str = "latest") -> Head:
        """The newest block that is shown."""
        self._answer()
        behind = self.lag if tag == "latest" else self.lag + self.final_lag
        return self.blocks[-1 - behind]

    def block(self, number: int) -> Head | None:
        """The block of that height."""
        shown = self._shown()
        return shown[number] if 0 <= number < len(shown) else None

    def logs(self, first: int, last: int) -> list[VaultLog]:
        """The events of the resolver in these blocks."""
        return [
            event
            for head in self._shown()[first : last + 1]
            for event in self.events.get(head.hash, [])
            if event.resolver == self.vault.resolver
        ]

    def receipt(self, tx_hash: str) -> list[VaultLog] | None:
        """The events of one transaction."""
        shown = self._shown()
        if tx_hash in self.reverted:
            raise TxReverted("The transaction failed.")
        found = [
            event for head in shown for event in self.events.get(head.hash, []) if event.tx_hash == tx_hash
        ]
        return found if found or tx_hash in self.carried else None

    def deposit_of(self, user: str, nonce: int, *, block_hash: str) -> int:
        """What lies under a number at that block."""
        return sum(
            event.amount_wei
            for event in self._until(block_hash)
            if (event.name, event.user, event.token, event.resolver, event.nonce)
            == ("Deposit", user.lower(), ETH, self.vault.resolver, nonce)
        )

    def is_withdrawn(self, nonce: int, *, block_hash: str) -> bool:
        """Whether that withdrawal happened."""
        return any(
            event.name == "Withdrawal" and event.nonce == nonce and event.resolver == self.vault.resolver
            for event in self._until(block_hash)
        )

    def balance(self, *, block_hash: str) -> int:
        """What lies in the vault at that block."""
        signs = {"Deposit": 1, "Withdrawal": -1}
        return sum(
            signs[event.name] * event.amount_wei
            for event in self._until(block_hash)
            if (event.resolver, event.token) == (self.vault.resolver, ETH)
        )

    def _add(self, drafts: list[VaultLog]) -> list[VaultLog]:
        number = len(self.blocks)
        parent = self.blocks[-1].hash if self.blocks else "0x"
        digest = _hash("block", number, parent, self._fork, [draft.tx_hash for draft in drafts])
        stamp = int((self.now + timedelta(seconds=number)).timestamp())
        self.blocks.append(Head(number, digest, stamp))
        made = [draft._replace(block_number=number, block_hash=digest) for draft in drafts]
        if made:
            self.events[digest] = made
        return made

    def _shown(self) -> list[Head]:
        self._answer()
        return self.blocks[: len(self.blocks) - self.lag]

    def _until(self, block_hash: str) -> Iterator[VaultLog]:
        shown = self._shown()
        if all(head.hash != block_hash for head in shown):
            raise AdapterError(f"{self.name} knows no such block.", transient=True)
        for head in shown:
            yield from self.events.get(head.hash, [])
            if head.hash == block_hash:
                return

    def _answer(self) -> None:
        if self.down:
            raise AdapterError(self.down, transient=True)


def replace_block(event: VaultLog, block_hash: str) -> VaultLog:
    """The same event, not yet in a block."""
    return event._replace(block_hash=block_hash)


@contextmanager
def silent(chain: FakeChain, words: str = "chain.test cannot be asked at the moment.") -> Iterator[None]:
    """While it lasts, the provider answers nothing."""
    chain.down, before = words, chain.down
    try:
        yield
    finally:
        chain.down = before
