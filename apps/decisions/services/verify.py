"""Checks sealed records: digests, chain, context and answer as they stand, and asks the engine again."""

from __future__ import annotations

from collections.abc import Iterator

from apps.core.errors import NotFound
from apps.core.moments import from_ms
from apps.decisions.engine.document import from_document
from apps.decisions.engine.registry import find_engine
from apps.decisions.models import DecisionRun
from apps.decisions.services.payloads import answer_of, context_of, is_sealed_under, prompt_of
from apps.decisions.services.sealing import RECORD_V1, answer_digest, record_digest


def verify_run(run: DecisionRun, *, reads_archive: bool = True) -> list[str]:
    """What is wrong with one sealed run by itself; empty when its record, context, prompt and answer are intact.

    Without `reads_archive` what was archived is left out; with it ArtifactStoreDown is raised where the archive does
    not answer, for then nobody can say.
    """
    wrong = []
    if record_digest(run, list(run.actions.all())) != run.record_digest:
        wrong.append(f"{run.public_id}: the record does not match its digest")
    if run.archived_at is not None and not reads_archive:
        return wrong
    try:
        return [*wrong, *_payload_faults(run)]
    except NotFound as lost:
        return [*wrong, f"{run.public_id}: {lost.detail}"]


def _payload_faults(run: DecisionRun) -> Iterator[str]:
    if run.schema != RECORD_V1:
        if answer_digest(answer_of(run)) != run.answer_digest:
            yield f"{run.public_id}: the answer does not match its digest"
        prompt = prompt_of(run)
        if prompt and answer_digest(prompt) != run.prompt_digest:
            yield f"{run.public_id}: the prompt does not match its digest"
    if not run.context_digest:
        return
    context = context_of(run)
    if not is_sealed_under(context, run.context_digest):
        yield f"{run.public_id}: the context does not match its digest"
    elif from_ms(from_document(context).max_knowable_at_ms) != run.context_max_knowable_at:
        yield f"{run.public_id}: the context does not end where the run says"


def replay_run(run: DecisionRun) -> str | None:
    """Ask the run's engine again from the stored context: its raw answer, or None when it has none here.

    An engine whose revision has changed since cannot repeat the old answer and gives None too.
    """
    engine = find_engine(run.engine)
    if engine is None or engine.is_paid or engine.revision != run.engine_revision or not run.context_digest:
        return None
    return engine.answer(from_document(context_of(run))).text


def broken_chains(*, subject: str | None = None, reads_archive: bool = False) -> Iterator[str]:
    """Every sealed run, of one subject or of all, that is altered or does not follow its subject's previous one."""
    sealed = DecisionRun.objects.filter(sequence__isnull=False).order_by("subject", "sequence")
    if subject is not None:
        sealed = sealed.filter(subject=subject)
    current, sequence, digest = "", 0, ""
    for run in sealed.select_related("version").prefetch_related("actions").iterator(chunk_size=500):
        if run.subject != current:
            current, sequence, digest = run.subject, 0, ""
        if run.sequence != sequence + 1 or run.previous_digest != digest:
            yield f"{run.public_id}: does not follow link {sequence} of {current}"
        yield from verify_run(run, reads_archive=reads_archive)
        sequence, digest = run.sequence or 0, run.record_digest


def links_after(*, subject: str, sequence: int, most: int) -> Iterator[tuple[DecisionRun, str]]:
    """The sealed runs behind a link of a subject's chain, at most so many, each with the digest that its record has."""
    runs = DecisionRun.objects.filter(subject=subject, sequence__gt=sequence).order_by("sequence")
    runs = runs.defer("context", "prompt", "version__document", "version__compiled")
    for run in runs.select_related("version").prefetch_related("actions")[:most]:
        yield run, record_digest(run, list(run.actions.all()))
