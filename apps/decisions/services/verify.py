"""Checks sealed records: digests, chain, context and answer as they stand, and asks the engine again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from django.db.models import Max

from apps.core.errors import NotFound
from apps.core.moments import from_ms
from apps.decisions.engine.document import from_document
from apps.decisions.engine.registry import find_engine
from apps.decisions.models import DecisionHead, DecisionRun
from apps.decisions.services.payloads import answer_of, context_of, is_sealed_under, prompt_of
from apps.decisions.services.sealing import RECORD_V1, RECORD_V3, answer_digest, record_digest
from apps.decisions.services.seals import sections_of


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
    elif run.schema == RECORD_V3 and sections_of(context) != run.section_digests:
        yield f"{run.public_id}: the sections of the context do not match their digests"
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
    links = sealed.values_list("pk", "public_id", "subject", "sequence", "previous_digest", "record_digest")
    rows = links.iterator(chunk_size=_BATCH)
    while batch := list(islice(rows, _BATCH)):
        runs = _read([row[0] for row in batch])
        for key, name, whose, number, previous, made in batch:
            if whose != current:
                current, sequence, digest = whose, 0, ""
            if number != sequence + 1 or previous != digest:
                yield f"{name}: does not follow link {sequence} of {current}"
            yield from _faults(name, runs.get(key), reads_archive)
            sequence, digest = number or 0, made


def _faults(name: str, run: DecisionRun | None, reads_archive: bool) -> list[str]:
    if run is None:
        return [f"{name}: it cannot be read"]
    try:
        return verify_run(run, reads_archive=reads_archive)
    except _DAMAGED as error:
        return [f"{name}: it cannot be read: {type(error).__name__} {error}"[:300]]


def _read(keys: Sequence[int]) -> dict[int, DecisionRun]:
    """The runs with these keys, whole; one whose documents cannot even be read is left out."""
    try:
        rows = DecisionRun.objects.select_related("version").prefetch_related("actions")
        return {run.pk: run for run in rows.filter(pk__in=keys)}
    except _DAMAGED:
        if len(keys) == 1:
            return {}
        return {key: run for one in keys for key, run in _read([one]).items()}


def wrong_heads(*, subject: str | None = None) -> Iterator[str]:
    """Every subject, or the one, whose last sealed run is not the one that its head names."""
    heads = DecisionHead.objects.all() if subject is None else DecisionHead.objects.filter(subject=subject)
    named = {head.subject: (head.sequence, head.digest) for head in heads.iterator(chunk_size=_BATCH)}
    sealed = DecisionRun.objects.filter(sequence__isnull=False)
    if subject is not None:
        sealed = sealed.filter(subject=subject)
    newest = {
        row["subject"]: row["last"]
        for row in sealed.order_by().values("subject").annotate(last=Max("sequence"))
    }
    for name in sorted(named.keys() | newest.keys()):
        last = newest.get(name, 0)
        digests = sealed.filter(subject=name, sequence=last).values_list("record_digest", flat=True)
        if named.get(name) != (last, digests.first()):
            head = named[name][0] if name in named else "missing"
            yield f"{name}: the head of its decisions is {head}, the last sealed one is {last}"


def links_after(*, subject: str, sequence: int, most: int) -> Iterator[tuple[DecisionRun, str]]:
    """The sealed runs behind a link of a subject's chain, at most so many, each with the digest that its record has."""
    runs = DecisionRun.objects.filter(subject=subject, sequence__gt=sequence).order_by("sequence")
    runs = runs.defer("context", "prompt", "version__document", "version__compiled")
    for run in runs.select_related("version").prefetch_related("actions")[:most]:
        yield run, record_digest(run, list(run.actions.all()))


_BATCH = 200
_DAMAGED = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What reading values of another kind than were written may raise."""
