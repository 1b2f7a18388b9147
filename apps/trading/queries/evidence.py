"""What a sealed record points at, put back so that its question can be asked again."""

import json
from typing import Any

from apps.core.errors import NotFound
from apps.core.json_strict import dumps_canonical, sha256_hex
from apps.exchange.documents import book_document, whole
from apps.market import queries as market
from apps.trading.models import ExecutionRecord, InstrumentTerms, PolicySnapshot

Document = dict[str, Any]


class EvidenceMissing(NotFound):
    """A pinned policy, pinned terms or a cited book that a record points at is gone, or is not what it was."""

    code = "EVIDENCE_MISSING"


def question_of(record: ExecutionRecord) -> Document | None:
    """The question of a record, whole, as `exchange.record.ask_again` takes it; None where none was put.

    Raises EvidenceMissing where something it points at cannot be found under its digest.
    """
    question = json.loads(record.document)["question"]
    if question is None:
        return None

    def find(kind: str, pointer: Document) -> Document:
        found = _FINDERS[kind](record, pointer)
        if found is None:
            raise EvidenceMissing(
                f"The {kind} {pointer['digest'][:12]} of record {record} is not to be found."
            )
        return found

    return whole(question, find)


def _policy(record: ExecutionRecord, pointer: Document) -> Document | None:
    rows = PolicySnapshot.objects.filter(account_id=record.account_id, digest=pointer["digest"])
    return _sealed(rows.values_list("document", flat=True).first(), pointer)


def _terms(record: ExecutionRecord, pointer: Document) -> Document | None:
    rows = InstrumentTerms.objects.filter(digest=pointer["digest"])
    return _sealed(rows.values_list("document", flat=True).first(), pointer)


def _book(record: ExecutionRecord, pointer: Document) -> Document | None:
    book = market.cited([pointer["reference"]]).books.get(pointer["reference"])
    return None if book is None else _sealed(book_document(book), pointer)


def _sealed(document: Document | None, pointer: Document) -> Document | None:
    if document is None or sha256_hex(dumps_canonical(document)) != pointer["digest"]:
        return None
    return document


_FINDERS = {"policy": _policy, "terms": _terms, "book": _book}
