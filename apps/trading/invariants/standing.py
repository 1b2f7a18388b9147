"""Invariants of what stands between decisions: exits, isolated margins, policies and kill switches."""

from datetime import datetime

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import Concat

from apps.core.json_strict import dumps_canonical, sha256_hex
from apps.exchange.types import LedgerKind, TradingMode, TriggerKind
from apps.trading.invariants.one_account import invariant, rows_of
from apps.trading.models import (
    ActionVerdict,
    Fill,
    LedgerEntry,
    Order,
    PolicySnapshot,
    Position,
    PriceOutage,
    PropAccount,
    TradingHalt,
    TriggerOrder,
)
from apps.trading.types import Book, HaltScope, OrderCause, TriggerStatus, VerdictStatus

CAUSE_OF_TRIGGER = {
    TriggerKind.STOP: OrderCause.STOP,
    TriggerKind.TARGET: OrderCause.TARGET,
    TriggerKind.TRAILING: OrderCause.TRAILING,
    TriggerKind.TIME: OrderCause.TIME_EXIT,
}


@invariant("I-63", "At most one exit of a kind stands per asset, and only on an open position of its side")
def exits_stand_on_positions(account: int | None = None) -> list[str]:
    """Standing exits without such a position, without what makes them fire, doubled, or numbered beyond the account."""
    standing = rows_of(TriggerOrder, account).filter(status=TriggerStatus.STANDING)
    held = Position.objects.filter(account=OuterRef("account"), asset=OuterRef("asset"))
    long, short = held.filter(size_lots__gt=0), held.filter(size_lots__lt=0)
    afloat = standing.exclude(Q(side=1) & Exists(long)).exclude(Q(side=-1) & Exists(short))
    level = Q(kind__in=(TriggerKind.STOP, TriggerKind.TARGET), price_micros__gt=0)
    trailing = Q(kind=TriggerKind.TRAILING, trail_bps__gt=0, best_micros__gt=0)
    timed = Q(kind=TriggerKind.TIME, expires_at__isnull=False)
    doubled = (
        standing.order_by()
        .values_list("account__public_id", "symbol", "kind")
        .annotate(n=Count("id"))
        .filter(n__gt=1)
    )
    count = F("account__exit_sequence")
    beyond = rows_of(TriggerOrder, account).filter(
        Q(set_sequence__gt=count) | Q(ended_sequence__gt=count) | Q(ended_sequence__lte=F("set_sequence"))
    )
    return (
        [f"{row.public_id}: stands on no {row.symbol} position of its side" for row in afloat]
        + [
            f"{row.public_id}: a {row.kind} that cannot fire"
            for row in standing.exclude(level | trailing | timed)
        ]
        + [f"{account} {symbol}: {n} standing exits of kind {kind}" for account, symbol, kind, n in doubled]
        + [f"{row.public_id}: its numbers are not of its account's count" for row in beyond]
    )


@invariant(
    "I-64", "A cross or flat position has no margin; only funding or a forced part takes one below zero"
)
def margins_belong_to_isolated_positions(account: int | None = None) -> list[str]:
    """Positions whose margin and mode do not belong together, or below zero though nothing was charged or taken by force.

    What takes a margin below zero is liquidated by the next mark that may fill, unless open profit backs the rest.
    """
    charged = LedgerEntry.objects.filter(
        account=OuterRef("account"),
        kind=LedgerKind.FUNDING,
        book=Book.CASH,
        amount_micros__lt=0,
        reference__startswith=Concat(Value("funding:"), OuterRef("symbol"), Value(":")),
    )
    forced = Fill.objects.filter(
        account=OuterRef("account"), symbol=OuterRef("symbol"), order__cause=OrderCause.LIQUIDATION
    )
    owing = Q(margin_micros__lt=0) & ~Exists(charged) & ~Exists(forced)
    wrong = rows_of(Position, account).filter(
        owing | (Q(is_isolated=False) | Q(size_lots=0)) & ~Q(margin_micros=0)
    )
    return [
        f"account {row.account_id} {row.symbol}: {row.size_lots} lots, margin {row.margin_micros}"
        for row in wrong
    ]


