"""Economy's tables, one aggregate per file."""

from apps.economy.models.cursor import ChainCursor
from apps.economy.models.deposit import Deposit, DepositSighting
from apps.economy.models.finding import Finding
from apps.economy.models.ledger import JournalEntry, JournalLine, LedgerBook, LedgerHead
from apps.economy.models.purchase import Purchase
from apps.economy.models.quote import Quote
from apps.economy.models.refund import Refund

__all__ = [
    "ChainCursor",
    "Deposit",
    "DepositSighting",
    "Finding",
    "JournalEntry",
    "JournalLine",
    "LedgerBook",
    "LedgerHead",
    "Purchase",
    "Quote",
    "Refund",
]
