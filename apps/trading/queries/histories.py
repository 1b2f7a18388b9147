"""What an account did: snapshots, orders, fills, positions, ledger, standing exits."""

from datetime import datetime

from django.db.models import Prefetch, QuerySet

from apps.trading.models import (
    AccountSnapshot,
    Fill,
    LedgerEntry,
    Order,
    Position,
    PropAccount,
    TriggerOrder,
)
from apps.trading.types import TriggerStatus


def list_snapshots(
    account: PropAccount, *, since: datetime | None = None, until: datetime | None = None
) -> QuerySet[AccountSnapshot]:
    """Snapshots of an account with the marks they were taken at, newest first, between two moments (both included)."""
    snapshots = AccountSnapshot.objects.filter(account=account).select_related("mark_set").order_by("-at")
    if since is not None:
        snapshots = snapshots.filter(at__gte=since)
    if until is not None:
        snapshots = snapshots.filter(at__lte=until)
    return snapshots


def list_orders(account: PropAccount) -> QuerySet[Order]:
    """Orders of an account with their fills and the decision that asked for them, newest first."""
    receipts = Prefetch("fills", Fill.objects.select_related("asset", "terms", "order").order_by("index"))
    orders = Order.objects.filter(account=account).select_related("asset", "action__run")
    without = orders.defer("action__run__context", "action__run__prompt", "action__run__raw_answer")
    return without.prefetch_related(receipts).order_by("-sequence")


def list_fills(account: PropAccount) -> QuerySet[Fill]:
    """Fills of an account with their order, asset and terms, newest first."""
    fills = Fill.objects.filter(account=account).select_related("order", "asset", "terms")
    return fills.order_by("-id")


def list_positions(account: PropAccount, *, include_flat: bool = False) -> QuerySet[Position]:
    """Positions of an account by symbol, each with its asset."""
    rows = Position.objects.filter(account=account).select_related("asset").order_by("symbol")
    return rows if include_flat else rows.exclude(size_lots=0)


def list_ledger(account: PropAccount) -> QuerySet[LedgerEntry]:
    """Ledger rows of an account, newest first."""
    return LedgerEntry.objects.filter(account=account).order_by("-sequence")


def list_triggers(
    account: PropAccount, *, status: str | None = None, symbol: str | None = None
) -> QuerySet[TriggerOrder]:
    """Standing and past exits of an account with the order of those that fired, newest first."""
    triggers = TriggerOrder.objects.filter(account=account).select_related("order", "asset").order_by("-id")
    if status is not None:
        triggers = triggers.filter(status=status)
    return triggers if symbol is None else triggers.filter(symbol=symbol)


def list_standing(account: PropAccount) -> QuerySet[TriggerOrder]:
    """The exits that stand now, by asset."""
    return list_triggers(account, status=TriggerStatus.STANDING).order_by("symbol", "kind")
