"""What accounts took before from the books that stand now, so that splitting an order meets the same depth as one."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from apps.core.tables import Table, ask, marks
from apps.exchange.types import Book
from apps.trading.models import Fill, Position, PropAccount

_FILLS = Table(Fill)


class Taken:
    """Lots by account, side and book, read once and kept up with the fills that follow."""

    def __init__(self, accounts: Iterable[PropAccount], books: Iterable[Book]) -> None:
        self._lots: Counter[tuple[int, int, str]] = Counter()
        references = {book.reference for book in books if book.reference}
        traders = [account.pk for account in accounts if account.order_sequence]
        if references and traders:
            sql = (
                f"SELECT account_id, side, book_reference, SUM(size_lots) FROM {_FILLS.name}"
                f" WHERE account_id IN ({marks(traders)}) AND book_reference IN ({marks(references)})"
                " GROUP BY account_id, side, book_reference"
            )
            for *key, lots in ask(sql, [*traders, *references]):
                self._lots[tuple(key)] = int(lots)

    def lots(self, account_id: int, side: int, book: Book | None) -> int:
        """Lots that the account took from what orders of this side walk; none without a book."""
        return self._lots[account_id, side, book.reference] if book is not None and book.reference else 0

    def lots_out(self, position: Position, book: Book | None) -> int:
        """Lots that the account took from the side of the book that closing the position walks."""
        return self.lots(position.account_id, -1 if position.size_lots > 0 else 1, book)

    def add(self, account_id: int, fills: Sequence[Any]) -> None:
        """Remember fills that are not written yet."""
        for fill in fills:
            if fill.book_reference:
                self._lots[account_id, int(fill.side), fill.book_reference] += fill.size_lots
