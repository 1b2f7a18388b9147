"""The steps of a decision itself: its sealed record and chain, what it saw, was asked and said, and the reading of that."""

from collections.abc import Iterator
from typing import Any

from apps.clones import queries as clones
from apps.core.moments import from_ms, to_ms
from apps.decisions import queries as decisions
from apps.decisions.engine.document import SCHEMA_V2, document_digest, section_digests
from apps.decisions.engine.prompt import assemble
from apps.decisions.engine.reading import read_answer
from apps.decisions.engine.registry import find_engine
from apps.decisions.engine.types import InvalidAnswer, ProposedIntent
from apps.decisions.services.sealing import (
    ASKED_COLUMNS,
    RECORD_V1,
    RECORD_V3,
    answer_digest,
    record_digest,
    record_document,
)
from apps.decisions.services.seals import sections_of
from apps.decisions.services.verify import replay_run
from apps.trading.queries.proofs import Head
from apps.trading.services.reexecution.case import Case, Payload
from apps.trading.services.reexecution.links import Newest, decisions_after, walk_on
from apps.trading.services.reexecution.steps import Asking, Difference, Part, Step, byte_difference

BY_READING = frozenset({"INVALID_OUTPUT", "ASSET_NOT_ALLOWED", "LIMIT_EXCEEDED"})
"""Codes with which reading an answer may refuse it."""


def record_step(case: Case) -> Step:
    """The record against its digest, and against everything else that says the same."""
    run, asking = case.run, Asking("record", Part.SEALED)
    asking.digests.append(("record", run.record_digest))
    made = record_digest(run, list(run.actions.all()))
    if made != run.record_digest:
        asking.is_private = True  # what is compared then may be the bare digest of what is the owner's
        asking.difference = _suspect(case, made) or Difference(
            f"{case.key}: one of the columns that its record seals", made, run.record_digest
        )
    return asking.done(
        "The record, hashed again, has the digest it was sealed with.",
        "The record does not have the digest it was sealed with.",
    )


def _suspect(case: Case, made: str) -> Difference | None:
    """The column that was altered, where another witness tells which one."""
    run, packet = case.run, case.packet
    next_link = case.neighbours.get(run.sequence + 1)
    if next_link and next_link[1] == made:
        return Difference(f"{case.key}.record_digest", made, run.record_digest)
    witnesses: list[tuple[str, Any, Any]] = [
        ("version.digest", clones.version_digest(run.version), run.version.digest),
        (
            "context_digest",
            document_digest(case.context.value) if case.context.value else None,
            run.context_digest,
        ),
        ("answer_digest", answer_digest(case.answer.value or ""), run.answer_digest),
        ("prompt_digest", answer_digest(case.prompt.value or ""), run.prompt_digest),
        ("previous_digest", _previous(case), run.previous_digest),
    ]
    if packet is not None:
        witnesses += [
            ("symbol", packet.symbol, run.symbol),
            ("slot_at", packet.slot_at_ms, to_ms(run.slot_at)),
            ("prompt_key", packet.prompt.key, run.prompt_key),
        ]
    if case.account is None:
        witnesses.append(("subject", "an account", run.subject))
    for column, expected, found in witnesses:
        is_sealed = not (run.schema == RECORD_V1 and column in ("answer_digest", "prompt_digest"))
        if is_sealed and expected is not None and expected != found:
            return Difference(f"{case.key}.{column}", str(expected), str(found))
    if packet is not None and case.answer.value:
        return next(_action_faults(case), None)
    return None


def _previous(case: Case) -> str | None:
    if case.run.sequence == 1:
        return ""
    return case.neighbours.get(case.run.sequence - 1, (None, ""))[0]


def chain_step(case: Case) -> Step:
    """The links before and after."""
    run, asking = case.run, Asking("chain", Part.SEALED)
    previous = _previous(case)
    asking.digests.append(("previous record", run.previous_digest))
    where = f"{case.key}.previous_digest"
    if previous is None:
        asking.difference = Difference(
            f"DecisionRun #{run.sequence - 1} of {run.subject}", "a link", "nothing"
        )
    asking.equal(where, expected=previous, found=run.previous_digest)
    made, kept = clones.version_digest(run.version), run.version.digest
    # A bare digest of the strategy is its owner's.
    asking.is_private |= not asking.equal(f"{case.key}.version.digest", expected=made, found=kept)
    followed = walk_on(
        asking,
        start=Head(run.sequence, run.record_digest),
        links=decisions_after(run.subject, run.sequence, most=case.ahead),
        most=case.ahead,
        sealed=case.roots.over("decisions", run.sequence),
        newest=_newest(run.subject),
    )
    return asking.done(
        f"Link {run.sequence} of its chain: it names the record before it. {followed}",
        "The chain of records does not hold here.",
    )


