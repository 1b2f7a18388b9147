"""The steps of what an action got: its order and fills against the record, and its postings against the ledger rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from apps.trading.models import Fill, LedgerEntry, Order
from apps.trading.queries.proofs import Head
from apps.trading.seals import entry_hash, fill_digest
from apps.trading.services.reexecution.executed import Executed
from apps.trading.services.reexecution.guard import Malformed
from apps.trading.services.reexecution.links import Newest, postings_after, walk_on
from apps.trading.services.reexecution.steps import Asking, Difference, Part, Step
from apps.trading.types import COUNTER_BOOK, Book, OrderCause, OrderStatus


def booking_steps(one: Executed) -> Iterator[Step]:
    """Fills and postings of an action that was executed; nothing where none was filled."""
    document = one.document or {}
    order = Order.objects.filter(action=one.action).first()
    if document.get("order") is None and order is None:
        return
    fills = list(Fill.objects.filter(order=order).select_related("terms").order_by("index")) if order else []
    told = one.outcome.get("fills") or []
    yield _fills_step(one, order, fills, told)
    yield _ledger_step(one, fills, document)


def _fills_step(
    one: Executed, order: Order | None, fills: Sequence[Fill], told: Sequence[Mapping[str, Any]]
) -> Step:
    asking, document = Asking("fills", Part.GOT, one.index), one.document or {}
    number = document.get("order")
    where = f"Order {one.account.public_id}/{number}"
    if order is None:
        asking.difference = Difference(where, "an order", "nothing")
    else:
        asking.equal(f"{where}.sequence", expected=number, found=order.sequence)
        asking.equal(f"{where}.symbol", expected=one.action.symbol, found=order.symbol)
        asking.equal(f"{where}.cause", expected=OrderCause.ACTION.value, found=str(order.cause))
        asking.equal(f"{where}.status", expected=OrderStatus.FILLED.value, found=str(order.status))
        asking.equal(
            f"{where}.placed_at", expected=one.verdict.at.isoformat(), found=order.placed_at.isoformat()
        )
        if told:
            asking.equal(f"{where}.side", expected=told[0]["side"], found=order.side)
            asking.equal(
                f"{where}.size_lots", expected=sum(each["size_lots"] for each in told), found=order.size_lots
            )
    seals = list(document.get("fills") or ())
    asking.equal(f"{where}: fills", expected=len(told), found=len(fills))
    for fill, receipt in zip(fills, told, strict=False):
        place = f"Fill {one.account.public_id}/{number}/{fill.index}"
        for name, value in receipt.items():
            asking.equal(f"{place}.{name}", expected=value, found=getattr(fill, name))
        asking.equal(f"{place}.at", expected=one.verdict.at.isoformat(), found=fill.at.isoformat())
    sealed = [fill_digest(fill, order_sequence=number or 0) for fill in fills]
    asking.equal(f"{where}: seals of its fills", expected=seals, found=sealed)
    asking.digests += [(f"fill {number}/{place}", digest) for place, digest in enumerate(seals)]
    count = len(fills)
    return asking.done(
        f"Order {number}: {count} fill{'' if count == 1 else 's'}, each exactly as the exchange answered.",
        "The fills are not what the exchange answered.",
    )


def _ledger_step(one: Executed, fills: Sequence[Fill], document: Mapping[str, Any]) -> Step:
    asking = Asking("ledger", Part.GOT, one.index)
    first, last = span_of(document, f"{one.key}.document.ledger")
    rows = list(
        LedgerEntry.objects.filter(account=one.account, sequence__gte=first - 1, sequence__lte=last).order_by(
            "sequence"
        )
    )
    booked = [row for row in rows if first <= row.sequence <= last]
    asking.equal(f"{_row(one, first)}: rows up to {last}", expected=last - first + 1, found=len(booked))
    balances = _balances(one, first, {row.book for row in booked})
    before = next((row.hash for row in rows if row.sequence == first - 1), "")
    for row, expected in zip(booked, _expected(one, document), strict=False):
        _compare(asking, one, row, expected | {"previous_hash": before}, balances)
        before = row.hash
    asking.digests += [(f"ledger row {row.sequence}", row.hash) for row in booked]
    executed, followed = one.outcome, ""
    if booked:
        followed = walk_on(
            asking,
            start=Head(last, before),
            links=postings_after(one.account, last, most=one.case.ahead),
            most=one.case.ahead,
            sealed=one.case.roots.over("ledger", last),
            newest=Newest(
                f"PropAccount {one.account.public_id}.ledger_head",
                Head(one.account.ledger_sequence, one.account.ledger_head),
            ),
        )
    cash = (executed.get("state_after") or {}).get("cash_micros")
    if cash is not None and booked:
        asking.equal(f"{one.key}: cash after", expected=balances.get(Book.CASH), found=cash)
    return asking.done(
        f"Ledger rows {first} to {last}: every amount, balance and seal follows from the fills. {followed}",
        "The ledger does not say what the fills say.",
    )


def span_of(document: Mapping[str, Any], where: str) -> tuple[int, int]:
    """The first and the last ledger row that a record names; raises Malformed where it names none that can be."""
    span = document.get("ledger")
    if (
        not (isinstance(span, list) and len(span) == 2 and all(type(number) is int for number in span))
        or not 0 < span[0] <= span[1] <= span[0] + _MOST_ROWS
        or span[1] >= 2**31
    ):
        raise Malformed(where, "the first and the last row", span)
    return span[0], span[1]


def _compare(
    asking: Asking, one: Executed, row: LedgerEntry, expected: Mapping[str, Any], balances: dict[str, int]
) -> None:
    where = _row(one, row.sequence)
    for name, value in expected.items():
        asking.equal(f"{where}.{name}", expected=value, found=getattr(row, name))
    balances[row.book] = balances.get(row.book, 0) + row.amount_micros
    asking.equal(f"{where}.balance_after_micros", expected=balances[row.book], found=row.balance_after_micros)
    asking.equal(f"{where}.at", expected=one.verdict.at.isoformat(), found=row.at.isoformat())
    asking.equal(f"{where}.hash", expected=entry_hash(row, ordinal=one.account.ordinal), found=row.hash)


def _expected(one: Executed, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The legs that an outcome's fills and corrections are booked as, in order, as far as they follow from the record."""
    executed = one.outcome
    number, seals = document.get("order"), list(document.get("fills") or ())
    postings: list[tuple[str, int, str, str]] = []
    for place, fill in enumerate(executed.get("fills") or ()):
        source, seal = f"fill:{number}:{place}", seals[place] if place < len(seals) else ""
        postings.append(("fee", -fill["fee_micros"], f"{source}:fee", seal))
        if fill["realized_micros"]:
            postings.append(("realized_pnl", fill["realized_micros"], f"{source}:pnl", seal))
    for line in executed.get("lines") or ():
        if line["kind"] in _CORRECTIONS:
            reference = f"order:{number}:{_CORRECTIONS[line['kind']]}"
            postings.append((line["kind"], line["amount_micros"], reference, ""))
    return [
        {
            "book": str(book),
            "kind": kind,
            "amount_micros": amount,
            "reference": reference,
            "source_digest": seal,
        }
        for kind, total, reference, seal in postings
        for book, amount in ((Book.CASH.value, total), (COUNTER_BOOK[kind], -total))
    ]


def _balances(one: Executed, first: int, books: Iterable[str]) -> dict[str, int]:
    """The balances of these books before the first row."""
    found = {}
    for book in books:
        rows = LedgerEntry.objects.filter(account=one.account, book=book, sequence__lt=first).order_by(
            "-sequence"
        )
        found[str(book)] = rows.values_list("balance_after_micros", flat=True).first() or 0
    return found


def _row(one: Executed, sequence: int) -> str:
    return f"LedgerEntry {one.account.public_id}/{sequence}"


_MOST_ROWS = 1000
_CORRECTIONS = {"adjustment": "debt", "backstop": "backstop"}
"""Lines that no fill explains, and the word for them in the reference of their posting."""
