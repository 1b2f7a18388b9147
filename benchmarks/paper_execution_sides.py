"""The yardsticks of the execution benchmark: a plain ORM, statement by statement, and the rows ready made."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.apps import apps as registry
from django.db import connection, transaction
from django.db.models import Sum

from apps.core.moments import to_ms
from apps.exchange.execute import execute
from apps.exchange.types import Book, BookLevel, Denied, Quote
from apps.market import queries as market
from apps.trading.models import (
    ActionVerdict,
    Fill,
    InstrumentTerms,
    LedgerEntry,
    Order,
    Position,
    PropAccount,
    TradingHalt,
    TriggerOrder,
)
from apps.trading.seals import entry_hash, fill_digest
from apps.trading.services.account_state import build_state, policy_of
from apps.trading.services.terms import digest_of, terms_document


def execute_naively(action: Any, now: datetime) -> None:
    """One action in one transaction as the ORM's manual would have it: the same reads, kernel, rows and seals."""
    with transaction.atomic():
        account = PropAccount.objects.select_for_update().get(public_id=action.run.subject)
        if ActionVerdict.objects.filter(action=action).exists():
            return
        positions = {row.symbol: row for row in Position.objects.filter(account=account)}
        standing = list(TriggerOrder.objects.filter(account=account, status="standing"))
        list(TradingHalt.objects.filter(lifted_at__isnull=True))
        policy = policy_of(account)
        count = Order.objects.filter(account=account, cause="action", placed_at__gt=now).count()
        asset = _market("Asset").objects.get(symbol=action.symbol)
        symbols = {action.symbol, *(row.symbol for row in positions.values() if row.size_lots)}
        quotes, instruments = {}, {}
        for symbol in sorted(symbols):
            known = _market("Quote").objects.filter(asset__symbol=symbol, at__lte=now, knowable_at__lte=now)
            quotes[symbol] = _quote(known.select_related("asset").order_by("-at").first())
            instruments[symbol] = market.to_instrument(_market("Asset").objects.get(symbol=symbol), at=now)
        shelf = _market("BookSnapshot").objects.filter(asset=asset, at__lte=now, knowable_at__lte=now)
        book = _as_book(action.symbol, shelf.order_by("-at").first())
        instrument = instruments[action.symbol]
        taken = Fill.objects.filter(account=account, symbol=action.symbol, book_reference=book.reference)
        outcome = execute(
            state=build_state(account, positions.values(), actions=count),
            intent=action.to_intent(),
            instrument=instrument,
            quote=quotes[action.symbol],
            book=book,
            marks=quotes,
            instruments=instruments,
            policy=policy,
            now_ms=to_ms(now),
            taken_lots=taken.filter(side=action.side or -1).aggregate(lots=Sum("size_lots"))["lots"] or 0,
            standing=len(standing),
        )
        if isinstance(outcome, Denied):
            ActionVerdict.objects.create(
                action=action,
                account=account,
                status="denied",
                reason_code=str(outcome.reason),
                detail=outcome.detail[:300],
                at=now,
            )
            return
        _book(
            account,
            action,
            asset=asset,
            outcome=outcome,
            instrument=instrument,
            quote=quotes[action.symbol],
            positions=positions,
            now=now,
        )


def _market(name: str) -> Any:
    return registry.get_model(f"market.{name}")


def _quote(row: Any) -> Quote:
    return Quote(
        symbol=row.asset.symbol,
        mark_micros=row.mark_micros,
        oracle_micros=row.oracle_micros,
        mid_micros=row.mid_micros,
        at_ms=to_ms(row.at),
        funding_rate_e10=row.funding_rate_e10,
        reference=f"quote:{row.pk}",
    )


def _as_book(symbol: str, row: Any) -> Book:
    bids, asks = (tuple(BookLevel(*level) for level in side) for side in (row.bids, row.asks))
    return Book(symbol=symbol, at_ms=to_ms(row.at), bids=bids, asks=asks, reference=f"book:{row.pk}")


