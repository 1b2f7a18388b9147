"""Trading in the console: one page per aggregate; acts go through services with a reason."""

from apps.trading.admin.account import PropAccountAdmin
from apps.trading.admin.halt import PriceOutageAdmin, TradingHaltAdmin
from apps.trading.admin.ledger import LedgerEntryAdmin, SnapshotAdmin
from apps.trading.admin.order import FillAdmin, OrderAdmin, PositionAdmin
from apps.trading.admin.pinned import InstrumentTermsAdmin, MarkSetAdmin, PolicySnapshotAdmin
from apps.trading.admin.record import DayRootAdmin, ExecutionRecordAdmin
from apps.trading.admin.trigger import TriggerOrderAdmin
from apps.trading.admin.verdict import VerdictAdmin

__all__ = [
    "DayRootAdmin",
    "ExecutionRecordAdmin",
    "FillAdmin",
    "InstrumentTermsAdmin",
    "LedgerEntryAdmin",
    "MarkSetAdmin",
    "OrderAdmin",
    "PolicySnapshotAdmin",
    "PositionAdmin",
    "PriceOutageAdmin",
    "PropAccountAdmin",
    "SnapshotAdmin",
    "TradingHaltAdmin",
    "TriggerOrderAdmin",
    "VerdictAdmin",
]
