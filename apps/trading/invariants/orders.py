"""Invariants of orders and fills."""

from collections import defaultdict

from django.db.models import Count, F, Max

from apps.market import queries as market
from apps.trading.invariants.one_account import invariant, rows_of
from apps.trading.models import Fill, LedgerEntry, Order, PolicySnapshot, PropAccount
from apps.trading.types import CLOSED_STATUSES, OrderStatus


def _fill_sources(account: int | None) -> dict[int, set[tuple[int, int]]]:
    """(order sequence, fill index) of every fill-ledger row, by account."""
    sources: dict[int, set[tuple[int, int]]] = defaultdict(set)
    rows = rows_of(LedgerEntry, account).filter(reference__startswith="fill:").order_by()
    for account_id, reference in rows.values_list("account_id", "reference").distinct():
        _, order, index, _ = reference.split(":")
        sources[account_id].add((int(order), int(index)))
    return sources


@invariant("I-05", "At most one order per proposed action, and one group of fills per order")
def one_order_per_action(account: int | None = None) -> list[str]:
    """Actions with several orders, and orders whose fills are not numbered 0, 1, .."""
    doubled = (
        rows_of(Order, account)
        .filter(action__isnull=False)
        .order_by()
        .values_list("action_id")
        .annotate(n=Count("id"))
        .filter(n__gt=1)
    )
    groups = (
        rows_of(Fill, account)
        .order_by()
        .values_list("order_id")
        .annotate(n=Count("id"), kinds=Count("index", distinct=True), last=Max("index"))
    )
    return [f"action {action_id}: {n} orders" for action_id, n in doubled] + [
        f"order {order_id}: {n} fills, indexes up to {last}"
        for order_id, n, kinds, last in groups
        if not n == kinds == last + 1
    ]


@invariant("I-06", "A filled order has fills and ledger rows; any other has none")
def filled_orders_are_booked(account: int | None = None) -> list[str]:
    """Orders whose status and rows disagree."""
    sources = _fill_sources(account)
    problems = []
    orders = (
        rows_of(Order, account)
        .annotate(n=Count("fills"))
        .values_list("pk", "account_id", "sequence", "status", "n")
    )
    booked = {(account_id, order) for account_id, pairs in sources.items() for order, _ in pairs}
    for pk, account_id, sequence, status, fills in orders:
        is_booked = (account_id, sequence) in booked
        if status == OrderStatus.FILLED and not (fills and is_booked):
            problems.append(f"order {pk}: filled, {fills} fills, ledger rows: {is_booked}")
        elif status != OrderStatus.FILLED and (fills or is_booked):
            problems.append(f"order {pk}: {status}, yet it has fills or ledger rows")
    return problems


@invariant("I-07", "Every fill has its ledger rows and every fill-ledger row its fill")
def fills_and_ledger_agree(account: int | None = None) -> list[str]:
    """Fills without ledger rows, and ledger rows without a fill."""
    fills: dict[int, set[tuple[int, int]]] = defaultdict(set)
    for account_id, sequence, index in rows_of(Fill, account).values_list(
        "account_id", "order__sequence", "index"
    ):
        fills[account_id].add((sequence, index))
    sources = _fill_sources(account)
    problems = []
    for account_id in sorted(fills.keys() | sources.keys()):
        unbooked = sorted(fills[account_id] - sources[account_id])
        unfounded = sorted(sources[account_id] - fills[account_id])
        problems += [f"account {account_id}: fill {pair} has no ledger row" for pair in unbooked]
        problems += [f"account {account_id}: ledger row of fill {pair} has no fill" for pair in unfounded]
    return problems


@invariant("I-09", "No fill without a price row or at a price older than any policy of its account allowed")
def fills_have_fresh_prices(account: int | None = None) -> list[str]:
    """Fills whose price is missing, not positive, from the future or stale, and rows cited by fills that are gone."""
    cited = (
        rows_of(Fill, account)
        .exclude(quote_reference="")
        .values_list("quote_reference", flat=True)
        .distinct()
    )
    books = (
        rows_of(Fill, account).exclude(book_reference="").values_list("book_reference", flat=True).distinct()
    )
    lost = market.missing_citations([*cited.order_by(), *books.order_by()])
    rows = rows_of(Fill, account).values_list(
        "pk", "price_micros", "price_age_ms", "quote_reference", "account_id"
    )
    limits: dict[int, int] = defaultdict(int)
    for account_id, policy in rows_of(PolicySnapshot, account).values_list("account_id", "document"):
        limits[account_id] = max(limits[account_id], policy["max_price_age_ms"])
    return [
        f"fill {pk}: price {price}, age {age} ms, source {reference!r}"
        for pk, price, age, reference, account_id in rows
        if not (price > 0 and 0 <= age <= limits[account_id] and reference)
    ] + [f"{reference}: cited by a fill, not kept as cited" for reference in sorted(lost)]


@invariant("I-10", "No fill or ledger row after its account closed, and a closed account holds nothing")
def closed_means_closed(account: int | None = None) -> list[str]:
    """Rows that are later than the close, closed accounts with positions, and states without their time."""
    late = rows_of(Fill, account).filter(account__closed_at__isnull=False, at__gt=F("account__closed_at"))
    booked = rows_of(LedgerEntry, account).filter(
        account__closed_at__isnull=False, at__gt=F("account__closed_at")
    )
    closed = rows_of(PropAccount, account).filter(status__in=CLOSED_STATUSES)
    holding = closed.filter(positions__size_lots__gt=0) | closed.filter(positions__size_lots__lt=0)
    unfinished = closed.filter(closed_at__isnull=True) | rows_of(PropAccount, account).filter(
        closed_at__isnull=False
    ).exclude(status__in=CLOSED_STATUSES)
    return (
        [f"fill {row.pk}: after the account closed" for row in late]
        + [f"ledger row {row.pk}: after the account closed" for row in booked]
        + [f"{row.public_id}: closed with an open position" for row in holding.distinct()]
        + [f"{row.public_id}: {row.status}, closed at {row.closed_at}" for row in unfinished]
    )
