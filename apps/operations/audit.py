"""Writing down every act: actor, verb, subject, reason."""

from datetime import datetime
from typing import Any

from django.db import models

from apps.operations.models import AuditEvent
from apps.operations.types import Actor

__all__ = ["Actor", "record"]


def record(
    *,
    verb: str,
    by: Actor,
    subject: models.Model | str,
    now: datetime,
    reason: str = "",
    detail: dict[str, Any] | None = None,
) -> AuditEvent:
    """Write one audit event in the current transaction; `subject` is a row or "<kind>:<identifier>"."""
    kind, identifier = _subject(subject)
    return AuditEvent.objects.create(
        verb=verb,
        actor_kind=by.kind,
        actor_id=by.identifier,
        actor_label=by.label,
        subject_type=kind,
        subject_id=identifier,
        reason=reason,
        detail=detail or {},
        at=now,
    )


def _subject(subject: models.Model | str) -> tuple[str, str]:
    if isinstance(subject, str):
        kind, _, identifier = subject.rpartition(":")
        return kind, identifier
    return subject._meta.label_lower, str(getattr(subject, "public_id", None) or subject.pk)
