"""Checks sealed records: digests, chain and context as they stand, and asks the engine again."""

from __future__ import annotations

from collections.abc import Iterator

from apps.core.moments import from_ms
from apps.decisions.engine.document import document_digest, from_document
from apps.decisions.engine.registry import find_engine
from apps.decisions.models import DecisionRun
from apps.decisions.services.sealing import record_digest


def verify_run(run: DecisionRun) -> list[str]:
    """What is wrong with one sealed run by itself; empty when its record and context are intact."""
    wrong = []
    if record_digest(run, list(run.actions.all())) != run.record_digest:
        wrong.append(f"{run.public_id}: the record does not match its digest")
    if not run.context_digest:
        return wrong
    if document_digest(run.context) != run.context_digest:
        wrong.append(f"{run.public_id}: the context does not match its digest")
    if from_ms(from_document(run.context).max_knowable_at_ms) != run.context_max_knowable_at:
        wrong.append(f"{run.public_id}: the context does not end where the run says")
    return wrong


def replay_run(run: DecisionRun) -> str | None:
    """Ask the run's engine again from the stored context: its raw answer, or None when it has none here.

    An engine whose revision has changed since cannot repeat the old answer and gives None too.
    """
    engine = find_engine(run.engine)
    if engine is None or engine.is_paid or engine.revision != run.engine_revision or not run.context_digest:
        return None
    return engine.answer(from_document(run.context)).text


def broken_chains() -> Iterator[str]:
    """Every sealed run that is altered or does not follow its subject's previous one."""
    sealed = DecisionRun.objects.filter(sequence__isnull=False).order_by("subject", "sequence")
    subject, sequence, digest = "", 0, ""
    for run in sealed.select_related("version").prefetch_related("actions").iterator(chunk_size=500):
        if run.subject != subject:
            subject, sequence, digest = run.subject, 0, ""
        if run.sequence != sequence + 1 or run.previous_digest != digest:
            yield f"{run.public_id}: does not follow link {sequence} of {subject}"
        yield from verify_run(run)
        sequence, digest = run.sequence or 0, run.record_digest
