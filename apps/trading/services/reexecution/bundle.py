"""A decision as a file that anybody can check without us: every sealed document with the digest it must have.

What is its owner's alone (the strategy's words, the prompt, the raw answer) is left out for others; so are levels of
exits while the account is open, which would tell everybody where it will sell. A bare digest of what is left out would
tell it too, to whoever tries all that it can be: others get the salted seals that stand in the record.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from apps.clones import queries as clones
from apps.core.errors import Conflict, NotFound
from apps.core.json_strict import dumps_canonical, loads, sha256_hex
from apps.core.moments import to_micros
from apps.decisions import queries as decisions
from apps.decisions.engine.document import SCHEMA_V2, SECTIONS
from apps.decisions.services import seals
from apps.decisions.services.sealing import RECORD_V1, RECORD_V2, answer_digest, record_document
from apps.exchange.documents import book_document, quote_document
from apps.market import queries as market
from apps.operations.artifacts import ArtifactStoreDown
from apps.operations.invariants import one_snapshot
from apps.trading.models import ActionVerdict, Fill, InstrumentTerms, LedgerEntry, PolicySnapshot, PropAccount
from apps.trading.queries import Reader, get_readable, reads_words
from apps.trading.seals import ENTRY_FIELDS, FIELDS_SINCE_EXCHANGE_2, FILL_FIELDS
from apps.trading.services.chains import MAX_DOCUMENT
from apps.trading.services.reexecution.booking import span_of
from apps.trading.services.reexecution.case import Case
from apps.trading.services.reexecution.guard import MALFORMED
from apps.trading.types import CLOSED_STATUSES

SCHEMA = "decision_bundle_v2"
OWN_WORDS = "prompt"
_EXITS = ("stop_micros", "trail_bps", "target_micros", "hold_ms", "triggers", "exits")
_NONE = "There is no such decision."


def get_readable_run(public_id: str, reader: Reader) -> tuple[Any, PropAccount]:
    """A run and the account it was for; raises NotFound, in the same words, where there is none for this reader."""
    run = decisions.get_bare_run(public_id)
    try:
        return run, get_readable(run.subject, reader)
    except NotFound:
        raise NotFound(_NONE) from None


def hides_exits(account: PropAccount, reader: Reader) -> bool:
    """Whether levels of exits are kept from this reader: while the account is open, from all but its owner and operators."""
    return account.status not in CLOSED_STATUSES and not reads_words(account, reader)


def names_exits(document: Any) -> bool:
    """Whether any exit is named in a plain document."""
    if isinstance(document, Mapping):
        return any((name in _EXITS and value) or names_exits(value) for name, value in document.items())
    return isinstance(document, list | tuple) and any(names_exits(item) for item in document)


def bundle(run: Any, account: PropAccount, *, reader: Reader, now: datetime) -> dict[str, Any]:
    """The decision as one plain JSON document for this reader, of one moment; reads a fixed number of times.

    A part that is lost or too damaged to be told is left out, and its name stands under "damaged". Raises Conflict
    DECISION_NOT_SEALED while the decision is under way, and ArtifactStoreDown while the archive that has what it saw
    and said does not answer.
    """
    if run.sequence is None:
        raise Conflict("The decision is under way; nothing is sealed yet.", code="DECISION_NOT_SEALED")
    with one_snapshot():
        return _bundle(Case(decisions.get_bare_run(run.public_id), account, now), account, reader)


def _bundle(case: Case, account: PropAccount, reader: Reader) -> dict[str, Any]:
    run, damaged = case.run, _lost(case)
    owner = reader.user_id is not None and account.clone.owner_id == reader.user_id
    withholds = hides_exits(account, reader)
    actions = list(run.actions.all())
    record = _sound(damaged, "record", lambda: record_document(run, actions))
    hidden = (withholds and names_exits(record)) or (run.schema == RECORD_V1 and not owner)
    # The digest of a hidden record tells nothing of it where it is salted, and too much where it is not.
    digest = "" if hidden and run.schema in (RECORD_V1, RECORD_V2) else run.record_digest
    link = case.neighbours.get((run.sequence or 0) + 1)
    said = case.answer.value or ""
    return {
        "schema": SCHEMA,
        "run": run.public_id,
        "account": account.public_id,
        "record": _sealed(digest, None if hidden else record),
        "previousDigest": run.previous_digest,
        "nextPreviousDigest": link[1] if link and digest else "",
        "context": _sound(damaged, "context", lambda: _context(case, owner=owner, withholds=withholds))
        or _unread(),
        "prompt": _text(run, seals.PROMPT, run.prompt_digest, case.prompt.value or "", owner),
        "strategy": _text(run, seals.STRATEGY, run.version.digest, _strategy(run) if owner else "", owner),
        "answer": _text(run, seals.ANSWER, run.answer_digest or answer_digest(said), said, owner),
        "actions": _sound(damaged, "actions", lambda: _actions(account, actions, withholds)) or [],
        "damaged": damaged,
    }


def _lost(case: Case) -> list[str]:
    """The names of what the decision saw, was asked and said that cannot be had; raises ArtifactStoreDown for now."""
    payloads = {"context": case.context, "prompt": case.prompt, "answer": case.answer}
    if any(payload.is_away for payload in payloads.values()):
        raise ArtifactStoreDown(
            "What this decision saw and said is archived, and the archive does not answer."
        )
    return [name for name, payload in payloads.items() if payload.fault]


def _text(run: Any, name: str, digest: str, text: str, is_told: bool) -> dict[str, Any]:
    """A text with its digest and its key, for whoever may read it; for others nothing that tells of it."""
    if not is_told:
        return {"digest": "", "key": "", "text": None}
    return {"digest": digest, "key": _key(run, name) if digest else "", "text": text}


def _strategy(run: Any) -> str:
    """What was published, as it is hashed; empty where that cannot be told: the digest then says so."""
    try:
        return clones.version_text(run.version)
    except MALFORMED:
        return ""


def _key(run: Any, name: str) -> str:
    return seals.key_of(run.salt, name) if run.salt else ""


def _sound(damaged: list[str], name: str, make: Callable[[], Any]) -> Any:
    """What `make` gives, if it can be told as the canonical JSON that is hashed; else None, and its name is noted."""
    try:
        made = make()
        dumps_canonical(made)
    except MALFORMED:
        if name not in damaged:
            damaged.append(name)
        return None
    return made


def _unread() -> dict[str, Any]:
    nothing = {"digest": "", "key": "", "document": None}
    return {"digest": "", "key": "", "inSections": False, "sections": dict.fromkeys(SECTIONS, nothing)}


def _sealed(digest: str, document: Any) -> dict[str, Any]:
    return {"digest": digest, "document": document}


def _context(case: Case, *, owner: bool, withholds: bool) -> dict[str, Any]:
    """The context by section: each that this reader may see, with its digest and the key to its seal in the record.

    The digest of the whole is told with all of its sections alone.
    """
    document, run = case.context.value or {}, case.run
    sections, is_whole = {}, True
    for name, keys in SECTIONS.items():
        part = {key: document[key] for key in keys if key in document}
        hidden = (name == OWN_WORDS and not owner) or (withholds and names_exits(part))
        is_whole &= not hidden
        told = bool(part) and not hidden
        sections[name] = {
            "digest": sha256_hex(dumps_canonical(part)) if told else "",
            "key": _key(run, seals.section_name(name)) if told else "",
            "document": part if told else None,
        }
    return {
        "digest": run.context_digest if is_whole else "",
        "key": _key(run, seals.CONTEXT) if is_whole else "",
        "inSections": document.get("schema") == SCHEMA_V2,
        "sections": sections,
    }


def _actions(account: PropAccount, actions: Iterable[Any], withholds: bool) -> list[dict[str, Any]]:
    """What every action got, in their order; one without a verdict waits."""
    rows = ActionVerdict.objects.filter(action__in=list(actions)).select_related("record")
    verdicts = {verdict.action_id: verdict for verdict in rows}
    return [
        _WAITING | {"index": action.index}
        if action.pk not in verdicts
        else {"index": action.index, **_action(account, verdicts[action.pk], withholds)}
        for action in actions
    ]


def _action(account: PropAccount, verdict: ActionVerdict, withholds: bool) -> dict[str, Any]:
    record = getattr(verdict, "record", None)
    text = record.document if record else ""
    document = _read(text)
    is_hidden = withholds and names_exits(document)
    question = document.get("question") or {}
    return {
        "status": str(verdict.status),
        "reasonCode": verdict.reason_code,
        "at": verdict.at.isoformat(),
        "execution": None
        if record is None
        else {
            "digest": "" if is_hidden and "salt" not in document else record.digest,
            "sequence": record.sequence,
            "previousDigest": record.previous_digest,
            "text": None if is_hidden else text,
        },
        **_named(account, question),
        "fills": _fills(account, document),
        "ledger": _ledger(account, document),
    }


def _read(text: str) -> dict[str, Any]:
    """A record's document; raises what MALFORMED names where it is none."""
    document = loads(text, max_bytes=MAX_DOCUMENT) if text else {}
    if not isinstance(document, dict):
        raise TypeError(type(document).__name__)
    return document