@invariant("I-65", "Kill switches and outages are whole, and nothing was filled while a switch forbade it")
def switches_are_obeyed(account: int | None = None) -> list[str]:
    """Switches lifted by nobody or before they were set, outages that run backwards, fills that a switch forbade."""
    lifted = Q(lifted_at__isnull=False)
    told = ~Q(lifted_by="") & ~Q(lifted_reason="") & Q(lifted_at__gte=F("set_at"))
    broken = TradingHalt.objects.exclude(lifted & told).exclude(
        Q(lifted_at__isnull=True, lifted_by="", lifted_reason="")
    )
    untold = TradingHalt.objects.filter(Q(reason="") | Q(set_by=""))
    problems = [f"switch {row.pk}: set or lifted without who, why or in order" for row in broken | untold]
    outages = PriceOutage.objects.filter(ended_at__lt=F("began_at"))
    problems += [f"outage {row.pk}: ended before it began" for row in outages]
    for halt in TradingHalt.objects.order_by("pk"):
        fills = rows_of(Fill, account).filter(at__gt=halt.set_at)
        if halt.lifted_at is not None:
            fills = fills.filter(at__lt=halt.lifted_at)
        if halt.scope == HaltScope.ASSET:
            fills = fills.filter(symbol=halt.symbol)
        if halt.mode == TradingMode.HALTED:
            forbidden = list(fills.order_by("pk").values_list("pk", flat=True))
        else:
            forbidden = _growing(fills, since=halt.set_at)
        problems += [f"fill {pk}: while switch {halt.pk} forbade it ({halt.mode})" for pk in forbidden]
    return problems


def _growing(fills: QuerySet[Fill], *, since: datetime) -> list[int]:
    """Those of the fills since that moment that made a position larger or turned it to the other side."""
    earlier = Fill.objects.filter(at__lte=since, account__in=fills.order_by().values("account")).order_by()
    sizes: dict[tuple[int, str], int] = {
        (account_id, symbol): size
        for account_id, symbol, size in earlier.values_list("account_id", "symbol").annotate(
            size=Sum(F("side") * F("size_lots"))
        )
    }
    found: list[int] = []
    for row in fills.order_by("account_id", "order__sequence", "index").iterator(chunk_size=2000):
        before = sizes.get((row.account_id, row.symbol), 0)
        after = sizes[row.account_id, row.symbol] = before + row.side * row.size_lots
        if abs(after) > abs(before) or after * before < 0:
            found.append(row.pk)
    return found


@invariant("I-66", "An account's policies are numbered without a gap, sealed, and the last one is its own")
def policies_are_contiguous(account: int | None = None) -> list[str]:
    """Accounts whose pinned policies have gaps or whose last one is not the account's; broken seals."""
    spans = {
        account_id: (rows, low, high)
        for account_id, rows, low, high in rows_of(PolicySnapshot, account)
        .order_by()
        .values_list("account_id")
        .annotate(rows=Count("id"), low=Min("sequence"), high=Max("sequence"))
    }
    problems = [
        f"{public_id}: policies {spans.get(pk)}, account at {sequence}"
        for pk, public_id, sequence in rows_of(PropAccount, account).values_list(
            "pk", "public_id", "policy_sequence"
        )
        if spans.get(pk) != (sequence, 1, sequence)
    ]
    pinned = rows_of(PolicySnapshot, account).select_related("account")
    for row in pinned.iterator(chunk_size=2000):
        if row.digest != sha256_hex(dumps_canonical(row.document)):
            problems.append(f"{row.account.public_id} policy {row.sequence}: does not match its digest")
        if row.sequence == row.account.policy_sequence and row.document != row.account.policy:
            problems.append(f"{row.account.public_id}: its policy is not the one pinned as {row.sequence}")
    return problems


@invariant("I-67", "Verdicts, orders and exits point at each other: same account, same asset, same cause")
def exits_and_verdicts_agree(account: int | None = None) -> list[str]:
    """Fired exits whose order is another's, orders of exits that nobody fired, exits set by no executed action."""
    fired = rows_of(TriggerOrder, account).filter(status=TriggerStatus.FIRED).select_related("order")
    problems = [
        f"{row.public_id}: fired, yet its order is not its own"
        for row in fired
        if row.order is None
        or (row.order.account_id, row.order.asset_id, row.order.cause)
        != (row.account_id, row.asset_id, CAUSE_OF_TRIGGER[TriggerKind(row.kind)])
    ]
    orphans = rows_of(Order, account).filter(cause__in=CAUSE_OF_TRIGGER.values(), trigger__isnull=True)
    problems += [f"order {row.pk}: caused by an exit that nobody fired" for row in orphans]
    verdicts = ActionVerdict.objects.filter(
        action=OuterRef("action"), account=OuterRef("account"), status=VerdictStatus.EXECUTED
    )
    unfounded = rows_of(TriggerOrder, account).filter(action__isnull=False).exclude(Exists(verdicts))
    problems += [f"{row.public_id}: set by an action that was not executed" for row in unfounded]
    strangers = rows_of(Order, account).filter(action__isnull=False).exclude(Exists(verdicts))
    return problems + [f"order {row.pk}: its action was not executed for its account" for row in strangers]
