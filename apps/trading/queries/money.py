"""Where an account's money went: price moves, costs, funding and corrections, summed from its ledger and fills."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Length, Substr

from apps.exchange.rounding import notional
from apps.trading.models import Fill, LedgerEntry, Order, PropAccount
from apps.trading.queries.accounts import prices_of
from apps.trading.types import Book

_FUNDING_HEAD, _HOUR_TAIL = len("funding:"), len(":2026-01-01T00Z")
"""What stands around the symbol in the reference of a funding row."""
_PAGE = 200
"""Fills looked through at a time for the one that opened a position."""


@dataclass(frozen=True, slots=True)
class MoneyParts:
    """Signed effects on equity, in micro-dollars: what costs is negative. They add up to the profit.

    `price_moves` is what holding the positions would have made had every fill been at the mid price of its moment.
    """

    price_moves: int = 0
    half_spread: int = 0
    walk: int = 0
    fees: int = 0
    funding: int = 0
    adjustments: int = 0
    backstop: int = 0

    @property
    def profit(self) -> int:
        """The sum of the parts."""
        return sum(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True, slots=True)
class AssetMoney:
    """The parts of one asset; corrections that no asset caused stand under the symbol ""."""

    symbol: str
    parts: MoneyParts
    realized_micros: int
    unrealized_micros: int
    traded_micros: int
    fill_count: int


@dataclass(frozen=True, slots=True)
class MoneyStory:
    """The way from the start to the equity at the last marks, in micro-dollars, in all and per asset by symbol.

    `start + parts.profit` is `equity` exactly, and `cash + unrealized` is too.
    """

    start_micros: int
    cash_micros: int
    realized_micros: int
    unrealized_micros: int
    equity_micros: int
    traded_micros: int
    fill_count: int
    parts: MoneyParts
    assets: tuple[AssetMoney, ...]


def money_story(account: PropAccount) -> MoneyStory:
    """Take the account's profit apart. Open positions are valued at the marks of the last valuation.

    A position that was opened since then counts at the mid price of its last fill.
    """
    cash = LedgerEntry.objects.filter(account=account, book=Book.CASH).order_by()
    booked = {kind: int(amount) for kind, amount in cash.values_list("kind").annotate(Sum("amount_micros"))}
    corrections = _corrections(account, cash)
    traded = _traded(account)
    funded = funding_of(cash)
    prices = prices_of(account, [symbol for symbol, sums in traded.items() if sums["lots"]])
    assets = tuple(
        _asset(symbol, traded.get(symbol), funded.get(symbol, 0), corrections.get(symbol, {}), prices)
        for symbol in sorted({*traded, *funded, *corrections})
    )
    total = sum(booked.values())
    unrealized = sum(one.unrealized_micros for one in assets)
    return MoneyStory(
        start_micros=booked.get("deposit", 0),
        cash_micros=total,
        realized_micros=booked.get("realized_pnl", 0),
        unrealized_micros=unrealized,
        equity_micros=total + unrealized,
        traded_micros=sum(one.traded_micros for one in assets),
        fill_count=sum(one.fill_count for one in assets),
        parts=_total(one.parts for one in assets),
        assets=assets,
    )


def _traded(account: PropAccount) -> dict[str, dict[str, int]]:
    """Sums over the fills of each asset."""
    sums = (
        Fill.objects.filter(account=account)
        .order_by()
        .values("symbol", "asset__size_decimals")
        .annotate(
            count=Count("id"),
            lots=Sum(F("side") * F("size_lots")),
            spent=Sum(F("side") * F("notional_micros")),
            volume=Sum("notional_micros"),
            realized=Sum("realized_micros"),
            fee=Sum("fee_micros"),
            spread=Sum("half_spread_micros"),
            walked=Sum("walk_micros"),
        )
    )
    rows: dict[str, dict[str, Any]] = {row["symbol"]: dict(row) for row in sums}
    return {
        symbol: {name: int(value) for name, value in row.items() if name != "symbol"}
        for symbol, row in rows.items()
    }


def funding_of(cash: QuerySet[LedgerEntry]) -> dict[str, int]:
    """What the funding rows among these cash rows moved, by asset: negative where it was paid."""
    sums = cash.filter(kind="funding").annotate(held=_symbol_of_funding()).values_list("held")
    return {held: int(amount) for held, amount in sums.annotate(Sum("amount_micros"))}


class Funded(NamedTuple):
    """What funding moved for an asset: in all, and since its position was opened or turned round; negative was paid."""

    in_all: int = 0
    own: int = 0


def fundings_of(
    cash: QuerySet[LedgerEntry], newest: QuerySet[Fill], sizes: Mapping[str, int]
) -> dict[str, Funded]:
    """The funding of the assets with an open position, in three statements.

    `newest` are the account's fills, newest first, `sizes` the signed lots that are open now.
    """
    opened = _opening_fees(newest, sizes)
    fees = cash.filter(reference__in=opened).values_list("reference", "sequence")
    since = {opened[reference]: sequence for reference, sequence in fees}
    own = Q()
    for symbol in sizes:
        own |= Q(held=symbol, sequence__gt=since.get(symbol, 0))
    rows = cash.filter(kind="funding").annotate(held=_symbol_of_funding()).filter(held__in=sizes)
    sums = rows.values_list("held").annotate(Sum("amount_micros"), own=Sum("amount_micros", filter=own))
    return {held: Funded(int(in_all), int(mine or 0)) for held, in_all, mine in sums}


def _opening_fees(newest: QuerySet[Fill], sizes: Mapping[str, int]) -> dict[str, str]:
    """The symbols by the reference of the fee of the fill that opened each position, found from the newest fill back."""
    left, found, place = dict(sizes), dict[str, str](), 0
    columns = ("symbol", "side", "size_lots", "order__sequence", "index")
    fills = newest.filter(symbol__in=left).order_by("-id").values_list(*columns)
    while left and (page := list(fills[place : place + _PAGE])):
        place += _PAGE
        for symbol, side, lots, order, index in page:
            if symbol not in left:
                continue
            before = left[symbol] - side * lots
            left[symbol] = before
            if before * sizes[symbol] <= 0:
                found[f"fill:{order}:{index}:fee"] = symbol
                del left[symbol]
    return found


def _symbol_of_funding() -> Substr:
    return Substr("reference", _FUNDING_HEAD + 1, Length("reference") - _FUNDING_HEAD - _HOUR_TAIL)


def _corrections(account: PropAccount, cash: QuerySet[LedgerEntry]) -> dict[str, dict[str, int]]:
    """Adjustments and backstop takeovers by the asset whose order caused them."""
    rows = list(
        cash.filter(kind__in=("adjustment", "backstop")).values_list("kind", "reference", "amount_micros")
    )
    numbers = {reference: _order_of(reference) for _, reference, _ in rows}
    orders = Order.objects.filter(account=account, sequence__in={one for one in numbers.values() if one})
    symbols = dict(orders.values_list("sequence", "symbol")) if rows else {}
    found: dict[str, dict[str, int]] = {}
    for kind, reference, amount in rows:
        caused = found.setdefault(symbols.get(numbers[reference], ""), {})
        caused[kind] = caused.get(kind, 0) + amount
    return found


def _order_of(reference: str) -> int:
    """The number in `order:7:debt`; 0 where the reference names no order."""
    head, _, rest = reference.partition(":")
    number = rest.partition(":")[0]
    return int(number) if head == "order" and number.isdecimal() else 0


def _asset(
    symbol: str,
    traded: dict[str, int] | None,
    funding: int,
    corrections: Mapping[str, int],
    prices: Mapping[str, int],
) -> AssetMoney:
    sums = traded or {}
    realized, lots = sums.get("realized", 0), sums.get("lots", 0)
    spread, walked = sums.get("spread", 0), sums.get("walked", 0)
    # What was paid for what is still open: all that was spent, less the part that closing trades have settled.
    cost = sums.get("spent", 0) + realized
    worth = notional(prices[symbol], lots, sums["asset__size_decimals"]) if lots else 0
    unrealized = worth - cost
    return AssetMoney(
        symbol=symbol,
        parts=MoneyParts(
            price_moves=realized + unrealized + spread + walked,
            half_spread=-spread,
            walk=-walked,
            fees=-sums.get("fee", 0),
            funding=funding,
            adjustments=corrections.get("adjustment", 0),
            backstop=corrections.get("backstop", 0),
        ),
        realized_micros=realized,
        unrealized_micros=unrealized,
        traded_micros=sums.get("volume", 0),
        fill_count=sums.get("count", 0),
    )


def _total(parts: Iterable[MoneyParts]) -> MoneyParts:
    listed = list(parts)
    names = [field.name for field in fields(MoneyParts)]
    return MoneyParts(**{name: sum(getattr(one, name) for one in listed) for name in names})
