"""Rulebooks: published under the digest of their document, and one of them offered to whoever buys an audition."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import TextChoices

from apps.competition import queries
from apps.competition.models import Rulebook
from apps.competition.types import Basis, Boundary, Drawdown, Outage, RulebookTerms
from apps.core.errors import Conflict, InvalidInput
from apps.core.json_strict import dumps_canonical, sha256_hex
from apps.operations import audit
from apps.operations.audit import Actor

BOUNDS: dict[str, tuple[int, int]] = {
    "window_minutes": (1, 60 * 24 * 90),
    "start_micros": (1_000_000, 10**15 - 1),
    "profit_target_bps": (1, 100_000),
    "max_loss_bps": (1, 10_000),
    "min_orders": (1, 100_000),
    "max_profit_share_bps": (1, 10_000),
    "max_price_age_ms": (1, 24 * 3_600_000),
    "daily_loss_bps": (0, 10_000),
    "day_boundary_minute": (0, 60 * 24 - 1),
}
CHOICES: dict[str, type[TextChoices]] = {
    "basis": Basis,
    "drawdown": Drawdown,
    "target_boundary": Boundary,
    "loss_boundary": Boundary,
    "outage": Outage,
}
VERSIONS = (1, 2)
MEANT_FIRST = RulebookTerms(outage=Outage.NONE, version=1)
"""What version 1 leaves no choice about."""
LONGEST_TITLE = 120
USUAL = Actor.system("competition.usual-rulebook")


def publish(*, terms: RulebookTerms, now: datetime) -> Rulebook:
    """Store the terms under their digest; the stored row where they exist.

    Raises `InvalidInput` RULEBOOK_INVALID for terms out of bounds, or of which the judge could not honour a word.
    """
    require_valid(terms)
    document = terms.document()
    rulebook, _ = Rulebook.objects.get_or_create(
        digest=sha256_hex(dumps_canonical(document)),
        defaults={"title": terms.title, "document": document, "published_at": now},
    )
    return rulebook


def publish_by(*, terms: RulebookTerms, reason: str, by: Actor, now: datetime) -> Rulebook:
    """Publish on a person's word, which is kept with the digest. Raises as `publish`."""
    with transaction.atomic():
        rulebook = publish(terms=terms, now=now)
        audit.record(
            verb="competition.rulebook.published",
            by=by,
            subject=f"rulebook:{rulebook.digest}",
            reason=reason,
            now=now,
        )
    return rulebook


def require_valid(terms: RulebookTerms) -> None:
    """Raise `InvalidInput` RULEBOOK_INVALID unless every word of the terms is one that the judge honours."""
    for name, (low, high) in BOUNDS.items():
        value = getattr(terms, name)
        if type(value) is not int or not low <= value <= high:
            raise _invalid(f"{name} must lie between {low} and {high}.")
    for name, known in CHOICES.items():
        if getattr(terms, name) not in known.values:
            raise _invalid(f"{name} must be one of {', '.join(known.values)}.")
    if not terms.title.strip() or len(terms.title) > LONGEST_TITLE:
        raise _invalid(f"A title has 1 to {LONGEST_TITLE} characters.")
    if terms.day_boundary_minute and not terms.daily_loss_bps:
        raise _invalid("A day needs a boundary only where its loss is limited.")
    if terms.version not in VERSIONS:
        raise _invalid("There are versions 1 and 2 of a rulebook's document.")
    if terms.version == 1:
        chosen = (*CHOICES, "daily_loss_bps")
        if any(getattr(terms, name) != getattr(MEANT_FIRST, name) for name in chosen):
            raise _invalid("Version 1 knows none of these choices.")


def _invalid(why: str) -> InvalidInput:
    return InvalidInput(why, code="RULEBOOK_INVALID")


@transaction.atomic
def offer(*, rulebook: Rulebook, reason: str, by: Actor, now: datetime) -> Rulebook:
    """Let new purchases pin this rulebook; what was bought before keeps its own. Offering it twice changes nothing.

    Raises InvalidInput without a reason, and `Conflict` STATE_CHANGED where another is being offered at this moment.
    """
    if not reason.strip():
        raise InvalidInput("Say why this rulebook is offered.", code="REASON_REQUIRED")
    if Rulebook.objects.filter(pk=rulebook.pk, is_offered=True).exists():
        rulebook.is_offered = True
        return rulebook
    before = queries.offered_rulebook()
    Rulebook.objects.filter(is_offered=True).update(is_offered=False)
    try:
        with transaction.atomic():
            Rulebook.objects.filter(pk=rulebook.pk).update(is_offered=True)
    except IntegrityError as taken:
        raise Conflict(
            "Another rulebook is being offered now.", code="STATE_CHANGED", retryable=True
        ) from taken
    rulebook.is_offered = True
    detail = {"digest": rulebook.digest, "before": before.digest if before else ""}
    audit.record(
        verb="competition.rulebook.offered",
        by=by,
        subject=f"rulebook:{rulebook.digest}",
        reason=reason,
        detail=detail,
        now=now,
    )
    return rulebook


def offered(*, now: datetime) -> Rulebook:
    """The rulebook that new purchases pin; the usual terms are published and offered where none is."""
    standing = queries.offered_rulebook()
    if standing is not None:
        return standing
    usual = publish(terms=RulebookTerms(), now=now)
    try:
        return offer(rulebook=usual, reason="the usual terms, for none were offered", by=USUAL, now=now)
    except Conflict:
        # Somebody offered one between the read and the write; what they offered counts.
        return queries.offered_rulebook() or usual
