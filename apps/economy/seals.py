"""The digest that seals an entry of the journal: equal on every database, for it covers no key that a database gives."""

from collections.abc import Mapping
from typing import Any

from apps.core.json_strict import dumps_canonical, sha256_hex
from apps.core.moments import to_micros

ENTRY_FIELDS = ("chain_id", "sequence", "kind", "reference", "subject", "by", "reason", "previous_digest")


def entry_digest(entry: Any, lines: Mapping[str, tuple[int, int]]) -> str:
    """SHA-256 of an entry, of its lines (book -> amount and balance after it, in wei) and of all entries before it.

    Wei are written as decimal text: no reader of JSON rounds them.
    """
    document = {name: getattr(entry, name) for name in ENTRY_FIELDS}
    told = {book: [str(amount), str(balance)] for book, (amount, balance) in lines.items()}
    return sha256_hex(dumps_canonical({**document, "at": to_micros(entry.at), "lines": told}))
