"""Gives a claimed run back to the queue: because its worker vanished, or because nobody can be asked yet."""

from __future__ import annotations

from django.db import transaction

from apps.core.errors import IllegalTransition
from apps.core.states import advance
from apps.decisions.models import DecisionRun
from apps.decisions.types import TRANSITIONS, RunStatus
from apps.operations.queue import NotYet

MAX_CLAIMS = 3
"""How often a run is claimed at most, whatever became of the workers that did."""


class AskLater(NotYet):
    """The provider is left in peace; the run is queued again, and may be asked for from then on."""


@transaction.atomic
def put_back(run: DecisionRun) -> bool:
    """Queue the run again; False where it was claimed anew, or its lease was moved for another call, since it was read."""
    lease = {"lease_epoch": run.lease_epoch, "lease_expires_at": run.lease_expires_at}
    if DecisionRun.objects.select_for_update().filter(pk=run.pk, **lease).first() is None:
        return False
    try:
        advance(run, to=RunStatus.QUEUED, table=TRANSITIONS, lease_expires_at=None)
    except IllegalTransition:
        return False
    return True
