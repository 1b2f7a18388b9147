"""Invariants of the limits: every fill of history is held against the rules in force when it was made.

Everything is derived again from rows: the position from the fills, the rules from the pinned policy and terms, the
price and its age from the quote and the book that the fill cites. No verdict of a gate is read.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from apps.core.moments import to_ms
from apps.exchange import margin
from apps.exchange.figures import Terms
from apps.exchange.rounding import notional
from apps.exchange.translate import terms_of
from apps.exchange.types import Instrument, Policy
from apps.market import queries as market
from apps.trading.invariants.one_account import invariant, keys_of, rows_of
from apps.trading.invariants.whole_account import Seen, Stood, beyond
from apps.trading.models import LedgerEntry, PolicySnapshot
from apps.trading.queries.replay import CHUNK, ByAccount, Replay, fill_rows
from apps.trading.services.terms import instrument_of
from apps.trading.types import Book

_BATCH = 400
"""Fills whose cited rows are read at once."""


@invariant(
    "I-50",
    "Every fill that grew a position kept to the limits of its account's policy and of its asset",
    is_slow=True,
)
def fills_keep_to_their_limits(account: int | None = None) -> list[str]:
    """Growing fills in an asset that was not allowed, or beyond a limit of leverage, position, exposure, net exposure
    or account leverage.
    """
    problems: list[str] = []
    policies, seen, pinned = _Policies(account), Seen(), _Pinned()
    account_id, replay, terms = 0, Replay(), dict[str, Terms]()
    for batch, cited in _cited(fill_rows(account_ids=keys_of(account))):
        cash = _cash_after(batch)
        for fill in batch:
            if fill.account_id != account_id:
                account_id, replay, terms = fill.account_id, Replay(), {}
            if not _grows(replay, fill) or fill.terms is None:
                continue
            terms[fill.symbol] = terms_of(pinned.of(fill))
            quote = cited.quotes.get(fill.quote_reference)
            if quote is None:
                continue  # I-09 names a citation that is gone
            stood = Stood(fill, quote.mark_micros, cash.get(_source(fill)), replay.held(), terms)
            found = [
                _broken(stood, pinned.of(fill), policy) or beyond(stood, policy, seen)
                for policy in policies.of(fill)
            ]
            if all(found):
                problems.append(f"{_words(fill)}: {found[-1]}")
    return problems


@invariant("I-54", "No fill used a price or a book older than its account's policy allowed", is_slow=True)
def fills_used_fresh_data(account: int | None = None) -> list[str]:
    """Fills whose cited quote or book is later than the fill or too old; the last word of a delisted asset is exempt."""
    problems: list[str] = []
    policies = _Policies(account)
    for batch, cited in _cited(fill_rows(account_ids=keys_of(account))):
        for fill in batch:
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


class _Pinned:
    """Instruments by the key of the terms that a fill cites."""

    def __init__(self) -> None:
        self._known: dict[int, Instrument] = {}

    def of(self, fill: Any) -> Instrument:
        if fill.terms_id not in self._known:
            self._known[fill.terms_id] = instrument_of(fill.terms.document)
        return self._known[fill.terms_id]


def _cited(fills: Iterator[Any]) -> Iterator[tuple[list[Any], market.Cited]]:
    """Batches of fills with the rows that each batch cites."""
    while batch := list(islice(fills, _BATCH)):
        references = {fill.quote_reference for fill in batch} | {fill.book_reference for fill in batch}
        yield batch, market.cited(references - {""})


def _cash_after(batch: list[Any]) -> dict[tuple[int, str], int]:
    """Cash right after each of the fills, by account and source, from the ledger row of its fee."""
    sources = [_source(fill) for fill in batch]
    rows = LedgerEntry.objects.filter(
        account__in={key for key, _ in sources}, reference__in={name for _, name in sources}, book=Book.CASH
    )
    return {
        (account_id, reference): balance
        for account_id, reference, balance in rows.order_by().values_list(
            "account_id", "reference", "balance_after_micros"
        )
    }


def _source(fill: Any) -> tuple[int, str]:
    return fill.account_id, f"fill:{fill.order_sequence}:{fill.index}:fee"


def _grows(replay: Replay, fill: Any) -> bool:
    """Take the fill, and tell whether its position is larger than before; I-38 names what cannot be followed."""
    held = replay.positions.get(fill.symbol)
    before = held.size_lots if held else 0
    replay.take(fill)
    after = replay.positions.get(fill.symbol)
    return after is not None and abs(after.size_lots) > abs(before)


def _broken(stood: Stood, instrument: Instrument, policy: Policy) -> str:
    """The limit of this policy or of the asset that the position is beyond, "" where there is none."""
    fill = stood.fill
    if fill.symbol not in policy.allowed_symbols:
        return "the policy does not allow the asset"
    size = next(held.size_lots for held in stood.positions if held.symbol == fill.symbol)
    value = abs(notional(stood.mark, size, instrument.size_decimals))
    highest = min(policy.max_leverage, margin.max_leverage_at(value, instrument))
    if not 1 <= fill.leverage <= highest:
        return f"leverage {fill.leverage}, allowed 1..{highest}"
    if value > policy.max_position_micros:
        return f"a position of {value} micro-dollars, allowed {policy.max_position_micros}"
    return ""


def _words(fill: Any) -> str:
    return f"account {fill.account_id} fill {fill.order_sequence}/{fill.index} {fill.symbol}"
