"""What the public may see of a clone: its name while it is not hidden, and the address of its picture."""

from django.conf import settings

from apps.clones.models import Clone
from apps.clones.naming import HIDDEN_NAME
from apps.clones.types import CloneStatus

UNSEEN = (CloneStatus.HIDDEN, CloneStatus.DELETED)


def public_name(clone: Clone) -> str:
    """The name that pages show: a hidden clone's history stays and its name does not."""
    return HIDDEN_NAME if clone.status == CloneStatus.HIDDEN else clone.name


def image_url(digest: str) -> str | None:
    """Where the picture of this digest is, None for none; nothing is served there while its clone is hidden."""
    return f"{settings.MEDIA_ORIGIN}/media/clones/{digest}.webp" if digest else None


def is_image_in_use(digest: str) -> bool:
    """Whether any clone, hidden ones too, shows the picture of this digest: for who decides about it."""
    return bool(digest) and Clone.objects.filter(image_digest=digest).exists()


def is_public_image(digest: str) -> bool:
    """Whether a clone that is neither hidden nor deleted shows the picture of this digest."""
    if not digest:
        return False
    return Clone.objects.filter(image_digest=digest).exclude(status__in=UNSEEN).exists()
