"""Invariants of the balances and the double entry."""

from functools import reduce
from operator import add

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from apps.trading.invariants.one_account import invariant, rows_of
from apps.trading.models import LedgerEntry, Position, PropAccount
from apps.trading.types import Book


@invariant("I-01", "Every balance of an account is the sum of its ledger book")
def balances_are_ledger_sums(account: int | None = None) -> list[str]:
    """Accounts whose stored balance of some book is not what the ledger adds up to."""
    sums: dict[tuple[int, str], int] = {
        (account_id, book): total
        for account_id, book, total in rows_of(LedgerEntry, account)
        .order_by()
        .values_list("account_id", "book")
        .annotate(total=Sum("amount_micros"))
    }
    columns = [f"{book}_micros" for book in Book.values]
    return [
        f"{public_id}: {book} is {balance}, its ledger says {sums.get((pk, book), 0)}"
        for pk, public_id, *balances in rows_of(PropAccount, account).values_list("pk", "public_id", *columns)
        for book, balance in zip(Book.values, balances, strict=True)
        if balance != sums.get((pk, book), 0)
    ]


@invariant("I-02", "Every ledger group sums to zero and has its counter leg")
def groups_sum_to_zero(account: int | None = None) -> list[str]:
    """Groups that are one-legged or do not balance."""
    groups = (
        rows_of(LedgerEntry, account)
        .order_by()
        .values_list("account__public_id", "group")
        .annotate(total=Sum("amount_micros"), legs=Count("id"))
    )
    return [
        f"{public_id} group {group}: {legs} legs, sum {total}"
        for public_id, group, total, legs in groups
        if total != 0 or legs < 2
    ]


@invariant("I-03", "Ledger sequences have no gap and no duplicate, and the account knows the last")
def sequences_are_whole(account: int | None = None) -> list[str]:
    """Accounts whose sequence is not 1..n."""
    found = (
        rows_of(LedgerEntry, account)
        .order_by()
        .values_list("account_id", "account__public_id", "account__ledger_sequence")
        .annotate(rows=Count("id"), low=Min("sequence"), high=Max("sequence"))
    )
    broken = [
        f"{public_id}: {rows} rows, sequences {low}..{high}, account at {known}"
        for _, public_id, known, rows, low, high in found
        if not low == 1 <= high == rows == known
    ]
    empty = rows_of(PropAccount, account).filter(ledger__isnull=True, ledger_sequence__gt=0)
    return broken + [f"{row.public_id}: sequence without rows" for row in empty]


@invariant("I-40", "All books of all accounts together sum to zero")
def the_loop_is_closed(account: int | None = None) -> list[str]:
    """The sum over every ledger row, and over every stored balance, when it is not zero."""
    rows = rows_of(LedgerEntry, account).aggregate(total=Sum("amount_micros"))["total"] or 0
    books = reduce(add, [F(f"{book}_micros") for book in Book.values])
    balances = rows_of(PropAccount, account).aggregate(total=Sum(books))["total"] or 0
    problems = [f"ledger rows sum to {rows}"] if rows else []
    return problems + ([f"balances sum to {balances}"] if balances else [])


@invariant(
    "I-68", "Without an open cross position cash covers the isolated margins; a flat account owes nothing"
)
def cash_covers_what_is_set_aside(account: int | None = None) -> list[str]:
    """Accounts without cross positions whose cash is below the sum of their positive isolated margins, or below zero."""
    held = Position.objects.filter(account=OuterRef("pk")).order_by()
    cross = held.exclude(size_lots=0).filter(is_isolated=False)
    margins = held.filter(margin_micros__gt=0).values("account").annotate(sum=Sum("margin_micros"))
    accounts = rows_of(PropAccount, account).annotate(set_aside=Coalesce(Subquery(margins.values("sum")), 0))
    return [
        f"{row.public_id}: cash is {row.cash_micros}, its isolated margins are {row.set_aside}"
        for row in accounts.filter(~Exists(cross), cash_micros__lt=F("set_aside"))
    ]
