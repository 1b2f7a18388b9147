"""Auditions in the console, and what an operator can do about one."""

from datetime import datetime

from django.contrib import admin

from apps.competition.models import Audition
from apps.competition.services import auditions, evaluating
from apps.competition.types import AuditionStatus
from apps.operations.admin_kit import OperatorAdmin, Warned, operator_action
from apps.operations.audit import Actor


@admin.register(Audition)
class AuditionAdmin(OperatorAdmin):
    """Auditions running, passed, failed and voided."""

    list_display = (
        "clone",
        "status",
        "reason",
        "deferred_reason",
        "started_at",
        "ends_at",
        "result_at",
    )
    list_filter = ("status", "rulebook")
    list_select_related = ("clone",)
    search_fields = ("public_id", "clone__name", "clone__public_id")
    actions_detail = ("evaluate_now", "void")

    @operator_action(
        description="Judge now",
        permission="competition.change_audition",
        verb="competition.audition.evaluate-asked",
        icon="gavel",
    )
    def evaluate_now(self, audition: Audition, *, reason: str, by: Actor, now: datetime) -> str:
        """It is looked at as the worker does every ten seconds: it ends only where the rulebook says so."""
        verdict = evaluating.evaluate(audition=audition, now=now, by=by)
        if verdict.status != AuditionStatus.RUNNING:
            return f"It {verdict.status}: {verdict.reason}."
        because = verdict.figures.get("deferredBecause", verdict.reason)
        return Warned(f"It runs on{f': {because}' if because else ', nothing is decided yet'}.")

    @operator_action(
        description="Void",
        permission="competition.delete_audition",
        verb="competition.audition.void-asked",
        icon="block",
        irreversible=True,
    )
    def void(self, audition: Audition, *, reason: str, by: Actor, now: datetime) -> str:
        """It ends at once without a result and its account is closed. What was paid for it is asked back, for a second
        person to authorise; its player may read the reason."""
        auditions.void(audition=audition, reason=reason, by=by, now=now)
        return f"The audition of {audition.clone.name} is void."
