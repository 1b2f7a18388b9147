"""What must always hold of accounts, ledgers, fills and verdicts; importing it registers it."""

from apps.trading.invariants import (
    bounds,
    chain,
    days,
    ledger,
    one_account,
    orders,
    positions,
    rebuilt,
    records,
    standing,
    verdicts,
)

__all__ = [
    "bounds",
    "chain",
    "days",
    "ledger",
    "one_account",
    "orders",
    "positions",
    "rebuilt",
    "records",
    "standing",
    "verdicts",
]