def _book(
    account: PropAccount,
    action: Any,
    *,
    asset: Any,
    outcome: Any,
    instrument: Any,
    quote: Any,
    positions: dict[str, Position],
    now: datetime,
) -> None:
    ActionVerdict.objects.create(action=action, account=account, status="executed", at=now)
    account.order_sequence += 1
    order = Order.objects.create(
        account=account,
        sequence=account.order_sequence,
        action=action,
        cause="action",
        asset=asset,
        symbol=action.symbol,
        side=int(outcome.fills[0].side),
        size_lots=sum(fill.size_lots for fill in outcome.fills),
        placed_at=now,
    )
    terms, _ = InstrumentTerms.objects.get_or_create(
        digest=digest_of(instrument),
        defaults={"symbol": action.symbol, "document": terms_document(instrument), "at": now},
    )
    for index, each in enumerate(outcome.fills):
        fill = Fill.objects.create(
            order=order,
            index=index,
            account=account,
            asset=asset,
            terms=terms,
            price_age_ms=to_ms(now) - quote.at_ms,
            at=now,
            **{name: getattr(each, name) for name in _RECEIPT},
        )
        digest = fill_digest(fill, order_sequence=order.sequence)
        source = f"fill:{order.sequence}:{index}"
        _post(account, "fee", -fill.fee_micros, reference=f"{source}:fee", digest=digest, now=now)
        if fill.realized_micros:
            _post(account, "pnl", fill.realized_micros, reference=f"{source}:pnl", digest=digest, now=now)
        for model, reference in (("Quote", fill.quote_reference), ("BookSnapshot", fill.book_reference)):
            rows = _market(model).objects.filter(pk=reference.partition(":")[2])
            rows.filter(is_cited=False).update(is_cited=True)
    row = positions.get(action.symbol) or Position(account=account, asset=asset, symbol=action.symbol)
    after = outcome.position_after
    row.size_lots, row.cost_micros = (after.size_lots, after.cost_micros) if after else (0, 0)
    row.leverage = after.leverage if after else row.leverage
    row.realized_micros += sum(fill.realized_micros - fill.fee_micros for fill in outcome.fills)
    row.updated_at = now
    row.save()
    account.executed_count += 1
    account.last_action_at = now
    account.save()


_RECEIPT = (
    "symbol",
    "side",
    "size_lots",
    "price_micros",
    "notional_micros",
    "fee_micros",
    "realized_micros",
    "mid_micros",
    "half_spread_micros",
    "walk_micros",
    "book_reference",
    "quote_reference",
    "leverage",
    "is_isolated",
    "margin_micros",
    "taken_lots",
    "kernel_version",
)


def _post(
    account: PropAccount, counter: str, amount: int, *, reference: str, digest: str, now: datetime
) -> None:
    account.ledger_group += 1
    kind = "fee" if counter == "fee" else "realized_pnl"
    for book, signed in (("cash", amount), ("fees" if counter == "fee" else "pnl", -amount)):
        column = f"{book}_micros"
        setattr(account, column, getattr(account, column) + signed)
        account.ledger_sequence += 1
        entry = LedgerEntry(
            account=account,
            sequence=account.ledger_sequence,
            group=account.ledger_group,
            book=book,
            kind=kind,
            amount_micros=signed,
            balance_after_micros=getattr(account, column),
            reference=reference,
            source_digest=digest,
            at=now,
            previous_hash=account.ledger_head,
        )
        entry.hash = entry_hash(entry, ordinal=account.ordinal)
        entry.save()
        account.ledger_head = entry.hash


