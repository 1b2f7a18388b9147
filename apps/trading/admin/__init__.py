"""Trading in the console: one page per aggregate; acts go through services with a reason."""

from apps.trading.admin.account import PropAccountAdmin
from apps.trading.admin.ledger import LedgerEntryAdmin, SnapshotAdmin
from apps.trading.admin.order import FillAdmin, OrderAdmin, PositionAdmin
from apps.trading.admin.verdict import VerdictAdmin

__all__ = [
    "FillAdmin",
    "LedgerEntryAdmin",
    "OrderAdmin",
    "PositionAdmin",
    "PropAccountAdmin",
    "SnapshotAdmin",
    "VerdictAdmin",
]
