"""The sealed record of every verdict but a hold: what was asked, which gates were met, what came of it and was booked.

A record names the one before it of its account, so none can be changed, added or taken away unseen. What many records
share is written as a digest: the policy as it is pinned, instruments as their pinned terms, a book as it is cited.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.core.json_strict import dumps_canonical, sha256_hex
from apps.core.moments import to_ms
from apps.exchange.documents import Shared, book_document, outcome_document, to_document
from apps.exchange.types import KERNEL_VERSION, Book, Question
from apps.trading.models import ActionVerdict, PropAccount
from apps.trading.seals import record_digest
from apps.trading.services.booking import Blotter, Booked
from apps.trading.services.desk import Desk, Market
from apps.trading.services.judging import Judgement, Refusal
from apps.trading.services.rows import RecordRow
from apps.trading.services.terms import digest_of

SCHEMA = "execution_record_v1"
GATES, REFUSED = "gates", "refused"
"""How far an action came: to the exchange, or not even there."""


@dataclass(slots=True)
class Recorder:
    """Writes the records of one group onto its blotter; digests of what its questions share are made once."""

    blotter: Blotter
    market: Market
    _policies: dict[int, str] = field(default_factory=dict)
    _books: dict[str, str] = field(default_factory=dict)
    _terms: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self._terms = {symbol: digest_of(each) for symbol, each in self.market.instruments.items()}

    def record(
        self, *, desk: Desk, action: Any, verdict: ActionVerdict, judgement: Judgement, booked: Booked
    ) -> None:
        """Put one record on the blotter; the head of the account's chain moves, and the caller writes the account."""
        account, question = desk.account, judgement.question
        document = {
            "schema": SCHEMA,
            "salt": secrets.token_hex(16),  # a digest of what is hidden would tell it, were all else known
            "kernel": KERNEL_VERSION,
            "account": account.public_id,
            "sequence": account.record_sequence + 1,
            "previous": account.record_head,
            "run": action.run.record_digest,
            "action": action.index,
            "at_ms": to_ms(self.blotter.now),
            "stage": GATES if judgement.gates else REFUSED,
            "question": None if question is None else self._written(account, question),
            "gates": judgement.gates,
            "outcome": _outcome(judgement),
            "order": booked.order,
            "fills": booked.fills,
            "ledger": booked.ledger,
        }
        self.blotter.records.append((verdict, _sealed(account, dumps_canonical(document).decode("ascii"))))
        desk.is_moved = True

    def _written(self, account: PropAccount, question: Question) -> dict[str, Any]:
        """The question, what it shares as digests; all that these stand for is pinned and cited with the group."""
        book = question.book if question.book is not None and question.book.reference else None
        written = to_document(
            question,
            Shared(self._policy(account), self._terms, "" if book is None else self._book(book)),
        )
        symbols = (question.intent.symbol, *written["instruments"])
        self.blotter.references.update(
            question.marks[name].reference for name in symbols if name in question.marks
        )
        if book is not None:
            self.blotter.references.add(book.reference)
        self.blotter.instruments.update({symbol: question.instruments[symbol] for symbol in symbols})
        return written

    def _policy(self, account: PropAccount) -> str:
        if account.pk not in self._policies:
            self._policies[account.pk] = sha256_hex(dumps_canonical(account.policy))
        return self._policies[account.pk]

    def _book(self, book: Book) -> str:
        if book.reference not in self._books:
            self._books[book.reference] = book_digest(book)
        return self._books[book.reference]


def book_digest(book: Book) -> str:
    """The SHA-256 of a book as a question writes it down."""
    return sha256_hex(dumps_canonical(book_document(book)))


def _outcome(judgement: Judgement) -> dict[str, Any]:
    outcome = judgement.outcome
    if isinstance(outcome, Refusal):
        return {"refused": {"reason": outcome.code, "detail": outcome.detail}}
    return outcome_document(outcome)


def _sealed(account: PropAccount, document: str) -> RecordRow:
    previous = account.record_head
    account.record_sequence += 1
    account.record_head = record_digest(document)
    return RecordRow(account.pk, account.record_sequence, document, previous, account.record_head)