def _newest(subject: str) -> Newest:
    number, digest = decisions.find_head(subject) or (0, "")
    return Newest(f"DecisionHead {subject}", Head(number, digest))


def context_step(case: Case) -> Step:
    """What it saw against the digest it was sealed with."""
    run, asking, context = case.run, Asking("context", Part.SAW), case.context
    asking.digests.append(("context", run.context_digest))
    where = _kept(case, run.context_artifact, "context")
    if _is_lost(asking, context, where):
        return asking.done("", "What the decision saw is lost or was altered.")
    document = context.value
    if document.get("schema") == SCHEMA_V2:
        asking.digests += sorted(section_digests(document).items())
    asking.equal(where, expected=run.context_digest, found=document_digest(document))
    if run.schema == RECORD_V3:
        asking.equal(f"{case.key}.section_digests", expected=sections_of(document), found=run.section_digests)
    if case.packet is not None:
        known = from_ms(case.packet.max_knowable_at_ms)
        asking.equal(
            f"{case.key}.context_max_knowable_at",
            expected=known.isoformat(),
            found=run.context_max_knowable_at.isoformat() if run.context_max_knowable_at else "",
        )
        asking.equal(f"{case.key}.symbol", expected=case.packet.symbol, found=run.symbol)
    return asking.done(
        "What the decision saw, hashed again, has the digest that the record names; nothing in it was from later.",
        "What the decision saw is not what was sealed.",
    )


def prompt_step(case: Case) -> Step:
    """The prompt assembled again from the context, word for word."""
    run, asking = case.run, Asking("prompt", Part.SAW, is_private=True)
    asking.digests.append(("prompt", run.prompt_digest))
    where, prompt = _kept(case, run.prompt_digest, "prompt"), case.prompt
    if _is_lost(asking, prompt, where):
        return asking.done("", "The prompt is lost or was altered.")
    if case.packet is None:
        asking.lacks("What the decision saw cannot be read, so its prompt cannot be assembled again.")
    else:
        made = assemble(case.packet).document().decode("ascii")
        asking.difference = byte_difference(made, prompt.value, where)
        if (
            asking.difference is not None
            and answer_digest(prompt.value) == run.prompt_digest
            and _has_moved_on(run)
        ):
            asking.difference = None
            asking.lacks("The prompt has been worded anew since; the one that was sent has its digest.")
    asking.equal(f"{where} digest", expected=answer_digest(prompt.value), found=run.prompt_digest)
    return asking.done(
        "The prompt, assembled again from what it saw, is the one that was sent, byte for byte.",
        "The prompt that was sent is not the one that its context makes.",
    )


def _has_moved_on(run: Any) -> bool:
    engine = find_engine(run.engine)
    return engine is None or engine.revision != run.engine_revision


def answer_step(case: Case) -> Step:
    """A house engine is asked again; of a paid one the recorded answer is held to its digest."""
    run, asking = case.run, Asking("answer", Part.SAID, is_private=True)
    answer, where = case.answer, _kept(case, case.run.answer_digest, "raw_answer")
    asking.digests.append(("answer", run.answer_digest or answer_digest(answer.value or "")))
    if _is_lost(asking, answer, where):
        return asking.done("", "The answer is lost or was altered.")
    engine = find_engine(run.engine)
    if engine is not None and engine.is_paid:
        asking.equal(f"{where} digest", expected=answer_digest(answer.value), found=run.answer_digest)
        return asking.done(
            f"The answer of {run.model or 'the model'} has the digest that the record names; a model is not asked twice.",
            "The answer is not the one that was sealed.",
        )
    if case.packet is None:
        asking.lacks("What the decision saw cannot be read, so its engine cannot be asked again.")
    elif _has_moved_on(run):
        asking.lacks(f"The engine {run.engine_revision} is gone; today's would answer otherwise.")
    else:
        asking.difference = byte_difference(replay_run(run) or "", answer.value, where)
    if run.schema != RECORD_V1:
        asking.equal(f"{where} digest", expected=answer_digest(answer.value), found=run.answer_digest)
    return asking.done(
        f"The engine {run.engine} was asked again and gave the same answer, byte for byte.",
        "The engine, asked again, does not say what is written here.",
    )


