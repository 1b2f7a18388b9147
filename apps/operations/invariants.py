"""Where each app registers what must always hold."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection

Check = Callable[..., list[str]]
Finder = Callable[[str], int | None]


@dataclass(frozen=True, slots=True)
class Invariant:
    """A sentence that must be true of the database, and the function that lists what breaks it."""

    key: str
    sentence: str
    check: Check
    is_slow: bool = False
    subject: str = ""


_registered: dict[str, Invariant] = {}
_finders: dict[str, Finder] = {}


def invariant(
    key: str, sentence: str, *, is_slow: bool = False, subject: str = ""
) -> Callable[[Check], Check]:
    """Register a check under `key` ("I-01"); it returns the offending things in words, nothing when all
    holds. A slow one walks through the whole history: a quick look leaves it out. One with a subject may be asked
    of one thing alone: given its key, it lists what offends there.

    Raises ValueError when another function already has the key.
    """

    def register(check: Check) -> Check:
        present = _registered.get(key)
        if present and present.check.__module__ != check.__module__:
            raise ValueError(f"Invariant {key} is registered twice.")
        _registered[key] = Invariant(key, sentence, check, is_slow, subject)
        return check

    return register


def subject(name: str) -> Callable[[Finder], Finder]:
    """Register how the key of a subject is found from what a person calls it; None when there is none."""

    def register(find: Finder) -> Finder:
        _finders[name] = find
        return find

    return register


def subjects() -> dict[str, Finder]:
    """The subjects of which checks may be asked alone, each with its finder, by name."""
    return {name: _finders[name] for name in sorted(_finders)}


def registered(*, only: tuple[str, ...] = ()) -> list[Invariant]:
    """All invariants in the order of their numbers, or those named; raises KeyError for an unknown name."""
    if only:
        return [_registered[key] for key in only]
    return [_registered[key] for key in sorted(_registered, key=_order)]


def _order(key: str) -> tuple[int, str]:
    digits = re.search(r"[0-9]+", key)
    return (int(digits.group()) if digits else 0, key)


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check; an invariant holds when nothing offends it."""

    key: str
    sentence: str
    offences: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing offends."""
        return not self.offences

    def as_document(self) -> dict[str, Any]:
        """The finding for JSON."""
        return {
            "key": self.key,
            "sentence": self.sentence,
            "holds": self.holds,
            "offences": list(self.offences),
        }


def examine(item: Invariant, *, only: int | None = None) -> Finding:
    """Run one check, of one of its subjects where its key is given; one that crashes counts as an offence, never
    as proof.
    """
    try:
        offences = tuple(item.check() if only is None else item.check(only))
    except Exception as error:
        offences = (f"the check itself failed: {type(error).__name__}: {error}",)
    return Finding(item.key, item.sentence, offences)


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Show every check the same moment of a database that others write to; nobody is held up by it.

    Inside a transaction that is already open this changes nothing.
    """
    if connection.in_atomic_block:
        yield
        return
    # A deferred transaction of SQLite takes no lock, unlike `atomic`, which would stop every writer.
    deferred = connection.vendor == "sqlite"
    begin = "BEGIN DEFERRED" if deferred else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    with connection.cursor() as cursor:
        cursor.execute(begin)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ROLLBACK")
