"""The words of a vault in bytes: what it is asked, what it answers, what it tells in events; by its published interface.

Another vault than our own is read where its interface uses the same names; order and sizes are its own.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

ARTIFACT = Path(__file__).with_name("vault.json")
TOLD = frozenset({"user", "token", "resolver", "nonce", "amount"})
EVENTS = {"Deposit": TOLD, "Withdrawal": TOLD}
FUNCTIONS = {
    "depositETH": frozenset({"resolver", "nonce"}),
    "getDeposit": frozenset({"user", "token", "resolver", "nonce"}),
    "resolverBalanceOf": frozenset({"resolver", "token"}),
    "withdrawn": frozenset({"resolver", "nonce"}),
    "withdraw": TOLD | {"deadline", "signature"},
}


class NotOurs(ValueError):
    """Bytes that the interface cannot have made."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the interface: its name, its topic, and its arguments (name, type) by where they are told."""

    name: str
    topic: bytes
    in_topics: tuple[tuple[str, str], ...]
    in_data: tuple[tuple[str, str], ...]

    def place(self, argument: str) -> int | None:
        """Which topic after the first tells the argument, from 0; None where none does."""
        names = [name for name, _ in self.in_topics]
        return names.index(argument) if argument in names else None

    def read(self, topics: Sequence[bytes], data: bytes) -> dict[str, Any]:
        """The arguments by name. Raises NotOurs for a wrong count of topics, or bytes that are not theirs exactly."""
        if len(topics) != len(self.in_topics) + 1 or topics[0] != self.topic:
            raise NotOurs(f"{self.name} has other topics.")
        told = {
            name: _read((kind,), topic)[0]
            for (name, kind), topic in zip(self.in_topics, topics[1:], strict=True)
        }
        names, kinds = zip(*self.in_data, strict=True) if self.in_data else ((), ())
        return {**told, **dict(zip(names, _read(kinds, data), strict=True))}


@dataclass(frozen=True, slots=True)
class Interface:
    """What can be asked of a vault, and what it tells."""

    functions: Mapping[str, Mapping[str, Any]]
    events: Mapping[bytes, Event]

    def call(self, function: str, **values: Any) -> str:
        """The 0x data of a call of `function` with these arguments by name; addresses in any case."""
        from eth_abi.abi import encode

        entry = self.functions[function]
        kinds = [argument["type"] for argument in entry["inputs"]]
        arguments = [values[argument["name"]] for argument in entry["inputs"]]
        return "0x" + (_digest(entry)[:4] + encode(kinds, arguments)).hex()

    def topics(self, *, resolver: str) -> list[Any]:
        """What to ask events by: any of ours, and of this resolver alone where all tell it in one topic."""
        any_of_ours = ["0x" + topic.hex() for topic in self.events]
        places = {event.place("resolver") for event in self.events.values()}
        if len(places) > 1 or None in places:
            return [any_of_ours]
        (place,) = places
        return [any_of_ours, *[None] * (place or 0), "0x" + resolver.removeprefix("0x").rjust(64, "0")]

    def answer(self, function: str, data: bytes) -> Any:
        """The one value that `function` returns. Raises NotOurs for bytes that are not exactly one."""
        kinds = tuple(output["type"] for output in self.functions[function]["outputs"])
        return _read(kinds, data)[0]


@cache
def interface(path: str = "") -> Interface:
    """The interface in the file, our own vault's without one.

    Raises ImproperlyConfigured where the file is no interface, or one that lacks what is needed.
    """
    listed = _entries(Path(path) if path else ARTIFACT)
    found = [_event(_find(listed, "event", name, wanted)) for name, wanted in EVENTS.items()]
    return Interface(
        functions={name: _find(listed, "function", name, wanted) for name, wanted in FUNCTIONS.items()},
        events={event.topic: event for event in found},
    )


def own_code_hash() -> str:
    """The keccak-256 of the code of our own vault on a chain, 0x."""
    return str(json.loads(ARTIFACT.read_text())["codeHash"])


def own_bytecode() -> str:
    """What creates our own vault, 0x."""
    return str(json.loads(ARTIFACT.read_text())["bytecode"])


def code_hash(code: bytes) -> str:
    """The keccak-256 of code, 0x."""
    from eth_hash.auto import keccak

    return "0x" + keccak(code).hex()


def _entries(path: Path) -> list[Any]:
    try:
        listed = json.loads(path.read_text())
    except (OSError, ValueError):
        raise ImproperlyConfigured(f"The vault's interface {path} cannot be read.") from None
    listed = listed.get("abi") if isinstance(listed, dict) else listed
    if not isinstance(listed, list):
        raise ImproperlyConfigured(f"The vault's interface {path} holds no list.")
    return [entry for entry in listed if isinstance(entry, dict)]


def _find(listed: list[Any], kind: str, name: str, wanted: frozenset[str]) -> dict[str, Any]:
    for entry in listed:
        named = {argument.get("name") for argument in entry.get("inputs", ())}
        if (entry.get("type"), entry.get("name"), named) == (kind, name, wanted):
            return dict(entry)
    raise ImproperlyConfigured(
        f"The vault's interface has no {kind} {name} with the arguments {', '.join(sorted(wanted))}."
    )


def _event(entry: Mapping[str, Any]) -> Event:
    placed = [(bool(one.get("indexed")), (one["name"], one["type"])) for one in entry["inputs"]]
    return Event(
        name=entry["name"],
        topic=_digest(entry),
        in_topics=tuple(pair for indexed, pair in placed if indexed),
        in_data=tuple(pair for indexed, pair in placed if not indexed),
    )


def _digest(entry: Mapping[str, Any]) -> bytes:
    from eth_hash.auto import keccak

    kinds = ",".join(argument["type"] for argument in entry["inputs"])
    return bytes(keccak(f"{entry['name']}({kinds})".encode()))


def _read(kinds: Sequence[str], data: bytes) -> tuple[Any, ...]:
    from eth_abi.abi import decode, encode
    from eth_abi.exceptions import DecodingError

    try:
        values: tuple[Any, ...] = decode(kinds, data)
    except (DecodingError, OverflowError, ValueError):
        raise NotOurs("The bytes are too few, or none of the type.") from None
    # The library reads past what follows the last value: whatever is longer was not made by this interface.
    if encode(kinds, values) != data:
        raise NotOurs("There are more bytes than the values have.")
    return values
