"""What must always hold of payments, purchases, refunds and the journal; importing it registers it."""

from apps.economy.invariants import booked, journal, purchases, refunds

__all__ = ["booked", "journal", "purchases", "refunds"]
