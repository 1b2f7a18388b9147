"""A decision executed again, as a page tells it: the verdict, its life from what it saw to what it got, every step."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from apps.clones.types import CloneStatus
from apps.core.errors import NotFound
from apps.decisions.services import payloads
from apps.operations.artifacts import ArtifactStoreDown
from apps.trading import queries as trading
from apps.trading.queries import Reader
from apps.trading.queries.decided import Became, became_of
from apps.trading.services.reexecution import Part, Reexecution, Step, StepStatus
from apps.trading.services.reexecution.bundle import get_readable_run, hides_exits, names_exits
from apps.trading.services.reexecution.guard import MALFORMED
from apps.trading.services.reexecution.public import verify
from apps.web import formats, links, words
from apps.web.compose import evidence
from apps.web.compose.arena import identity

TONES = {StepStatus.IDENTICAL: "up", StepStatus.DIFFERENT: "down", StepStatus.UNAVAILABLE: "warn"}
WORST = (StepStatus.IDENTICAL, StepStatus.UNAVAILABLE, StepStatus.DIFFERENT)
VERDICTS = {
    StepStatus.IDENTICAL: (
        "Identical",
        "Executed again, and every step came out the same, byte for byte.",
    ),
    StepStatus.DIFFERENT: ("Different", "Executed again, and something is not what was sealed."),
    StepStatus.UNAVAILABLE: (
        "Nothing differs",
        "Executed again. What can still be asked came out the same.",
    ),
}
PARTS = {
    Part.SAW: ("It saw", "the market, its account and its limits, as they were known at that moment"),
    Part.SAID: ("It said", "the answer itself is its owner's; its seal stands in the record"),
    Part.WANTED: ("It wanted", "what the answer asks for"),
    Part.ALLOWED: ("It was allowed", "every gate it met, asked again with the figures of that moment"),
    Part.GOT: ("It got", "the fills, to the cent, and where they stand in the ledger"),
    Part.SEALED: ("It was sealed", "so that nobody can change a word of it unseen, we neither"),
}
NAMES = {
    "record": "Record",
    "chain": "Chain",
    "context": "Everything it saw",
    "market": "Market of that moment",
    "account": "Account of that moment",
    "limits": "Limits of that moment",
    "strategy": "Strategy",
    "prompt": "Prompt",
    "answer": "Answer",
    "actions": "Actions",
    "verdict": "Verdict",
    "named": "What it names",
    "gates": "Gates",
    "refusal": "Reason",
    "fills": "Fills",
    "ledger": "Ledger",
    "exits": "Standing exits",
}
EXITS = ("stop_micros", "trail_bps", "target_micros", "hold_ms")
ASKED = ("kind", "symbol", "side", "notional_micros", "leverage", "is_isolated", *EXITS, "reason")
RECEIPT = (
    *("side", "symbol", "size_lots", "price_micros", "notional_micros", "fee_micros", "realized_micros"),
    *("mid_micros", "half_spread_micros", "walk_micros", "margin_micros"),
    *("book_reference", "quote_reference", "kernel_version"),
)


def decision_proof(run_id: str, *, reader: Reader, network: str, now: datetime) -> dict[str, Any]:
    """The page of one decision for this reader; NotFound where it does not exist for them, RateLimited for too many.

    A hidden clone's name is shown to nobody but its owner and operators, so its decisions have no page for others.
    """
    run, account = get_readable_run(run_id, reader)
    is_private = trading.reads_private(account, reader)
    if account.clone.status == CloneStatus.HIDDEN and not is_private:
        raise NotFound("There is no such decision.")
    found, checked_at = verify(run_id, reader=reader, network=None if reader.sees_all else network, now=now)
    hidden = hides_exits(account, reader)
    acts = _acts(run, hidden)
    return {
        **_heading(run, account),
        "is_private": is_private or not trading.is_public(account),
        "verdict": verdict(found),
        "parts": [
            _part(part, found.steps) for part in PARTS if any(step.part == part for step in found.steps)
        ],
        "saw": _seen(run, hidden),
        "acts": acts,
        "hides": hidden and any(act["hides"] for act in acts),
        "digest": found.record_digest or ("not told yet" if run.is_finished else "not sealed yet"),
        "checked": formats.moment(checked_at),
    }


def _heading(run: Any, account: Any) -> dict[str, Any]:
    clone = account.clone
    return {
        **identity(clone.public_id, clone.name),
        "id": run.public_id,
        "symbol": run.symbol,
        "symbol_url": links.market(run.symbol),
        "slot": formats.moment(run.slot_at),
        "decided": formats.moment(run.decided_at) if run.decided_at else "",
        "engine": run.model or run.engine_revision or run.engine,
        "why": words.spelt_out(run.error_code),
        "account_url": links.account(account.public_id),
        "api": f"/api/v1/prop/decisions/{run.public_id}",
        "file": f"{run.public_id}.json",
    }


def verdict(found: Reexecution) -> dict[str, Any]:
    """The verdict in one word and one sentence, with the place of the first difference."""
    word, sentence = VERDICTS[found.status]
    first = found.first_difference or found.first_unavailable
    same = sum(step.status == StepStatus.IDENTICAL for step in found.steps)
    return {
        "word": word,
        "sentence": sentence,
        "tone": TONES[found.status],
        "same": same,
        "all": len(found.steps),
        "share": 100 * same // len(found.steps),
        "first": None if first is None else _step(first),
    }


def _part(part: Part, steps: Iterable[Step]) -> dict[str, Any]:
    mine = [step for step in steps if step.part == part]
    title, so = PARTS[part]
    worst = max(mine, key=lambda step: WORST.index(step.status))
    return {
        "key": part.value,
        "title": title,
        "so": so,
        "tone": TONES[worst.status],
        "steps": [_step(step) for step in mine],
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "name": NAMES.get(step.name, step.name.capitalize()),
        "tone": TONES[step.status],
        "status": step.status.value,
        "sentence": step.sentence,
        "where": step.where,
        "expected": step.expected,
        "found": step.found,
        "digests": [{"label": label.capitalize(), "value": value} for label, value in step.digests if value],
    }


def _seen(run: Any, hidden: bool) -> list[dict[str, Any]]:
    """What it saw, without the owner's words; of an open account without the levels of its exits."""
    try:
        document = payloads.context_of(run)
        truth = document.get("truth")
        if hidden and truth:
            document = {**document, "truth": {**truth, "exits": []}}
        return evidence.seen(document) if document else []
    except (*MALFORMED, ArtifactStoreDown):  # the steps tell what is the matter with it
        return []


