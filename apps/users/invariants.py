"""What must always hold of sign-in."""

from django.db.models import Count, Exists, F, OuterRef, Q

from apps.operations.invariants import invariant
from apps.users.models import Challenge, RefreshToken, Session
from apps.users.services.proofs import SKEW

_LIVE = Q(rotated_at__isnull=True, revoked_at__isnull=True)


@invariant(
    "I-30",
    "One live refresh token per session, none in an ended one, and a challenge is used once and in time",
)
def one_live_token_per_session() -> list[str]:
    """Name sessions with two live tokens or an ended one with any, chains with holes, and misused challenges."""
    live = Count("refresh_tokens", filter=Q(refresh_tokens__rotated_at=None, refresh_tokens__revoked_at=None))
    twice = Session.objects.annotate(live=live).filter(live__gt=1)
    found = [f"session {row.public_id} has {row.live} live refresh tokens" for row in twice.iterator()]
    ended = RefreshToken.objects.filter(_LIVE, session__ended_at__isnull=False).select_related("session")
    found += [f"ended session {row.session.public_id} has a live refresh token" for row in ended.iterator()]
    found += _chains_with_holes()
    # Two servers' clocks may differ by SKEW: one may issue what the other uses a moment "before".
    early = Q(consumed_at__lt=F("issued_at") - SKEW)
    late = Challenge.objects.filter(early | Q(consumed_at__gte=F("expires_at")))
    found += [f"challenge {row.pk} was used outside its time" for row in late.iterator()]
    return found


def _chains_with_holes() -> list[str]:
    """A rotated token without its successor would have signed its holder out: the two are written together."""
    child = RefreshToken.objects.filter(session=OuterRef("session"), sequence=OuterRef("sequence") + 1)
    rotated = RefreshToken.objects.filter(rotated_at__isnull=False, session__ended_at__isnull=True)
    alone = rotated.filter(~Exists(child)).select_related("session")
    return [
        f"session {row.session.public_id} lost the successor of token {row.sequence}"
        for row in alone.iterator()
    ]
