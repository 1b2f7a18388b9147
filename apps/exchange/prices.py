"""When a price may be believed: present, not held back, fresh, positive and near the oracle."""

from collections.abc import Iterable, Mapping
from itertools import pairwise

from apps.exchange.figures import Price, Rules
from apps.exchange.gates import NUMBERS, denied, first_failing
from apps.exchange.gates.price import price_rows
from apps.exchange.precision import is_within_bps
from apps.exchange.translate import price_of, rules_of
from apps.exchange.types import AccountState, Book, Denied, DenyReason, Instrument, Policy, Position, Quote

NO_PRICE = Price(0, 0, 0, 0, 0, NUMBERS[DenyReason.PRICE_MISSING])


def believed_price(quote: Quote | None, now_ms: int) -> Price:
    """Return the figures of a quote, its fault as the number of a gate; NO_PRICE where there is no quote."""
    if quote is None:
        return NO_PRICE
    return price_of(quote, now_ms, NUMBERS[DenyReason(quote.fault)] if quote.fault else 0)


def quote_problem(quote: Quote | None, policy: Policy, now_ms: int) -> Denied | None:
    """Return why the quote may not be used, or None when it is present, not held back, fresh and sane."""
    return _problem(quote, rules_of(policy), now_ms, _name(quote))


def quote_problems(
    symbols: Iterable[str], quotes: Mapping[str, Quote], policy: Policy, now_ms: int
) -> dict[str, Denied]:
    """Return why the quotes of these assets may not be used, as `quote_problem`; whose may be used is left out."""
    rules = rules_of(policy)
    asked = {symbol: quotes.get(symbol) for symbol in symbols}
    problems = {symbol: _problem(quote, rules, now_ms, _name(quote)) for symbol, quote in asked.items()}
    return {symbol: problem for symbol, problem in problems.items() if problem is not None}


def usable_book(book: Book | None, symbol: str, policy: Policy, now_ms: int) -> Book | None:
    """Return the book when it is this asset's, two-sided and fresh; otherwise None (the curve prices)."""
    if (
        book is not None
        and book.symbol == symbol
        and book.bids
        and book.asks
        and 0 <= now_ms - book.at_ms <= policy.max_price_age_ms
    ):
        return book
    return None


def walkable_book(book: Book | None, symbol: str, policy: Policy, now_ms: int) -> Book | None:
    """Return the book that an exit walks: usable and in order, however far; otherwise None (the curve prices)."""
    book = usable_book(book, symbol, policy, now_ms)
    return book if book is not None and is_ordered(book) else None


def is_ordered(book: Book) -> bool:
    """Tell whether a two-sided book is what a book must be: not crossed, sorted best first, all of it positive."""
    asks = [level.price_micros for level in book.asks]
    bids = [level.price_micros for level in book.bids]
    rising = [*reversed(bids), *asks]
    return (
        all(low < high for low, high in pairwise(rising))
        and rising[0] > 0
        and all(level.size_lots > 0 for level in (*book.bids, *book.asks))
    )


def is_near(book: Book, quote: Quote, policy: Policy) -> bool:
    """Tell whether both best prices of a book are within the policy's deviation of the mark."""
    mark, bps = quote.mark_micros, policy.max_price_deviation_bps
    bests = (book.bids[0].price_micros, book.asks[0].price_micros)
    return all(is_within_bps(best, mark, bps) for best in bests)


def marks_problem(
    state: AccountState,
    marks: Mapping[str, Quote],
    instruments: Mapping[str, Instrument],
    policy: Policy,
    now_ms: int,
) -> Denied | None:
    """Return why the open positions cannot be valued now, or None when each has a believable price.

    A shell asks this before it marks, snapshots, funds or liquidates an account.
    """
    return positions_problem(state.positions, marks, instruments, policy, now_ms)


def positions_problem(
    positions: Iterable[Position],
    marks: Mapping[str, Quote],
    instruments: Mapping[str, Instrument],
    policy: Policy,
    now_ms: int,
) -> Denied | None:
    """Return why these positions cannot be valued now, or None when each has a believable price."""
    rules = rules_of(policy)
    for held in positions:
        if held.symbol not in instruments:
            return Denied(DenyReason.MARKS_MISSING, f"{held.symbol} is not a known instrument")
        problem = _problem(marks.get(held.symbol), rules, now_ms, held.symbol)
        if problem is not None:
            return Denied(DenyReason.MARKS_MISSING, f"{held.symbol}: {problem.detail}")
    return None


def _problem(quote: Quote | None, rules: Rules, now_ms: int, symbol: str) -> Denied | None:
    row = first_failing(price_rows(believed_price(quote, now_ms), rules))
    return denied(row, symbol) if row[0] else None


def _name(quote: Quote | None) -> str:
    return "" if quote is None else quote.symbol