def _named(account: PropAccount, question: Mapping[str, Any]) -> dict[str, Any]:
    """What a question names by digest or by reference, as it is kept."""
    policy, book = question.get("policy") or {}, question.get("book") or {}
    terms = [question.get("instrument") or {}, *(question.get("instruments") or {}).values()]
    digests = [str(each["digest"]) for each in terms if "digest" in each]
    quote = (question.get("quote") or {}).get("reference", "")
    cited = market.cited([one for one in (quote, book.get("reference", "")) if one])
    pinned = PolicySnapshot.objects.filter(account=account, digest=str(policy.get("digest", ""))).first()
    kept = InstrumentTerms.objects.filter(digest__in=digests)
    return {
        "policy": None if pinned is None else _sealed(pinned.digest, pinned.document),
        "terms": [_sealed(row.digest, row.document) for row in kept],
        "quote": quote_document(cited.quotes[quote]) if quote in cited.quotes else None,
        "book": None
        if book.get("reference") not in cited.books
        else _sealed(book["digest"], book_document(cited.books[book["reference"]])),
    }


def _fills(account: PropAccount, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The receipts as they are hashed, each with the digest that stands in the record and on its ledger rows."""
    number, seals = document.get("order"), document.get("fills") or []
    if number is None:
        return []
    if type(number) is not int or number >= 2**31:
        raise ValueError(number)
    fills = (
        Fill.objects.filter(account=account, order__sequence=number).select_related("terms").order_by("index")
    )
    return [_sealed(seal, _receipt(fill, number)) for fill, seal in zip(fills, seals, strict=False)]


def _receipt(fill: Fill, number: int) -> dict[str, Any]:
    missing = FIELDS_SINCE_EXCHANGE_2 if fill.kernel_version == "exchange-1" else frozenset()
    columns = {name: getattr(fill, name) for name in FILL_FIELDS if name not in missing}
    return {**columns, "order": number, "at": to_micros(fill.at)}


def _ledger(account: PropAccount, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The ledger rows as they are hashed."""
    if document.get("ledger") is None:
        return []
    span = span_of(document, "ledger")
    rows = LedgerEntry.objects.filter(account=account, sequence__range=span).order_by("sequence")
    return [
        _sealed(
            row.hash,
            {name: getattr(row, name) for name in ENTRY_FIELDS}
            | {"account": account.ordinal, "at": to_micros(row.at)},
        )
        for row in rows
    ]


_WAITING: dict[str, Any] = {
    "status": "",
    "reasonCode": "",
    "at": "",
    "execution": None,
    "policy": None,
    "terms": [],
    "quote": None,
    "book": None,
    "fills": [],
    "ledger": [],
}
