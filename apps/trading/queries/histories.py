"""What an account did: snapshots, orders, fills, positions, ledger."""

from django.db.models import QuerySet

from apps.trading.models import (
    AccountSnapshot,
    Fill,
    LedgerEntry,
    Order,
    Position,
    PropAccount,
)


def list_snapshots(account: PropAccount) -> QuerySet[AccountSnapshot]:
    """Snapshots of an account, newest first."""
    return AccountSnapshot.objects.filter(account=account).order_by("-at")


def list_orders(account: PropAccount) -> QuerySet[Order]:
    """Orders of an account with their fills, newest first."""
    return Order.objects.filter(account=account).prefetch_related("fills").order_by("-sequence")


def list_fills(account: PropAccount) -> QuerySet[Fill]:
    """Fills of an account with their order, newest first."""
    return Fill.objects.filter(account=account).select_related("order").order_by("-id")


def list_positions(account: PropAccount, *, include_flat: bool = False) -> QuerySet[Position]:
    """Positions of an account by symbol, each with its asset."""
    rows = Position.objects.filter(account=account).select_related("asset").order_by("symbol")
    return rows if include_flat else rows.exclude(size_lots=0)


def list_ledger(account: PropAccount) -> QuerySet[LedgerEntry]:
    """Ledger rows of an account, newest first."""
    return LedgerEntry.objects.filter(account=account).order_by("-sequence")
