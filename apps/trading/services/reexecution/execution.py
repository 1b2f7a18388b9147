"""The steps of one action behind its proposal: its verdict, the sealed record of it, what that names, and the gates."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from apps.core.json_strict import InvalidJson, dumps_canonical, loads, sha256_hex
from apps.core.moments import to_ms
from apps.exchange import record as exchange
from apps.exchange.documents import QUOTE_COLUMNS, book_document, intent_document, quote_document
from apps.exchange.types import KERNEL_VERSION, ActionKind
from apps.market import queries as market
from apps.trading.models import ActionVerdict, ExecutionRecord, InstrumentTerms, PolicySnapshot, PropAccount
from apps.trading.queries.as_of import policy_at
from apps.trading.seals import record_digest
from apps.trading.services.chains import MAX_DOCUMENT
from apps.trading.services.reexecution.steps import Asking, Difference, Part, Step
from apps.trading.types import VerdictStatus

_REFUSED = "refused"


class Lost(LookupError):
    """What a record names is not there, or not what its digest says; the place, and what is found there."""

    def __init__(self, where: str, expected: str, found: str) -> None:
        super().__init__(where)
        self.difference = Difference(where, expected, found)


@dataclass(slots=True)
class Executed:
    """One action with its verdict and record; `document` is None where that cannot be read."""

    run: Any
    account: PropAccount
    action: Any
    verdict: ActionVerdict
    record: ExecutionRecord
    document: dict[str, Any] | None

    @property
    def key(self) -> str:
        """How the record is named where a place is told."""
        return f"ExecutionRecord {self.account.public_id}/{self.record.sequence}"

    @property
    def index(self) -> int:
        """The action's place in its run."""
        return int(self.action.index)


def opened(run: Any, account: PropAccount, action: Any, verdict: ActionVerdict) -> Executed:
    """The action with its record read; ExecutionRecord.DoesNotExist where it has none."""
    record = verdict.record
    try:
        document = loads(record.document, max_bytes=MAX_DOCUMENT)
    except InvalidJson:
        document = None
    return Executed(run, account, action, verdict, record, document if isinstance(document, dict) else None)


def held_step(action: Any, verdict: ActionVerdict) -> Step:
    """A hold needs no gate and gets no record."""
    asking = Asking("verdict", Part.ALLOWED, action.index)
    asking.equal(
        f"ActionVerdict {verdict.pk}.status", expected=VerdictStatus.HELD.value, found=verdict.status
    )
    return asking.done(
        "It wanted to hold: no gate was asked and nothing was booked.", "A hold has no such verdict."
    )


def without_record(action: Any, verdict: ActionVerdict | None) -> Step:
    """An action that nobody has judged, or that was judged before executions were sealed."""
    asking = Asking("record", Part.ALLOWED, action.index)
    if verdict is None:
        asking.lacks("It waits for the gates: there is no verdict yet.")
    else:
        asking.lacks("It was judged before verdicts were sealed, so there is no record to ask.")
    return asking.done("", "")


def execution_steps(executed: Executed) -> Iterator[Step]:
    """The record and its chain, the verdict, what the record names, and the gates asked again."""
    yield _record_step(executed)
    if executed.document is None:
        return
    yield _verdict_step(executed)
    yield from _question_steps(executed)


