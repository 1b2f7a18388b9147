"""The trading vocabulary: frozen values in integers that cross every border of the exchange.

Money and prices are micro-dollars (a price is per whole unit), sizes are lots of 10**-size_decimals,
rates are units of 1e-10, times are milliseconds of the epoch. Longs are positive, shorts negative.
"""

from apps.exchange.types.account import AccountState, Position, Trigger
from apps.exchange.types.intent import OrderIntent
from apps.exchange.types.market import Book, BookLevel, Instrument, MarginTier, Quote
from apps.exchange.types.outcome import Denied, Executed, Fill, LedgerLine
from apps.exchange.types.policy import Policy
from apps.exchange.types.question import Question
from apps.exchange.types.words import (
    ACTIVE,
    KERNEL_VERSION,
    REDUCE_ONLY,
    ActionKind,
    DenyReason,
    ExitCause,
    LedgerKind,
    Side,
    TradingMode,
    TriggerKind,
)

__all__ = [
    "ACTIVE",
    "KERNEL_VERSION",
    "REDUCE_ONLY",
    "AccountState",
    "ActionKind",
    "Book",
    "BookLevel",
    "Denied",
    "DenyReason",
    "Executed",
    "ExitCause",
    "Fill",
    "Instrument",
    "LedgerKind",
    "LedgerLine",
    "MarginTier",
    "OrderIntent",
    "Policy",
    "Position",
    "Question",
    "Quote",
    "Side",
    "TradingMode",
    "Trigger",
    "TriggerKind",
]
