"""Seals of fills: every column of a receipt counts, and receipts of the first kernel keep the seals they were given."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from apps.trading.seals import FIELDS_SINCE_EXCHANGE_2, FILL_FIELDS, fill_digest

SEALED_BEFORE = "ad6c55b544cd0da8d62c8dddef8d699b9923abc6bceb39ec81c8b6ad5f9b7beb"


def fill(**changes: Any) -> SimpleNamespace:
    values: dict[str, Any] = {name: place for place, name in enumerate(FILL_FIELDS)}
    values |= {"symbol": "BTC", "kernel_version": "exchange-2", "terms_digest": "ab", "is_isolated": False}
    return SimpleNamespace(**{**values, "at": datetime(2026, 3, 2, tzinfo=UTC), **changes})


@pytest.mark.parametrize("name", FILL_FIELDS)
def test_every_column_of_a_receipt_is_sealed(name: str) -> None:
    changed = True if name == "is_isolated" else "other" if name in ("symbol", "terms_digest") else 999
    changed = "exchange-3" if name == "kernel_version" else changed
    assert fill_digest(fill(**{name: changed}), order_sequence=1) != fill_digest(fill(), order_sequence=1)


def test_a_receipt_of_the_first_kernel_keeps_its_seal() -> None:
    old = fill(kernel_version="exchange-1")
    bare = fill_digest(old, order_sequence=7)
    later = dict.fromkeys(FIELDS_SINCE_EXCHANGE_2, 5)
    assert fill_digest(fill(kernel_version="exchange-1", **later), order_sequence=7) == bare
    # The seal that the code before the second kernel gave this very receipt.
    assert bare == SEALED_BEFORE