def _record_step(one: Executed) -> Step:
    asking, record, document = Asking("record", Part.ALLOWED, one.index), one.record, one.document
    asking.digests.append(("execution record", record.digest))
    asking.digests.append(("previous", record.previous_digest))
    links = ExecutionRecord.objects.filter(
        account=one.account, sequence__in=(record.sequence - 1, record.sequence + 1)
    )
    near = {
        sequence: (digest, previous)
        for sequence, digest, previous in links.values_list("sequence", "digest", "previous_digest")
    }
    made = record_digest(record.document) if record.document.isascii() else "not ASCII"
    after = near.get(
        record.sequence + 1,
        (None, one.account.record_head if one.account.record_sequence == record.sequence else None),
    )[1]
    if made != record.digest:
        place = f"{one.key}.digest" if made == after else _document_place(one)
        asking.difference = Difference(place, made, record.digest)
    if document is None:
        asking.difference = asking.difference or Difference(
            f"{one.key}.document", "JSON", record.document[:80]
        )
        return asking.done("", "The record of the execution cannot be read.")
    before = "" if record.sequence == 1 else near.get(record.sequence - 1, ("a link", ""))[0]
    asking.equal(f"{one.key}.previous_digest", expected=before, found=record.previous_digest)
    if after is not None:
        asking.equal(f"{one.key}: named by the link after it", expected=record.digest, found=after)
    expected = {
        "account": one.account.public_id,
        "sequence": record.sequence,
        "previous": record.previous_digest,
        "run": one.run.record_digest,
        "action": one.index,
        "at_ms": to_ms(one.verdict.at),
    }
    for name, value in expected.items():
        asking.equal(f"{one.key}.document.{name}", expected=value, found=document.get(name))
    return asking.done(
        f"Execution {record.sequence} of the account: the record has its digest and its place, and names this decision.",
        "The record of the execution is not what was sealed.",
    )


def _document_place(one: Executed) -> str:
    return f"{one.key}.document"


def _verdict_step(one: Executed) -> Step:
    asking, verdict = Asking("verdict", Part.ALLOWED, one.index), one.verdict
    document = one.document or {}
    outcome = document.get("outcome")
    told = outcome if isinstance(outcome, dict) else {}
    where = f"ActionVerdict {one.run.public_id}/{one.index}"
    refusal = told.get("denied") or told.get(_REFUSED)
    status = VerdictStatus.DENIED if refusal else VerdictStatus.EXECUTED
    asking.equal(f"{where}.status", expected=status.value, found=str(verdict.status))
    asking.equal(
        f"{where}.reason_code", expected=(refusal or {}).get("reason", ""), found=verdict.reason_code
    )
    asking.equal(f"{where}.detail", expected=(refusal or {}).get("detail", "")[:300], found=verdict.detail)
    question = document.get("question")
    if question is not None:
        wanted = intent_document(one.action.to_intent())
        asking.equal(f"{one.key}.document.question.intent", expected=wanted, found=question.get("intent"))
    word = "was denied" if refusal else "was executed"
    return asking.done(
        f"The verdict says what the record says: the action {word}.",
        "Verdict, action and record do not say the same.",
    )


def _question_steps(one: Executed) -> Iterator[Step]:
    named, gates = Asking("named", Part.ALLOWED, one.index), Asking("gates", Part.ALLOWED, one.index)
    document = one.document or {}
    question = document.get("question")
    if question is None:
        return
    whole: Mapping[str, Any] | None = None
    try:
        whole = exchange.whole(question, lambda kind, pointer: _find(one, named, kind, pointer))
        _prices(one, question, named)
    except Lost as lost:
        named.difference = lost.difference
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        named.difference = Difference(
            f"{one.key}.document.question", "a question", f"{type(error).__name__}: {error}"
        )
    yield named.done(
        "The policy, the instrument's terms, the prices and the book that it names are kept as they were.",
        "Something that the record names is not what it was.",
    )
    if document.get("stage") == _REFUSED:
        return
    _ask_gates(one, whole, gates)
    count = len(document.get("gates") or ())
    yield gates.done(
        f"All {count} gates were asked again, and gave the same figures and the same outcome.",
        "The gates, asked again, do not give what is written here.",
    )


