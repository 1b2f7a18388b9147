"""Invariants of the limits: every fill of history is held against the rules in force when it was made.

Everything is derived again from rows: the position from the fills, the rules from the pinned policy and terms, the
price and its age from the quote and the book that the fill cites. No verdict of a gate is read.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

from apps.core.moments import to_ms
from apps.exchange import margin
from apps.exchange.rounding import notional
from apps.exchange.types import Instrument, Policy
from apps.market import queries as market
from apps.trading.invariants.one_account import invariant, keys_of, rows_of
from apps.trading.models import PolicySnapshot
from apps.trading.queries.replay import CHUNK, ByAccount, fill_rows
from apps.trading.services.terms import instrument_of

_BATCH = 400
"""Fills whose cited rows are read at once."""


@invariant(
    "I-50",
    "Every fill that grew a position kept to the limits of its account's policy and of its asset",
    is_slow=True,
)
def fills_keep_to_their_limits(account: int | None = None) -> list[str]:
    """Growing fills beyond a limit of leverage, position or exposure, or in an asset that was not allowed."""
    problems: list[str] = []
    policies = _Policies(account)
    ceilings: dict[str, int] = {}
    terms: dict[int, Instrument] = {}
    account_id, sizes, decimals = 0, dict[str, int](), dict[str, int]()
    for fill, cited in _cited(fill_rows(account_ids=keys_of(account))):
        if fill.account_id != account_id:
            account_id, sizes, decimals = fill.account_id, {}, {}
        before = sizes.get(fill.symbol, 0)
        sizes[fill.symbol] = before + fill.side * fill.size_lots
        if abs(sizes[fill.symbol]) <= abs(before) or fill.terms is None:
            continue
        instrument = terms.setdefault(fill.terms_id, instrument_of(fill.terms.document))
        decimals[fill.symbol] = instrument.size_decimals
        quote = cited.quotes.get(fill.quote_reference)
        if quote is None:
            continue  # I-09 names a citation that is gone
        value = abs(notional(quote.mark_micros, sizes[fill.symbol], instrument.size_decimals))
        allowed = policies.of(fill)
        found = [_broken(fill, value, instrument, policy) for policy in allowed]
        others = {symbol: abs(size) for symbol, size in sizes.items() if size and symbol != fill.symbol}
        if all(found):
            problems.append(f"{_words(fill)}: {found[-1]}")
        elif others and (
            over := _over_exposed(fill, value, _Others(others, decimals, ceilings), allowed[-1])
        ):
            problems.append(f"{_words(fill)}: {over}")
    return problems


@invariant("I-54", "No fill used a price or a book older than its account's policy allowed", is_slow=True)
def fills_used_fresh_data(account: int | None = None) -> list[str]:
    """Fills whose cited quote or book is later than the fill or too old; the last word of a delisted asset is exempt."""
    problems: list[str] = []
    policies = _Policies(account)
    for fill, cited in _cited(fill_rows(account_ids=keys_of(account))):
        delisted_at = fill.asset.delisted_at if fill.asset.is_delisted else None
        if delisted_at is not None and delisted_at <= fill.at:
            continue
        at_ms = to_ms(fill.at)
        limit = max(policy.max_price_age_ms for policy in policies.of(fill))
        used = (cited.quotes.get(fill.quote_reference), cited.books.get(fill.book_reference))
        for value in used:
            if value is not None and not 0 <= at_ms - value.at_ms <= limit:
                age = at_ms - value.at_ms
                problems.append(f"{_words(fill)}: {value.reference} was {age} ms old, allowed 0..{limit}")
    return problems


class _Policies:
    """The policies in force at a fill; several where one was pinned at that very moment."""

    def __init__(self, account: int | None) -> None:
        rows = rows_of(PolicySnapshot, account).order_by("account_id", "sequence")
        self._rows = ByAccount(rows.iterator(chunk_size=CHUNK), lambda row: row.account_id)
        self._account_id = 0
        self._pinned: list[tuple[datetime, Policy]] = []

    def of(self, fill: Any) -> list[Policy]:
        if fill.account_id != self._account_id:
            self._account_id = fill.account_id
            rows = self._rows.of(fill.account_id)
            self._pinned = [(row.at, Policy.from_document(row.document)) for row in rows]
        earlier = [policy for at, policy in self._pinned if at < fill.at]
        present = [policy for at, policy in self._pinned if at == fill.at]
        return [*earlier[-1:], *present] or [policy for _, policy in self._pinned[:1]]


def _cited(fills: Iterator[Any]) -> Iterator[tuple[Any, market.Cited]]:
    """Each fill with the rows that its batch cites."""
    while batch := list(islice(fills, _BATCH)):
        references = {fill.quote_reference for fill in batch} | {fill.book_reference for fill in batch}
        cited = market.cited(references - {""})
        for fill in batch:
            yield fill, cited


def _broken(fill: Any, value: int, instrument: Instrument, policy: Policy) -> str:
    """The limit of this policy or of the asset that the fill is beyond, "" where there is none."""
    if fill.symbol not in policy.allowed_symbols:
        return "the policy does not allow the asset"
    highest = min(policy.max_leverage, margin.max_leverage_at(value, instrument))
    if not 1 <= fill.leverage <= highest:
        return f"leverage {fill.leverage}, allowed 1..{highest}"
    if value > policy.max_position_micros:
        return f"a position of {value} micro-dollars, allowed {policy.max_position_micros}"
    if value > policy.max_exposure_micros:
        return f"an exposure of {value} micro-dollars, allowed {policy.max_exposure_micros}"
    return ""


def _over_exposed(fill: Any, value: int, others: "_Others", policy: Policy) -> str:
    """Exposure over the policy's limit even at the lowest marks that the gate can have seen of the other assets."""
    limit = policy.max_exposure_micros
    if value + others.at_most() <= limit:
        return ""
    exposure = value + others.at_least(
        since=fill.at - timedelta(milliseconds=policy.max_price_age_ms), until=fill.at
    )
    return "" if exposure <= limit else f"an exposure of {exposure} micro-dollars, allowed {limit}"


class _Others(NamedTuple):
    """The other positions of an account at a fill: lots and decimals by symbol, and the highest marks ever kept."""

    lots: dict[str, int]
    decimals: dict[str, int]
    ceilings: dict[str, int]

    def at_most(self) -> int:
        """What they can have been worth, to save reading prices for the accounts that are far from the limit."""
        unseen = [symbol for symbol in self.lots if symbol not in self.ceilings]
        if unseen:
            self.ceilings.update({symbol: high for symbol, (_, high) in market.mark_ranges(unseen).items()})
        return self._worth(self.ceilings)

    def at_least(self, *, since: datetime, until: datetime) -> int:
        """What they were worth at the lowest of the marks of that time; one without any counts nothing."""
        seen = market.mark_ranges(self.lots, since=since, until=until)
        return self._worth({symbol: low for symbol, (low, _) in seen.items()})

    def _worth(self, marks: dict[str, int]) -> int:
        return sum(
            notional(marks[symbol], lots, self.decimals[symbol])
            for symbol, lots in self.lots.items()
            if symbol in marks and symbol in self.decimals
        )


def _words(fill: Any) -> str:
    return f"account {fill.account_id} fill {fill.order_sequence}/{fill.index} {fill.symbol}"