def _acts(run: Any, hidden: bool) -> list[dict[str, Any]]:
    return [_told(one, hidden) for one in became_of(list(run.actions.all()))]


def _told(one: Became, hidden: bool) -> dict[str, Any]:
    """An action with what became of it; of a damaged record nothing, for the steps tell what is the matter with it."""
    try:
        return _act(one, hidden)
    except MALFORMED:
        return _act(replace(one, document=None, ledger=()), hidden)


def _act(one: Became, hidden: bool) -> dict[str, Any]:
    action, outcome, document = one.action, one.verdict, one.document or {}
    fields = {name: getattr(action, name) for name in ASKED}
    hides = hidden and (names_exits(fields) or names_exits(document))
    if hides:
        fields |= dict.fromkeys(EXITS, 0)
    return {
        "wanted": evidence.wanted(fields),
        "allowed": evidence.allowed(
            status=outcome.status if outcome else "",
            code=outcome.reason_code if outcome else "",
            detail="" if outcome is None or hides else outcome.detail,
            rows=() if hides else document.get("gates", ()),
        ),
        "is_recorded": one.record is not None,
        "got": _got(one),
        "hides": hides,
    }


def _got(one: Became) -> dict[str, Any] | None:
    order = one.order
    if order is None:
        return None
    fills: list[Mapping[str, Any]] = [
        {name: getattr(fill, name) for name in RECEIPT} for fill in order.fills.all()
    ]
    return {
        "receipts": evidence.receipts(fills, decimals=order.asset.size_decimals),
        "ledger": [
            {
                "sequence": row.sequence,
                "kind": words.LEDGER_KINDS.get(row.kind, words.spelt_out(row.kind.upper())),
                "book": row.book.capitalize(),
                "amount": formats.signed_dollars(row.amount_micros, places=6),
                "tone": formats.tone(row.amount_micros) if row.book == "cash" else "",
                "balance": formats.dollars(row.balance_after_micros),
                "hash": row.hash[:16],
            }
            for row in one.ledger
        ],
    }