class ReadyRows:
    """The limit: what a run wrote, written once more into tables of the same shape, rows ready for the driver.

    The copies have the columns, keys, indexes and checks of the originals; on PostgreSQL no foreign keys.
    """

    WRITTEN = (ActionVerdict, Order, Fill, LedgerEntry)
    MOVED = (Position, PropAccount)

    def __init__(self) -> None:
        self._marks = {model: self._last(model) for model in self.WRITTEN}
        with connection.cursor() as cursor:
            for model in (*self.WRITTEN, *self.MOVED):
                _copy_table(cursor, model._meta.db_table)

    def take(self) -> dict[str, list[Any]]:
        """The rows that were written since, by table, and all that may have been moved."""
        rows = {}
        with connection.cursor() as cursor:
            for model in self.WRITTEN:
                table = model._meta.db_table
                cursor.execute(f"SELECT * FROM {table} WHERE id > %s ORDER BY id", [self._marks[model]])
                rows[table] = cursor.fetchall()
            touched = {row[_place(cursor, "account_id")] for row in rows["trading_ledgerentry"]}
            cursor.execute(
                "SELECT id, size_lots, cost_micros, realized_micros, account_id FROM trading_position"
            )
            rows["trading_position"] = [row[1:4] + row[:1] for row in cursor.fetchall() if row[4] in touched]
            cursor.execute(f"SELECT {', '.join(_ACCOUNT)}, id FROM trading_propaccount")
            rows["trading_propaccount"] = [row for row in cursor.fetchall() if row[-1] in touched]
        return rows

    def write(self, rows: dict[str, Sequence[Any]]) -> None:
        """All in one transaction: executemany on SQLite, COPY on PostgreSQL, and the moves by key."""
        sets = {
            "trading_position": ["size_lots", "cost_micros", "realized_micros"],
            "trading_propaccount": list(_ACCOUNT),
        }
        mark = "?" if connection.vendor == "sqlite" else "%s"
        with transaction.atomic(), connection.cursor() as cursor:
            driver = connection.connection.cursor()
            for model in self.WRITTEN:
                table = model._meta.db_table
                if connection.vendor == "sqlite":
                    marks = ", ".join("?" * len(rows[table][0]))
                    driver.executemany(f"INSERT INTO bare_{table} VALUES ({marks})", rows[table])
                else:
                    with cursor.copy(f"COPY bare_{table} FROM STDIN") as copy:
                        for row in rows[table]:
                            copy.write_row(row)
            for table, names in sets.items():
                moves = ", ".join(f"{name} = {mark}" for name in names)
                driver.executemany(f"UPDATE bare_{table} SET {moves} WHERE id = {mark}", rows[table])

    def _last(self, model: Any) -> int:
        return model.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


_ACCOUNT = (
    "cash_micros",
    "fees_micros",
    "pnl_micros",
    "ledger_sequence",
    "ledger_group",
    "ledger_head",
    "order_sequence",
    "executed_count",
    "last_action_at",
)


def _place(cursor: Any, name: str) -> int:
    return [each[0] for each in cursor.description].index(name)


def _copy_table(cursor: Any, table: str) -> None:
    """A table beside the original with its columns, keys, indexes, checks and, where rows are moved, its rows."""
    cursor.execute(f"DROP TABLE IF EXISTS bare_{table}")
    if connection.vendor == "sqlite":
        cursor.execute(
            "SELECT sql, type FROM sqlite_master WHERE tbl_name = %s AND type <> 'trigger'", [table]
        )
        made = [(sql, kind) for sql, kind in cursor.fetchall() if sql]
        for sql, kind in sorted(made, key=lambda each: each[1] != "table"):
            shape = sql.replace(f'"{table}"', f'"bare_{table}"', 1)
            cursor.execute(shape if kind == "table" else shape.replace('INDEX "', 'INDEX "bare_', 1))
    else:
        cursor.execute(f"CREATE TABLE bare_{table} (LIKE {table} INCLUDING ALL)")
    if table in ("trading_position", "trading_propaccount"):
        cursor.execute(f"INSERT INTO bare_{table} SELECT * FROM {table}")
