"""What a run saw, was asked and said: read from its row, or from the artifacts once it is archived."""

from __future__ import annotations

from typing import Any, cast

from apps.core.errors import NotFound
from apps.core.json_strict import dumps_canonical, loads
from apps.decisions.engine.document import document_digest
from apps.decisions.models import DecisionRun
from apps.operations import artifacts


def context_of(run: DecisionRun) -> dict[str, Any]:
    """The context document of a run, empty where it had none.

    Raises NotFound (ArtifactDamaged where it was altered) when the archive lost it, ArtifactStoreDown when the archive
    does not answer; so do the other readers.
    """
    if run.context or not (run.archived_at and run.context_artifact):
        return cast("dict[str, Any]", run.context)
    document = loads(artifacts.get(run.context_artifact), max_bytes=artifacts.MAX_BYTES)
    if not isinstance(document, dict):
        raise NotFound(f"The artifact {run.context_artifact} is no context.", code="ARTIFACT_DAMAGED")
    return document


def prompt_of(run: DecisionRun) -> str:
    """The prompt as it was sent, word for word; empty where nobody was prompted."""
    return _text(run, run.prompt, run.prompt_digest)


def answer_of(run: DecisionRun) -> str:
    """The raw answer; empty where there was none."""
    return _text(run, run.raw_answer, run.answer_digest)


def restored(run: DecisionRun) -> DecisionRun:
    """The same run, in memory, with what the archive holds of it put back."""
    if run.archived_at is not None:
        run.context, run.prompt, run.raw_answer = context_of(run), prompt_of(run), answer_of(run)
    return run


def is_sealed_under(context: dict[str, Any], digest: str) -> bool:
    """Whether a context document is the one that a run sealed; one that lost a part has no digest at all."""
    try:
        return document_digest(context) == digest
    except (KeyError, TypeError):
        return False


def context_bytes(document: dict[str, Any]) -> bytes:
    """The bytes under whose SHA-256 a context is archived."""
    return dumps_canonical(document)


def _text(run: DecisionRun, text: str, digest: str) -> str:
    if text or not (run.archived_at and digest):
        return text
    return artifacts.get(digest).decode()
