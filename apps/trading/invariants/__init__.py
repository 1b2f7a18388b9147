"""What must always hold of accounts, ledgers, fills and verdicts; importing it registers it."""

from apps.trading.invariants import chain, ledger, orders, positions, verdicts

__all__ = ["chain", "ledger", "orders", "positions", "verdicts"]
