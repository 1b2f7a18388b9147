"""Operators' pages of economy: every row read-only, and acts upon deposits, refunds, findings and chains."""

from apps.economy.admin import chain, deposit, finding, ledger, purchase, refund

__all__ = ["chain", "deposit", "finding", "ledger", "purchase", "refund"]
