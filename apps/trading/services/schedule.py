"""Finding whose decisions are due, and handing them to the workers."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from apps.clones import queries as clones
from apps.clones.graph.types import CompiledPrompt
from apps.clones.types import ENDED
from apps.decisions import queries as decisions
from apps.decisions.engine.registry import is_paid
from apps.operations import failpoints, queue
from apps.operations.types import Report
from apps.trading.models import PropAccount
from apps.trading.types import TRADABLE_STATUSES

CYCLE_TASK = "trading.run-account-cycle"
MODEL_TASK = "trading.decide-by-model"
"""Work of its own workers: a model may think for a minute, and nothing else waits behind it."""
IDLE_RECHECK = timedelta(minutes=1)
"""How long an account whose clone has nothing to decide is left alone (market time)."""


def enqueue_due(*, now: datetime, limit: int | None = None) -> Report:
    """Enqueue the cycles of every account and prompt whose current slot has not been handed out, longest due first.

    Looks at no more than `limit` (default 200) accounts and only at those that are due. Slots that went by
    are skipped, never caught up: the newest slot alone is decided.
    """
    waiting = PropAccount.objects.filter(status__in=TRADABLE_STATUSES).filter(
        Q(next_decision_at__isnull=True) | Q(next_decision_at__lte=now)
    )
    due = list(waiting.select_related("clone").order_by("next_decision_at", "pk")[: limit or 200])
    done = skipped = 0
    errors: list[str] = []
    for account in due:
        try:
            handed = enqueue_account(account=account, now=now)
        except Exception as error:  # one bad account never stops the others
            errors.append(f"account {account.pk}: {type(error).__name__}: {error}"[:300])
            continue
        done += handed
        skipped += 0 if handed else 1
    return Report(seen=len(due), done=done, skipped=skipped, failed=len(errors), errors=tuple(errors[:20]))


def enqueue_account(*, account: PropAccount, now: datetime) -> int:
    """Hand out the due slots of one account and move its due time in one transaction; returns how many."""
    version = None if account.clone.status in ENDED else clones.active_version(account.clone)
    prompts = clones.compiled(version).enabled_prompts if version is not None else ()
    since = account.next_decision_at
    slots: list[tuple[CompiledPrompt, datetime]] = []
    upcoming: list[datetime] = []
    for prompt in prompts:
        cadence = timedelta(minutes=prompt.cadence_minutes)
        slot_at = decisions.slot_start(now, cadence)
        upcoming.append(slot_at + cadence)
        if since is None or slot_at >= since:
            slots.append((prompt, slot_at))
    failpoints.reach("trading.before-enqueue")
    with transaction.atomic():
        unclaimed = Q(next_decision_at__isnull=True) if since is None else Q(next_decision_at=since)
        mine = PropAccount.objects.filter(unclaimed, pk=account.pk, status__in=TRADABLE_STATUSES)
        if not mine.update(next_decision_at=min(upcoming, default=now + IDLE_RECHECK)):
            return 0
        for prompt, slot_at in slots:
            hand_out(account_id=account.pk, prompt=prompt, slot_at=slot_at)
    failpoints.reach("trading.after-enqueue")
    return len(slots)


def hand_out(
    *, account_id: int, prompt: CompiledPrompt, slot_at: datetime, symbol: str | None = None
) -> None:
    """Queue the decisions of one slot of a prompt, once: of an early one about `symbol`, else about all its assets.

    Those of a paid engine are rows of their own for workers of their own, so that a slow answer holds itself alone.
    """
    at = f"{slot_at:%Y%m%dT%H%M%S}"
    args = {"account_id": account_id, "prompt_key": prompt.key, "slot_at": slot_at.isoformat()}
    if is_paid(prompt.engine):
        for name in prompt.assets if symbol is None else [symbol]:
            key = f"model:{account_id}:{prompt.key}:{name}:{at}"
            queue.enqueue(MODEL_TASK, dedupe_key=key, **args, symbol=name)
    elif symbol is None:
        queue.enqueue(CYCLE_TASK, dedupe_key=f"cycle:{account_id}:{prompt.key}:{at}", **args)
    else:
        queue.enqueue(
            CYCLE_TASK, dedupe_key=f"wake:{account_id}:{prompt.key}:{symbol}:{at}", **args, symbol=symbol
        )
