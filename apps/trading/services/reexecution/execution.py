"""The steps of one action behind its proposal: its verdict, the sealed record of it, what that names, and the gates."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from apps.core.json_strict import dumps_canonical, sha256_hex
from apps.core.moments import to_ms
from apps.exchange import record as exchange
from apps.exchange.documents import QUOTE_COLUMNS, book_document, intent_document, quote_document
from apps.exchange.types import KERNEL_VERSION, ActionKind
from apps.market import queries as market
from apps.trading.models import ActionVerdict, ExecutionRecord, InstrumentTerms, Order, PolicySnapshot
from apps.trading.queries.as_of import policy_at
from apps.trading.queries.proofs import Head
from apps.trading.seals import record_digest
from apps.trading.services.reexecution.executed import Executed
from apps.trading.services.reexecution.guard import MALFORMED, Malformed, asked
from apps.trading.services.reexecution.links import Newest, executions_after, walk_on
from apps.trading.services.reexecution.refusals import refusal_step
from apps.trading.services.reexecution.steps import Asking, Difference, Part, Step
from apps.trading.types import VerdictStatus

_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Lost(LookupError):
    """What a record names is not there, or not what its digest says; the place, and what is found there."""

    def __init__(self, where: str, expected: str, found: str) -> None:
        super().__init__(where)
        self.difference = Difference(where, expected, found)


def held_step(action: Any, verdict: ActionVerdict) -> Step:
    """A hold needs no gate and gets no record."""
    asking = Asking("verdict", Part.ALLOWED, action.index)
    asking.equal(
        f"ActionVerdict {verdict.pk}.status", expected=VerdictStatus.HELD.value, found=verdict.status
    )
    return asking.done(
        "It wanted to hold: no gate was asked and nothing was booked.", "A hold has no such verdict."
    )


def waiting_step(action: Any) -> Step:
    """An action that nobody has judged."""
    asking = Asking("record", Part.ALLOWED, action.index)
    order = Order.objects.filter(action=action).first()
    if order is not None:
        where = f"Order {order.sequence} of action {action.index}"
        asking.difference = Difference(where, "a verdict that let it be", "none")
    asking.lacks("It waits for the gates: there is no verdict yet.")
    return asking.done("", "Something was booked for an action that no gate was asked about.")


def execution_steps(one: Executed) -> Iterator[Step]:
    """The record and its chain, the verdict, what the record names, and the gates asked again."""
    place, index = f"{one.key}.document", one.index
    yield from asked("record", Part.ALLOWED, place, lambda: [_record_step(one)], index)
    if one.document is not None:
        yield from asked("verdict", Part.ALLOWED, place, lambda: [_verdict_step(one)], index)
        yield from asked("gates", Part.ALLOWED, f"{place}.question", lambda: _question_steps(one), index)


def _record_step(one: Executed) -> Step:
    asking, record, document = Asking("record", Part.ALLOWED, one.index), one.record, one.document
    if record is None:
        raise ExecutionRecord.DoesNotExist
    asking.digests.append(("execution record", record.digest))
    asking.digests.append(("previous", record.previous_digest))
    made = record_digest(record.document) if record.document.isascii() else "not ASCII"
    if made != record.digest:
        asking.difference = Difference(_altered(one, record, made), made, record.digest)
    if document is None:
        asking.difference = asking.difference or Difference(
            f"{one.key}.document", "JSON", record.document[:80]
        )
        return asking.done("", "The record of the execution cannot be read.")
    _link_before(one, record, asking)
    expected = {
        "account": one.account.public_id,
        "sequence": record.sequence,
        "previous": record.previous_digest,
        "run": one.case.run.record_digest,
        "action": one.index,
        "at_ms": to_ms(one.verdict.at),
    }
    for name, value in expected.items():
        asking.equal(f"{one.key}.document.{name}", expected=value, found=document.get(name))
    followed = walk_on(
        asking,
        start=Head(record.sequence, record.digest),
        links=executions_after(one.account, record.sequence, most=one.case.ahead),
        most=one.case.ahead,
        sealed=one.case.roots.over("executions", record.sequence),
        newest=Newest(
            f"PropAccount {one.account.public_id}.record_head",
            Head(one.account.record_sequence, one.account.record_head),
        ),
    )
    return asking.done(
        f"Execution {record.sequence} of the account: the record has its digest and its place, and names this "
        f"decision. {followed}",
        "The record of the execution is not what was sealed.",
    )


def _altered(one: Executed, record: ExecutionRecord, made: str) -> str:
    """What was altered of a record whose digest is another: the digest, where the next link names the one made again."""
    following = next(executions_after(one.account, record.sequence, most=1), None)
    named = one.account.record_head if following is None else following.previous
    return f"{one.key}.{'digest' if made == named else 'document'}"


def _link_before(one: Executed, record: ExecutionRecord, asking: Asking) -> None:
    rows = ExecutionRecord.objects.filter(account=one.account, sequence=record.sequence - 1)
    before = rows.values_list("digest", flat=True).first()
    if before is None:
        before = "" if record.sequence == 1 else "a link"
    asking.equal(f"{one.key}.previous_digest", expected=before, found=record.previous_digest)


def _verdict_step(one: Executed) -> Step:
    asking, verdict = Asking("verdict", Part.ALLOWED, one.index), one.verdict
    document = one.document or {}
    outcome = document.get("outcome")
    told = outcome if isinstance(outcome, dict) else {}
    where = f"ActionVerdict {one.case.run.public_id}/{one.index}"
    refusal = told.get("denied") or told.get("refused")
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
    document = one.document or {}
    question, is_refused = document.get("question"), one.refused is not None
    whole: Mapping[str, Any] | None = None
    if question is not None:
        named = Asking("named", Part.ALLOWED, one.index)
        whole = _named(one, question, named)
        yield named.done(
            "The policy, the instrument's terms, the prices and the book that it names are kept as they were.",
            "Something that the record names is not what it was.",
        )
    if is_refused:
        yield refusal_step(one, whole)
        return
    gates = Asking("gates", Part.ALLOWED, one.index)
    if question is None:
        gates.difference = Difference(f"{one.key}.document.question", "a question", "nothing")
    else:
        _ask_gates(one, whole, gates)
    count = len(document.get("gates") or ())
    yield gates.done(
        f"All {count} gates were asked again, and gave the same figures and the same outcome.",
        "The gates, asked again, do not give what is written here.",
    )


def _named(one: Executed, question: Mapping[str, Any], named: Asking) -> Mapping[str, Any] | None:
    """The question with all that it names put back; None where that is not what it was."""
    try:
        whole = exchange.whole(question, lambda kind, pointer: _find(one, named, kind, pointer))
        _prices(one, question, named)
    except Lost as lost:
        named.difference = lost.difference
    except Malformed as wrong:
        named.difference = wrong.difference
    except MALFORMED as error:
        named.difference = _no_question(one, error)
    else:
        return whole
    return None


def _ask_gates(one: Executed, whole: Mapping[str, Any] | None, gates: Asking) -> None:
    document = one.document or {}
    if whole is None:
        gates.lacks("What the record names cannot be had, so its gates cannot be asked again.")
        return
    # Records from before they named their kernel tell it by their fills, and by nothing where there are none.
    told = [fill.get("kernel_version") for fill in one.outcome.get("fills", ())]
    kernels = [document["kernel"]] if "kernel" in document else told
    if any(kernel != KERNEL_VERSION for kernel in kernels):
        gates.lacks("The exchange's rules have changed since; today's gates would not be those.")
        return
    try:
        again = exchange.ask_again(whole)
    except MALFORMED as error:
        gates.difference = _no_question(one, error)
        return
    gates.equal(f"{one.key}.document.gates", expected=again["gates"], found=document.get("gates"))
    gates.equal(f"{one.key}.document.outcome", expected=again["outcome"], found=document.get("outcome"))


def _no_question(one: Executed, error: Exception) -> Difference:
    found = f"{type(error).__name__}: {error}"[:160]
    return Difference(f"{one.key}.document.question", "a question", found)


def _find(one: Executed, asking: Asking, kind: str, pointer: dict[str, Any]) -> dict[str, Any]:
    """What a pointer of the question stands for, held to its digest."""
    digest = pointer["digest"]
    if not (isinstance(digest, str) and _DIGEST.fullmatch(digest)):
        raise Malformed(f"{one.key}.document.question.{kind}", "a digest", digest)
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
