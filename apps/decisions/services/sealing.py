"""Seals a finished run: one transaction, one record whose digest chains it to the subject's last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, Subquery

from apps.core.json_strict import dumps_canonical, sha256_hex
from apps.core.states import advance
from apps.decisions.engine.types import ProposedIntent
from apps.decisions.models import DecisionRun, ProposedAction
from apps.decisions.services.context import to_ms
from apps.decisions.types import TRANSITIONS, RunStatus

MAX_TRIES = 8


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: its status, the actions or the reason for having none, and columns to store."""

    status: RunStatus
    decided_at: datetime
    actions: tuple[ProposedIntent, ...] = ()
    code: str = ""
    detail: str = ""
    columns: Mapping[str, Any] = field(default_factory=dict)


def record_document(run: DecisionRun, actions: Sequence[ProposedAction]) -> dict[str, Any]:
    """What the seal covers: version, context, engine, raw answer, actions, and the previous seal."""
    return {
        "schema": "decision_record_v1",
        "subject": run.subject,
        "sequence": run.sequence,
        "previous_digest": run.previous_digest,
        "version_digest": run.version.digest,
        "prompt_key": run.prompt_key,
        "symbol": run.symbol,
        "slot_at_ms": to_ms(run.slot_at),
        "decided_at_ms": None if run.decided_at is None else to_ms(run.decided_at),
        "status": str(run.status),
        "error_code": run.error_code,
        "engine": run.engine,
        "engine_revision": run.engine_revision,
        "context_digest": run.context_digest,
        "raw_answer": run.raw_answer,
        "actions": [
            {
                "index": action.index,
                "kind": action.kind,
                "symbol": action.symbol,
                "side": action.side,
                "size_lots": action.size_lots,
                "notional_micros": action.notional_micros,
                "leverage": action.leverage,
                "reduce_only": action.reduce_only,
                "reason": action.reason,
            }
            for action in actions
        ],
    }


def record_digest(run: DecisionRun, actions: Sequence[ProposedAction]) -> str:
    """SHA-256 of the record's canonical JSON."""
    return sha256_hex(dumps_canonical(record_document(run, actions)))


def _rows(run: DecisionRun, intents: Sequence[ProposedIntent]) -> list[ProposedAction]:
    return [
        ProposedAction(
            run=run,
            index=index,
            kind=intent.kind.value,
            symbol=intent.symbol,
            side=None if intent.side is None else int(intent.side),
            notional_micros=intent.notional_micros,
            leverage=intent.leverage,
            reduce_only=intent.reduce_only,
            reason=intent.reason,
        )
        for index, intent in enumerate(intents)
    ]


def _held_with_last(run: DecisionRun) -> tuple[int, str] | None:
    """Lock the run if its lease epoch still stands; the subject's last sequence and digest, or None."""
    sealed = DecisionRun.objects.filter(subject=OuterRef("subject"), sequence__isnull=False)
    last = sealed.order_by("-sequence")
    found = (
        DecisionRun.objects.select_for_update(of=("self",))
        .filter(pk=run.pk, status=run.status, lease_epoch=run.lease_epoch)
        .values_list(Subquery(last.values("sequence")[:1]), Subquery(last.values("record_digest")[:1]))
        .first()
    )
    return None if found is None else (found[0] or 0, found[1] or "")


def _seal_once(run: DecisionRun, outcome: Outcome) -> bool:
    with transaction.atomic():
        last = _held_with_last(run)
        if last is None:
            return False
        changes: dict[str, Any] = {
            **outcome.columns,
            "error_code": outcome.code,
            "error_detail": outcome.detail[:400],
            "decided_at": outcome.decided_at,
            "lease_expires_at": None,
            "sequence": last[0] + 1,
            "previous_digest": last[1],
        }
        before = run.status
        for name, value in {**changes, "status": outcome.status}.items():
            setattr(run, name, value)
        rows = _rows(run, outcome.actions)
        changes["record_digest"] = record_digest(run, rows)
        run.status = before
        advance(run, to=outcome.status, table=TRANSITIONS, **changes)
        ProposedAction.objects.bulk_create(rows)
        return True


def seal_run(run: DecisionRun, outcome: Outcome) -> bool:
    """End `run` for good and store its actions; False when another worker has taken the run over.

    Two runs of one subject that end together compete for the next link of the chain; the loser tries again.
    """
    before = run.status
    for attempt in range(MAX_TRIES):
        try:
            return _seal_once(run, outcome)
        except IntegrityError:
            run.status = before
            if attempt == MAX_TRIES - 1:
                raise
    return False
