"""Reading what a provider tells: every shape that is not exactly the protocol's is a transient AdapterError.

A server that answers nonsense now may make sense later; what must not happen is that nonsense is taken for money.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from apps.core.errors import AdapterError, AdapterFault
from apps.economy.adapters.vault.abi import Interface, NotOurs
from apps.economy.types import Head, VaultLog

_QUANTITY = re.compile(r"0x(0|[1-9a-fA-F][0-9a-fA-F]{0,63})", re.ASCII)
_BYTES = re.compile(r"0x([0-9a-fA-F]{2})*", re.ASCII)
_HASH = re.compile(r"0x[0-9a-fA-F]{64}", re.ASCII)
_NO_BLOCK = frozenset({"0x" + "f" * 64, "0x" + "0" * 64})
"""What some servers say for a block that is not made yet."""
MOST_BLOCK = 2**53 - 1
MOST_INDEX = 2**31 - 1


class Told:
    """What the provider `name` tells of the vault at `address` with that interface."""

    def __init__(self, *, name: str, address: str, interface: Interface) -> None:
        self._name = name
        self._address = address
        self._interface = interface

    def odd(self, what: str) -> AdapterError:
        """The error for an answer that makes no sense."""
        return AdapterError(
            f"{self._name} tells {what} that makes no sense.",
            transient=True,
            fault=AdapterFault.PAYLOAD_INVALID,
        )

    def number(self, value: object, what: str, *, most: int = MOST_BLOCK) -> int:
        """A quantity: 0x, no sign, no leading zero."""
        if not isinstance(value, str) or not _QUANTITY.fullmatch(value) or int(value, 16) > most:
            raise self.odd(what)
        return int(value, 16)

    def data(self, value: object, what: str) -> bytes:
        """Bytes."""
        if not isinstance(value, str) or not _BYTES.fullmatch(value):
            raise self.odd(what)
        return bytes.fromhex(value[2:])

    def hash(self, value: object, what: str) -> str:
        """32 bytes, 0x and lower case."""
        if not isinstance(value, str) or not _HASH.fullmatch(value):
            raise self.odd(what)
        return value.lower()

    def document(self, value: object, what: str) -> Mapping[str, Any]:
        """An object."""
        if not isinstance(value, dict):
            raise self.odd(what)
        return value

    def block_hash(self, value: object) -> str | None:
        """The hash of a whole block; None for one that is not made yet."""
        if value is None:
            return None
        found = self.hash(value, "the hash of a block")
        return None if found in _NO_BLOCK else found

    def head(self, block: Mapping[str, Any]) -> Head | None:
        """A block; None for one that is not made yet."""
        if "hash" not in block:
            raise self.odd("a block")
        digest = self.block_hash(block.get("hash"))
        if digest is None:
            return None
        return Head(
            self.number(block.get("number"), "the number of a block"),
            digest,
            self.number(block.get("timestamp"), "the time of a block"),
        )

    def events(self, listed: object) -> list[VaultLog]:
        """The vault's own events in a list of logs, in order of block and index, each once.

        Logs of other contracts, other events of the vault and logs said to be removed are passed over. Of one place
        only one thing may be told, and of one height only one block.
        """
        if not isinstance(listed, list):
            raise self.odd("a list of events")
        found: dict[tuple[int, int], VaultLog] = {}
        for log in listed:
            event = self._event(self.document(log, "an event"))
            if event and found.setdefault((event.block_number, event.log_index), event) != event:
                raise self.odd("two events of one place")
        events = [found[place] for place in sorted(found)]
        self._demand_one_chain(events)
        return events

    def _event(self, log: Mapping[str, Any]) -> VaultLog | None:
        emitter = self.data(log.get("address"), "the contract of an event")
        topics = log.get("topics")
        if not isinstance(topics, list):
            raise self.odd("the topics of an event")
        words = [self.data(topic, "a topic of an event") for topic in topics]
        kind = self._interface.events.get(words[0]) if words else None
        if "0x" + emitter.hex() != self._address or kind is None or self._is_removed(log):
            return None
        try:
            values = kind.read(words, self.data(log.get("data"), "the data of an event"))
        except NotOurs:
            raise self.odd("an event of the vault") from None
        digest = self.block_hash(log.get("blockHash"))
        if digest is None:
            raise self.odd("an event without its block")
        return VaultLog(
            name=kind.name,
            tx_hash=self.hash(log.get("transactionHash"), "the transaction of an event"),
            log_index=self.number(log.get("logIndex"), "the place of an event", most=MOST_INDEX),
            block_number=self.number(log.get("blockNumber"), "the block of an event"),
            block_hash=digest,
            user=values["user"],
            token=values["token"],
            resolver=values["resolver"],
            nonce=values["nonce"],
            amount_wei=values["amount"],
        )

    def _is_removed(self, log: Mapping[str, Any]) -> bool:
        removed = log.get("removed", False)
        if not isinstance(removed, bool):
            raise self.odd("whether an event is removed")
        return removed

    def _demand_one_chain(self, events: Iterable[VaultLog]) -> None:
        blocks: dict[int, str] = {}
        for event in events:
            if blocks.setdefault(event.block_number, event.block_hash) != event.block_hash:
                raise self.odd("two blocks of one height")
