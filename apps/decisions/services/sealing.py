"""Seals a finished run: one transaction, one record whose digest chains it to the subject's last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction

from apps.core.json_strict import dumps_canonical, sha256_hex
from apps.core.moments import to_ms
from apps.core.states import advance_each
from apps.core.tables import ask, marks
from apps.decisions.engine.document import references_of
from apps.decisions.engine.types import ProposedIntent
from apps.decisions.models import DecisionHead, DecisionRun, ProposedAction
from apps.decisions.services import seals
from apps.decisions.types import TRANSITIONS, RunStatus
from apps.market.services import citations

MAX_TRIES = 8
_RUNS, _HEADS = DecisionRun._meta.db_table, DecisionHead._meta.db_table
RECORD_V1 = "decision_record_v1"
RECORD_V2 = "decision_record_v2"
RECORD_V3 = "decision_record_v3"
SEALED_COLUMNS = (
    "schema",
    "engine_revision",
    "model",
    "parameters",
    "context",
    "context_digest",
    "section_digests",
    "context_max_knowable_at",
    "seen_at",
    "seen_mark_micros",
    "read_from",
    "prompt",
    "prompt_digest",
    "raw_answer",
    "answer_digest",
    "tokens_in_count",
    "tokens_cached_count",
    "tokens_out_count",
    "cost_micros",
    "latency_ms",
    "error_code",
    "error_detail",
    "decided_at",
    "lease_expires_at",
    "sequence",
    "previous_digest",
    "record_digest",
    "salt",
)
"""Every column that a finished run owes to its outcome or its place in the chain."""

ASKED_COLUMNS = ("is_isolated", "stop_micros", "trail_bps", "target_micros", "hold_ms")
"""Columns of an action that hold what it asks for beside its order."""


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
    """What the run's seal covers, in the form that was current when it was sealed (`run.schema`).

    The second form names every payload by its digest, so that it proves a decision to whoever may not read the prompt,
    and tells which rows the account was read from where whoever asked for the decision said so. The third names every
    payload, and the strategy, by a salted digest, which tells nothing of it to whoever may not read it.
    """
    document = {
        "schema": run.schema,
        "subject": run.subject,
        "sequence": run.sequence,
        "previous_digest": run.previous_digest,
        "prompt_key": run.prompt_key,
        "symbol": run.symbol,
        "slot_at_ms": to_ms(run.slot_at),
        "decided_at_ms": None if run.decided_at is None else to_ms(run.decided_at),
        "status": str(run.status),
        "error_code": run.error_code,
        "engine": run.engine,
        "engine_revision": run.engine_revision,
        "actions": [_action_document(action) for action in actions],
    }
    if run.schema == RECORD_V1:
        return {
            **document,
            "version_digest": run.version.digest,
            "context_digest": run.context_digest,
            "raw_answer": run.raw_answer,
        }
    return {
        **document,
        **_payloads(run),
        "wake_cause": str(run.wake_cause),
        "model": run.model,
        "parameters": _exact(run.parameters),
        # Named only where it was told: records from before it was keep their digests.
        **({"read_from": run.read_from} if run.read_from else {}),
    }


def _payloads(run: DecisionRun) -> dict[str, Any]:
    """How a record names what its run followed, saw, was asked and said."""
    if run.schema == RECORD_V2:
        names = ("context_digest", "prompt_digest", "answer_digest")
        return {"version_digest": run.version.digest, **{name: getattr(run, name) for name in names}}
    return {
        "run": run.public_id,
        "salt": seals.key_of(run.salt, seals.RECORD),
        "seals": seals.seals_of(run),
    }


def _action_document(action: ProposedAction) -> dict[str, Any]:
    return {
        "index": action.index,
        "kind": action.kind,
        "symbol": action.symbol,
        "side": action.side,
        "size_lots": action.size_lots,
        "notional_micros": action.notional_micros,
        "leverage": action.leverage,
        "reduce_only": action.reduce_only,
        "reason": action.reason,
        # Named only where asked for: records from before there were exits keep their digests.
        **{name: asked for name in ASKED_COLUMNS if (asked := getattr(action, name))},
    }


def _exact(value: Any) -> Any:
    """The value with its fractions as text: a canonical document has none, and a temperature is one."""
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, dict):
        return {name: _exact(item) for name, item in value.items()}
    return [_exact(item) for item in value] if isinstance(value, list | tuple) else value


def answer_digest(text: str) -> str:
    """SHA-256 of a raw answer as UTF-8; empty where there was none."""
    return sha256_hex(text.encode()) if text else ""


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
            **{name: getattr(intent.asked, name) for name in ASKED_COLUMNS},
        )
        for index, intent in enumerate(intents)
    ]


def _still_held(runs: Sequence[DecisionRun]) -> set[int]:
    """Lock the runs and return the keys of those whose status and lease epoch still stand."""
    keys = [run.pk for run in runs]
    lock = "FOR UPDATE" if connection.features.has_select_for_update else ""
    standing = f"SELECT id, status, lease_epoch FROM {_RUNS} WHERE id IN ({marks(keys)}) ORDER BY id {lock}"
    now = {key: (status, epoch) for key, status, epoch in ask(standing, keys)}
    return {run.pk for run in runs if now.get(run.pk) == (run.status, run.lease_epoch)}


def _last_link(subject: str) -> tuple[int, str]:
    """The sequence and digest of the subject's last link: as its head has it, or its newest sealed run where that is newer.

    Where the last runs were taken away, the head is the newer one: the next run follows it, and the gap stays for all to
    see. Where a worker that moves no heads has sealed a run, the run is.
    """
    newest = f"""SELECT * FROM (
        SELECT sequence, 0 AS is_head, record_digest FROM {_RUNS}
        WHERE subject = %s AND sequence IS NOT NULL ORDER BY sequence DESC LIMIT 1
    ) AS newest UNION ALL SELECT sequence, 1, digest FROM {_HEADS} WHERE subject = %s"""
    sequence, _, digest = max(ask(newest, [subject, subject]), default=(0, 0, ""))
    return sequence, digest


def _move_head(subject: str, link: tuple[int, str]) -> None:
    """Let the head name the link; whoever seals one link of a subject waits for whoever seals the one before."""
    heads = DecisionHead.objects.filter(subject=subject, sequence__lt=link[0])
    if not heads.update(sequence=link[0], digest=link[1]):
        DecisionHead.objects.create(subject=subject, sequence=link[0], digest=link[1])


def _seal_once(ended: Sequence[tuple[DecisionRun, Outcome]]) -> set[int]:
    with transaction.atomic():
        held = _still_held([run for run, _ in ended])
        mine = [(run, outcome) for run, outcome in ended if run.pk in held]
        if not mine:
            return held
        link = _last_link(mine[0][0].subject)
        actions: list[ProposedAction] = []
        sources: dict[str, list[DecisionRun]] = {}
        for run, outcome in mine:
            sources.setdefault(run.status, []).append(run)
            rows = _finish(run, outcome, link)
            link = (link[0] + 1, run.record_digest)
            actions += rows
        for source, runs in sources.items():
            advance_each(runs, source=source, table=TRANSITIONS, columns=SEALED_COLUMNS)
        _move_head(mine[0][0].subject, link)
        ProposedAction.objects.bulk_create(actions)
        citations.cite(name for run, _ in mine if run.context for name in references_of(run.context))
        return held


def _finish(run: DecisionRun, outcome: Outcome, last: tuple[int, str]) -> list[ProposedAction]:
    """Put the outcome and the next link of the chain on the run; its actions are not stored yet."""
    values: dict[str, Any] = {
        **outcome.columns,
        "schema": RECORD_V3,
        "salt": seals.new_salt(),
        "status": outcome.status,
        "error_code": outcome.code,
        "error_detail": outcome.detail[:400],
        "decided_at": outcome.decided_at,
        "lease_expires_at": None,
        "sequence": last[0] + 1,
        "previous_digest": last[1],
    }
    for name, value in values.items():
        setattr(run, name, value)
    run.answer_digest = answer_digest(run.raw_answer)
    run.section_digests = seals.sections_of(run.context)
    rows = _rows(run, outcome.actions)
    run.record_digest = record_digest(run, rows)
    return rows


def seal_runs(ended: Sequence[tuple[DecisionRun, Outcome]]) -> set[int]:
    """End runs of one subject for good and store their actions, all in one transaction.

    Returns the keys of the sealed ones; another worker has taken over the rest. Two that end runs of one
    subject together compete for the next link of the chain; the loser tries again.
    """
    before = [run.status for run, _ in ended]
    for attempt in range(MAX_TRIES):
        try:
            return _seal_once(ended)
        except Exception as error:
            for (run, _), status in zip(ended, before, strict=True):
                run.status = status
            if not isinstance(error, IntegrityError) or attempt == MAX_TRIES - 1:
                raise
    return set()


def seal_run(run: DecisionRun, outcome: Outcome) -> bool:
    """End one run as `seal_runs` does; False when another worker has taken it over."""
    return run.pk in seal_runs([(run, outcome)])
