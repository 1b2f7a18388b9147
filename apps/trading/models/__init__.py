"""Rows of prop trading, one aggregate per file."""

from apps.trading.models.account import PropAccount
from apps.trading.models.cursor import ExecutionCursor
from apps.trading.models.halt import PriceOutage, TradingHalt
from apps.trading.models.ledger import LedgerEntry
from apps.trading.models.order import Fill, Order
from apps.trading.models.position import Position
from apps.trading.models.record import DayRoot, ExecutionRecord
from apps.trading.models.snapshot import AccountSnapshot, MarkSet
from apps.trading.models.terms import InstrumentTerms, PolicySnapshot
from apps.trading.models.trigger import TriggerOrder
from apps.trading.models.verdict import ActionVerdict

__all__ = [
    "AccountSnapshot",
    "ActionVerdict",
    "DayRoot",
    "ExecutionCursor",
    "ExecutionRecord",
    "Fill",
    "InstrumentTerms",
    "LedgerEntry",
    "MarkSet",
    "Order",
    "PolicySnapshot",
    "Position",
    "PriceOutage",
    "PropAccount",
    "TradingHalt",
    "TriggerOrder",
]
