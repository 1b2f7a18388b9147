"""Pure digests of ledger rows and fill receipts: free of random ids and primary keys, equal on every
database.
"""

from typing import Any

from apps.core.json_strict import dumps_canonical, sha256_hex
from apps.core.moments import to_micros

ENTRY_FIELDS = (
    "sequence",
    "group",
    "book",
    "kind",
    "amount_micros",
    "balance_after_micros",
    "reference",
    "source_digest",
    "previous_hash",
)
FILL_FIELDS = (
    "index",
    "symbol",
    "side",
    "size_lots",
    "price_micros",
    "notional_micros",
    "fee_micros",
    "realized_micros",
    "mid_micros",
    "half_spread_micros",
    "walk_micros",
    "leverage",
    "is_isolated",
    "margin_micros",
    "taken_lots",
    "terms_digest",
    "price_age_ms",
    "kernel_version",
)


FIELDS_SINCE_EXCHANGE_2 = frozenset(
    {"leverage", "is_isolated", "margin_micros", "taken_lots", "terms_digest"}
)
"""Columns that fills of the first kernel did not have, and that their seals do not cover."""


def _digest(document: dict[str, Any]) -> str:
    return sha256_hex(dumps_canonical(document))


def entry_hash(entry: Any, *, ordinal: int) -> str:
    """SHA-256 that seals a ledger row of the account with this ordinal, and through `previous_hash` all
    before it.
    """
    document = {name: getattr(entry, name) for name in ENTRY_FIELDS}
    return _digest({**document, "account": ordinal, "at": to_micros(entry.at)})


def fill_digest(fill: Any, *, order_sequence: int) -> str:
    """SHA-256 of a fill's receipt, stored on the ledger rows that the fill caused; the terms enter by their digest."""
    missing = FIELDS_SINCE_EXCHANGE_2 if fill.kernel_version == "exchange-1" else frozenset()
    document = {name: getattr(fill, name) for name in FILL_FIELDS if name not in missing}
    return _digest({**document, "order": order_sequence, "at": to_micros(fill.at)})


def record_digest(document: str) -> str:
    """SHA-256 of an execution record's document, which is canonical JSON and names the record before it."""
    return sha256_hex(document.encode("ascii"))


def combined_hash(heads: list[tuple[int, str]]) -> str:
    """One SHA-256 over the ledger heads of accounts, given as (ordinal, head) in ascending ordinal."""
    return _digest({"heads": [[ordinal, head] for ordinal, head in sorted(heads)]})