def actions_step(case: Case) -> Step:
    """The answer read again: the same actions, or the same refusal."""
    run, asking = case.run, Asking("actions", Part.WANTED)
    if case.packet is None or not case.answer.value:
        asking.lacks("What the decision saw or said cannot be read, so its answer cannot be read again.")
    else:
        asking.difference = next(_action_faults(case), None)
        if _has_moved_on(run) and _is_of_reading(asking.difference):
            asking.difference = None
            asking.lacks(
                f"Answers of {run.engine_revision} were held to other rules about what may be repeated."
            )
    count = len(run.actions.all())
    same = f"The answer, read again, asks for the same {count} action{'' if count == 1 else 's'}."
    return asking.done(
        same if run.status == "completed" else f"The answer, read again, asks for nothing: {run.error_code}.",
        "The answer, read again, asks for something else than is written here.",
    )


def _is_of_reading(difference: Difference | None) -> bool:
    """Whether all that differs is that an answer was or is refused."""
    return difference is not None and "INVALID_OUTPUT" in (difference.expected, difference.found)


def _action_faults(case: Case) -> Iterator[Difference]:
    run = case.run
    if case.packet is None:
        return
    written = record_document(run, list(run.actions.all()))["actions"]
    try:
        read = [_plain(at, one) for at, one in enumerate(read_answer(case.answer.value, case.packet))]
        code = ""
    except InvalidAnswer as refused:
        read, code = [], refused.code
    if run.status != "completed" and not code and run.error_code not in BY_READING:
        read = []  # the answer was sound, and the run ended for another reason
    elif code != run.error_code:
        yield Difference(f"{case.key}.error_code", code or "nothing", run.error_code or "nothing")
    asking = Asking("actions", Part.WANTED)
    if not asking.equal(f"{case.key}: ProposedAction", expected=read, found=written) and asking.difference:
        yield asking.difference


def _plain(index: int, intent: ProposedIntent) -> dict[str, Any]:
    """An intent as the record writes the action down that came of it."""
    return {
        "index": index,
        "kind": intent.kind.value,
        "symbol": intent.symbol,
        "side": None if intent.side is None else int(intent.side),
        "size_lots": 0,
        "notional_micros": intent.notional_micros,
        "leverage": intent.leverage,
        "reduce_only": intent.reduce_only,
        "reason": intent.reason,
        **{name: asked for name in ASKED_COLUMNS if (asked := getattr(intent.asked, name))},
    }


def strategy_step(case: Case) -> Step:
    """The owner's words in the context against the published version."""
    run, asking, packet = case.run, Asking("strategy", Part.SAW, is_private=True), case.packet
    asking.digests.append(("strategy version", run.version.digest))
    if packet is None:
        asking.lacks("What the decision saw cannot be read.")
        return asking.done("", "")
    _ask_compiler(case, asking)
    where = f"{case.key}: context.prompt"
    found = [
        prompt
        for prompt in clones.compiled(run.version).enabled_prompts
        if prompt.key == run.prompt_key and run.symbol in prompt.assets
    ]
    if not found:
        asking.difference = Difference(f"{case.key}.prompt_key", "a prompt of its version", run.prompt_key)
    else:
        prompt, told = found[0], packet.prompt
        asking.equal(f"{where}.key", expected=prompt.key, found=told.key)
        asking.equal(f"{where}.strategy", expected=prompt.strategy, found=told.strategy)
        asking.equal(f"{where}.behaviour", expected=prompt.behaviour, found=told.behaviour)
        asking.equal(f"{where}.cadence_ms", expected=prompt.cadence_minutes * 60_000, found=told.cadence_ms)
        asking.equal(f"{case.key}.engine", expected=prompt.engine, found=run.engine)
    return asking.done(
        "The strategy it followed is the published version's, which is sealed too.",
        "The strategy it followed is not that of its published version.",
    )


def _ask_compiler(case: Case, asking: Asking) -> None:
    """What was sealed is the document; what was followed is its compilation, and no digest covers that."""
    version = case.run.version
    made = clones.recompiled(version)
    if made is None:
        asking.lacks(f"Its version was compiled by {version.compiled['compiler']}, which is gone.")
    else:
        asking.equal(f"{case.key}.version.compiled", expected=made, found=version.compiled)


def _kept(case: Case, artifact: str, column: str) -> str:
    """Where a payload is: in the row's column, or in the archive."""
    return f"artifact {artifact}" if case.run.archived_at and artifact else f"{case.key}.{column}"


def _is_lost(asking: Asking, payload: Payload, where: str) -> bool:
    """Note that a payload cannot be had; whether that is so."""
    if payload.value is not None and not payload.fault:
        return False
    if payload.is_away:
        asking.lacks(f"The archive does not answer now: {payload.fault}")
    else:
        asking.difference = Difference(where, "what was sealed", payload.fault)
    return True
