"""A clone's picture: drawn anew from what was uploaded, stored under its content's digest."""

from datetime import datetime

from django.db import transaction

from apps.clones.adapters import images
from apps.clones.models import Clone
from apps.clones.services.profiles import lock_profile
from apps.core import limits
from apps.core.errors import AdapterError, Conflict, DomainError, InvalidInput
from apps.operations import artifacts, audit

IMAGE_BYTES = 1_048_576
IMAGE_RATE = "20/hour"


def upload_image(*, clone: Clone, content: bytes, by: audit.Actor, now: datetime) -> Clone:
    """Count a picture that its owner sent, whichever way it came, and set it; raises RateLimited and as `set_image`."""
    limits.take("clones.image", str(clone.owner_id), rate=IMAGE_RATE)
    return set_image(clone=clone, content=content, by=by, now=now)


def set_image(*, clone: Clone, content: bytes, by: audit.Actor, now: datetime) -> Clone:
    """Give the clone a picture: a PNG or a JPEG of at most 1 MiB, cropped to a square of 512 and drawn anew.

    Nothing of the file is kept but its pixels. Raises DomainError IMAGE_TOO_LARGE (413), InvalidInput
    IMAGE_INVALID, Conflict CLONE_RETIRED, and DomainError IMAGES_UNAVAILABLE (503) when no picture can be read now.
    """
    digest = artifacts.put(_drawn(content))
    return _point_at(clone, digest, verb="clones.image.set", reason="", by=by, now=now)


def remove_image(*, clone: Clone, by: audit.Actor, now: datetime, reason: str = "") -> Clone:
    """Take the clone's picture away; raises Conflict IMAGE_NOT_SET when it has none, CLONE_RETIRED when it ended."""
    return _point_at(clone, "", verb="clones.image.removed", reason=reason, by=by, now=now)


def _drawn(content: bytes) -> bytes:
    if len(content) > IMAGE_BYTES:
        raise DomainError("A picture holds at most 1 MiB.", code="BODY_TOO_LARGE", status=413)
    try:
        return images.draw_anew(content)
    except images.NotAnImage as refused:
        raise InvalidInput(str(refused), code="IMAGE_INVALID") from refused
    except AdapterError as failed:
        raise DomainError(
            "Pictures cannot be read now; try again.", code="IMAGES_UNAVAILABLE", status=503, retryable=True
        ) from failed


@transaction.atomic
def _point_at(clone: Clone, digest: str, *, verb: str, reason: str, by: audit.Actor, now: datetime) -> Clone:
    locked = lock_profile(clone)
    if locked.image_digest == digest:
        if not digest:
            raise Conflict("This clone has no picture.", code="IMAGE_NOT_SET")
        return locked
    detail = {"before": locked.image_digest, "after": digest}
    locked.image_digest = digest
    locked.save(update_fields=["image_digest"])
    audit.record(verb=verb, by=by, subject=locked, reason=reason, detail=detail, now=now)
    return locked
