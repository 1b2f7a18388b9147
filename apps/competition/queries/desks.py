"""What operators look through: auditions by what is the matter with them, and every published rulebook."""

from datetime import datetime

from django.db.models import Count, F, Q, QuerySet

from apps.competition.models import Audition, Rulebook
from apps.competition.queries.judgements import auditions
from apps.competition.types import AuditionStatus

VIEWS = ("running", "due", "deferred", "flagged", "passed", "failed", "voided")


def desk_auditions(view: str, *, now: datetime, search: str = "") -> QuerySet[Audition]:
    """The auditions of one view: those that run by their end, those that are over with the latest first.

    `search` is part of a clone's name, or an identifier of the audition, its clone or its account.
    """
    chosen = auditions().filter(_views(now)[view]).select_related("entitlement")
    if search:
        identified = Q(public_id=search) | Q(clone__public_id=search) | Q(account__public_id=search)
        chosen = chosen.filter(Q(clone__name__icontains=search) | identified)
    if view in (AuditionStatus.PASSED, AuditionStatus.FAILED, AuditionStatus.VOIDED):
        return chosen.order_by("-result_at", "-id")
    return chosen.order_by("ends_at", "id")


def count_desk(*, now: datetime) -> dict[str, int]:
    """How many auditions each view has; one read."""
    counts = {name: Count("pk", filter=condition) for name, condition in _views(now).items()}
    return Audition.objects.aggregate(**counts)


def list_rulebooks() -> QuerySet[Rulebook]:
    """Every published rulebook, the offered one first and then the latest, with `used`: how many auditions pin it."""
    return Rulebook.objects.annotate(used=Count("auditions")).order_by(F("is_offered").desc(), "-id")


def _views(now: datetime) -> dict[str, Q]:
    runs = Q(status=AuditionStatus.RUNNING)
    return {
        "running": runs,
        "due": runs & Q(ends_at__lte=now, flagged_at__isnull=True),
        "deferred": runs & ~Q(deferred_reason=""),
        "flagged": Q(flagged_at__isnull=False, status__in=(AuditionStatus.RUNNING, AuditionStatus.PASSED)),
        "passed": Q(status=AuditionStatus.PASSED),
        "failed": Q(status=AuditionStatus.FAILED),
        "voided": Q(status=AuditionStatus.VOIDED),
    }
