"""Accounts, what they are worth and what they may be judged by."""

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from apps.core.errors import NotFound
from apps.exchange.rounding import notional
from apps.trading.models import Fill, Position, PropAccount
from apps.trading.queries.histories import list_positions
from apps.trading.seals import combined_hash
from apps.trading.types import AccountResult


def find_account(public_id: str) -> PropAccount | None:
    """The account of that public id, or None."""
    return PropAccount.objects.select_related("clone", "last_mark_set").filter(public_id=public_id).first()


def get_account(public_id: str) -> PropAccount:
    """The account of that public id; raises NotFound."""
    account = find_account(public_id)
    if account is None:
        raise NotFound("There is no such prop account.")
    return account


def list_accounts(
    *,
    clone: Any | None = None,
    purposes: Collection[str] | None = None,
    statuses: Collection[str] | None = None,
    owner: Any | None = None,
) -> QuerySet[PropAccount]:
    """Accounts in the order of their opening, narrowed by clone, purpose, status or the clone's owner."""
    accounts = PropAccount.objects.select_related("clone").order_by("ordinal")
    if clone is not None:
        accounts = accounts.filter(clone=clone)
    if owner is not None:
        accounts = accounts.filter(clone__owner=owner)
    if purposes is not None:
        accounts = accounts.filter(purpose__in=purposes)
    if statuses is not None:
        accounts = accounts.filter(status__in=statuses)
    return accounts


def list_summaries(
    *,
    owner: Any | None = None,
    clone_public_id: str | None = None,
    purposes: Collection[str] | None = None,
    statuses: Collection[str] | None = None,
) -> QuerySet[PropAccount]:
    """Accounts as lists show them: with the clone, and `held`, how many positions are open."""
    accounts = list_accounts(owner=owner, purposes=purposes, statuses=statuses)
    if clone_public_id is not None:
        accounts = accounts.filter(clone__public_id=clone_public_id)
    # Counted per row that is shown: a join would group every account's positions before a page is cut off.
    held = Position.objects.filter(account=OuterRef("pk")).exclude(size_lots=0).order_by().values("account")
    counted = Subquery(held.annotate(n=Count("pk")).values("n"))
    return accounts.annotate(held=Coalesce(counted, 0))


def account_result(account: PropAccount) -> AccountResult:
    """Figures to judge an account by, at its last mark, after fees and funding. Reads the rows afresh."""
    account = PropAccount.objects.select_related("last_mark_set").get(pk=account.pk)
    marks = marks_of(account)
    positions = list(list_positions(account, include_flat=True))
    return AccountResult(
        account_id=account.pk,
        public_id=account.public_id,
        status=account.status,
        start=account.starting_micros,
        equity=account.equity_micros,
        peak=account.peak_micros,
        low=account.low_micros,
        max_drawdown_bps=account.max_drawdown_bps,
        executed_orders=account.executed_count,
        profit_by_symbol={
            row.symbol: row.realized_micros + unrealized_micros(row, marks.get(row.symbol))
            for row in positions
        },
        open_positions=sum(1 for row in positions if row.size_lots != 0),
        last_marked_at=account.last_marked_at,
        opened_at=account.opened_at,
        closed_at=account.closed_at,
        closed_reason=account.closed_reason,
    )


def marks_of(account: PropAccount) -> dict[str, int]:
    """The marks, in micro-dollars by symbol, at which the account was last valued."""
    marks = account.last_mark_set.marks if account.last_mark_set is not None else {}
    return {symbol: mark for symbol, (mark, _, _) in marks.items()}


def prices_of(account: PropAccount, symbols: Collection[str]) -> dict[str, int]:
    """What these assets were last worth to the account, in micro-dollars by symbol: the marks of its last valuation,
    and the mid price of the last fill where it has not been valued since.
    """
    marks = marks_of(account)
    found = {symbol: marks[symbol] for symbol in symbols if symbol in marks}
    unmarked = [symbol for symbol in symbols if symbol not in marks]
    if not unmarked:
        return found
    last = Fill.objects.filter(account=account, symbol__in=unmarked).order_by("id")
    return found | dict(last.values_list("symbol", "mid_micros"))


def unrealized_micros(position: Position, mark_micros: int | None) -> int:
    """Open profit of a position at a mark, in micro-dollars; 0 when flat or where there is no mark."""
    if position.size_lots == 0 or mark_micros is None:
        return 0
    value = notional(mark_micros, position.size_lots, position.asset.size_decimals)
    return value - position.cost_micros


def ledger_hash(accounts: Iterable[PropAccount] | None = None) -> str:
    """One SHA-256 over the ledgers of the accounts (default all): equal for equal histories on every
    database.
    """
    rows = PropAccount.objects.order_by("ordinal")
    if accounts is not None:
        rows = rows.filter(pk__in=[account.pk for account in accounts])
    return combined_hash([(ordinal, head) for ordinal, head in rows.values_list("ordinal", "ledger_head")])