def _ask_gates(one: Executed, whole: Mapping[str, Any] | None, gates: Asking) -> None:
    document = one.document or {}
    if whole is None:
        gates.lacks("What the record names cannot be had, so its gates cannot be asked again.")
        return
    kernels = {fill.get("kernel_version") for fill in _executed(document).get("fills", ())}
    if kernels - {KERNEL_VERSION}:
        gates.lacks("The exchange's rules have changed since; today's gates would not be those.")
        return
    try:
        again = exchange.ask_again(whole)
    except (KeyError, TypeError, ValueError) as error:
        gates.difference = Difference(
            f"{one.key}.document.question", "a question", f"{type(error).__name__}: {error}"
        )
        return
    gates.equal(f"{one.key}.document.gates", expected=again["gates"], found=document.get("gates"))
    gates.equal(f"{one.key}.document.outcome", expected=again["outcome"], found=document.get("outcome"))


def _executed(document: Mapping[str, Any]) -> Mapping[str, Any]:
    outcome = document.get("outcome")
    found = outcome.get("executed") if isinstance(outcome, dict) else None
    return found if isinstance(found, dict) else {}


def _find(one: Executed, asking: Asking, kind: str, pointer: dict[str, Any]) -> dict[str, Any]:
    """What a pointer of the question stands for, held to its digest."""
    digest = pointer["digest"]
    asking.digests.append((kind, digest))
    if kind == "book":
        return _book(pointer)
    if kind == "policy":
        where = f"PolicySnapshot of {one.account.public_id}"
        pinned: PolicySnapshot | InstrumentTerms | None = policy_at(one.account, one.verdict.at)
        if pinned is None or pinned.digest != digest:
            rows = PolicySnapshot.objects.filter(account=one.account, digest=digest)
            pinned = rows.order_by("-sequence").first() or pinned
    else:
        where = f"InstrumentTerms {digest[:12]}"
        pinned = InstrumentTerms.objects.filter(digest=digest).first()
    return _held_to(digest, where, pinned)


def _held_to(digest: str, where: str, found: PolicySnapshot | InstrumentTerms | None) -> dict[str, Any]:
    """The document of a pinned row, if it and the row's digest are what the record names."""
    if found is None:
        raise Lost(where, digest, "nothing")
    made = sha256_hex(dumps_canonical(found.document))
    if made != digest:
        raise Lost(f"{where}.document", digest, made)
    if found.digest != digest:
        raise Lost(f"{where}.digest", digest, found.digest)
    document: dict[str, Any] = found.document
    return document


def _book(pointer: dict[str, Any]) -> dict[str, Any]:
    reference = pointer["reference"]
    book = market.cited([reference]).books.get(reference)
    if book is None:
        raise Lost(f"market {reference}", pointer["digest"], "nothing")
    document = book_document(book)
    made = sha256_hex(dumps_canonical(document))
    if made != pointer["digest"]:
        raise Lost(f"market {reference}", pointer["digest"], made)
    return document


def _prices(one: Executed, question: Mapping[str, Any], asking: Asking) -> None:
    """The prices of the question against the rows of market memory that they name."""
    asked = {} if question["quote"] is None else {"quote": dict(question["quote"])}
    asked |= {
        f"marks.{name}": dict(zip(QUOTE_COLUMNS, row, strict=True)) for name, row in question["marks"].items()
    }
    found = market.cited([quote["reference"] for quote in asked.values() if quote["reference"]]).quotes
    for place, quote in asked.items():
        reference = quote["reference"]
        if reference not in found:
            raise Lost(f"market {reference}", "a cited price", "nothing")
        kept = quote_document(found[reference])
        # A delisted market's last word is its mark alone; that a newer price was held back is no part of the row.
        is_last_word = (
            quote["oracle_micros"] == quote["mid_micros"] == quote["mark_micros"] == kept["mark_micros"]
        )
        names = ("symbol", "mark_micros") if is_last_word and quote["funding_rate_e10"] == 0 else tuple(kept)
        for name in names:
            if name != "fault":
                asking.equal(f"market {reference}.{name} ({place})", expected=quote[name], found=kept[name])


def is_hold(action: Any) -> bool:
    """Whether an action asks for nothing."""
    return action.kind == ActionKind.HOLD.value
