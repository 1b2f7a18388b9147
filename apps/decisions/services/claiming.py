"""Takes runs for one worker: a new slot is inserted as claimed, a known one by compare-and-set."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import F

from apps.core.errors import IllegalTransition
from apps.core.states import advance
from apps.core.tables import Table, marks, moment
from apps.decisions.models import DecisionRun
from apps.decisions.services.asking import find_prompt
from apps.decisions.services.putting_back import MAX_CLAIMS
from apps.decisions.types import TRANSITIONS, DueSlot, RunHeld, RunStatus
from apps.operations.audit import Actor

if TYPE_CHECKING:
    from apps.clones.models import StrategyVersion

LEASE = timedelta(seconds=30)
SLOT_CADENCES = 2
_RUNS = Table(DecisionRun)


def claim_runs(
    *,
    subject: str,
    version: StrategyVersion,
    slots: Sequence[DueSlot],
    now: datetime,
    real_now: datetime,
    by: Actor,
) -> tuple[dict[DueSlot, DecisionRun], dict[DueSlot, DecisionRun]]:
    """The runs of these slots: those this worker has now, and those that are finished or another's.

    A run that exists keeps the version it was queued with.
    """
    known = _known(subject, slots)
    fresh = {
        slot: _claimed_row(subject, version, slot, now=now, real_now=real_now, by=by)
        for slot in slots
        if slot not in known
    }
    claimed = _insert(fresh)
    others = {**known, **_known(subject, [slot for slot in fresh if slot not in claimed])}
    for slot, run in others.items():
        if run.version_id == version.pk:
            run.version = version
        if not run.is_finished and _claim(run, real_now):
            claimed[slot] = run
    return claimed, {slot: run for slot, run in others.items() if slot not in claimed}


def finished_elsewhere(run: DecisionRun) -> DecisionRun:
    """The run as another worker finished it; raises RunHeld while it has not."""
    if not run.is_finished:
        run.refresh_from_db()
    if not run.is_finished:
        until = run.lease_expires_at if run.lease_epoch < MAX_CLAIMS else None
        raise RunHeld("Another worker holds this decision; ask again later.", until=until)
    return run


def _known(subject: str, slots: Sequence[DueSlot]) -> dict[DueSlot, DecisionRun]:
    if not slots:
        return {}
    keys, symbols = {slot.prompt_key for slot in slots}, {slot.symbol for slot in slots}
    moments = {moment(slot.slot_at) for slot in slots}
    rows = _RUNS.fetch(
        f"WHERE subject = %s AND prompt_key IN ({marks(keys)}) AND symbol IN ({marks(symbols)})"
        f" AND slot_at IN ({marks(moments)})",
        [subject, *keys, *symbols, *moments],
    )
    found = {DueSlot(run.prompt_key, run.symbol, run.slot_at): run for run in rows}
    return {slot: found[slot] for slot in slots if slot in found}


def _claimed_row(
    subject: str, version: StrategyVersion, slot: DueSlot, *, now: datetime, real_now: datetime, by: Actor
) -> DecisionRun:
    prompt = find_prompt(version, slot.prompt_key, slot.symbol)
    cadence = timedelta(minutes=prompt.cadence_minutes if prompt else 1)
    return DecisionRun(
        subject=subject,
        prompt_key=slot.prompt_key,
        symbol=slot.symbol,
        slot_at=slot.slot_at,
        version=version,
        slot_ends_at=slot.slot_at + SLOT_CADENCES * cadence,
        engine=prompt.engine if prompt else "",
        requested_by=str(by.label)[:120],
        created_at=now,
        status=RunStatus.RUNNING,
        lease_epoch=1,
        lease_expires_at=real_now + LEASE,
    )


def _insert(fresh: dict[DueSlot, DecisionRun]) -> dict[DueSlot, DecisionRun]:
    """Insert the rows and return those that are ours: one run a slot is the table's constraint, so an
    insert is a claim that only one worker can make.
    """
    try:
        with transaction.atomic():
            DecisionRun.objects.bulk_create(fresh.values())
        return dict(fresh)
    except IntegrityError:
        # Another worker has one of the slots, which undid them all: each by itself.
        return {slot: run for slot, run in fresh.items() if _insert_one(run)}


def _insert_one(run: DecisionRun) -> bool:
    try:
        with transaction.atomic():
            run.save(force_insert=True)
    except IntegrityError:
        return False
    return True


def _claim(run: DecisionRun, real_now: datetime) -> bool:
    """Take the run for this worker by compare-and-set; False when somebody else has it."""
    lease: dict[str, Any] = {"lease_epoch": F("lease_epoch") + 1, "lease_expires_at": real_now + LEASE}
    if run.status == RunStatus.QUEUED:
        seen_epoch = run.lease_epoch
        try:
            advance(run, to=RunStatus.RUNNING, table=TRANSITIONS, **lease)
        except IllegalTransition:
            return False
        if run.lease_epoch != seen_epoch + 1:
            # Others had it since it was read, and may have left an answer that was paid for.
            _reread(run)
        return True
    if run.lease_expires_at is None or run.lease_expires_at > real_now or run.lease_epoch >= MAX_CLAIMS:
        return False
    held = DecisionRun.objects.filter(pk=run.pk, status=RunStatus.RUNNING, lease_epoch=run.lease_epoch)
    taken = bool(held.update(**lease))
    run.refresh_from_db()
    return taken


def _reread(run: DecisionRun) -> None:
    """Every column anew; the version, which no run changes, stays as it was loaded."""
    version = run.version
    run.refresh_from_db()
    run.version = version
