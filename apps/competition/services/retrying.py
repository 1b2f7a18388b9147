"""Another audition after one that was failed or voided, with a grant that was not spent yet."""

from datetime import datetime
from typing import Any

from apps.competition.models import Audition
from apps.competition.services import auditions
from apps.competition.types import AuditionStatus
from apps.core.errors import Conflict, NotFound


def retry_owned(*, owner: Any, audition_public_id: str, now: datetime, rulebook_digest: str = "") -> Audition:
    """Start the next audition of the clone whose audition this was, which must be the owner's.

    Raises NotFound AUDITION_NOT_FOUND, Conflict AUDITION_PASSED, and as `auditions.submit_owned` does: AUDITION_EXISTS
    while it runs, RETRY_NOT_PAID where nothing unused is left.
    """
    found = Audition.objects.filter(public_id=audition_public_id, clone__owner=owner).select_related("clone")
    earlier = found.first()
    if earlier is None:
        raise NotFound("There is no such audition.", code="AUDITION_NOT_FOUND")
    if earlier.status == AuditionStatus.PASSED:
        raise Conflict("This audition was passed; there is nothing to repeat.", code="AUDITION_PASSED")
    return auditions.submit_owned(
        owner=owner,
        clone_public_id=earlier.clone.public_id,
        rulebook_digest=rulebook_digest,
        now=now,
    )
