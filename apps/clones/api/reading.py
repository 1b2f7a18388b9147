"""What every clones route reads of a request: who asks, a body of known fields, and the draft it was made for."""

import re
from typing import Any, cast

from django.contrib.auth.models import AbstractUser
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from apps.clones.models import Draft
from apps.clones.services.strategies import DraftConflict
from apps.core.errors import DomainError

_TAG = re.compile(r'(?:W/)?"r([1-9][0-9]{0,8})"', re.ASCII)
_MEANING = 'The ETag of the draft that was read, as in `"r3"`; `*` for whatever stands there now.'
IF_MATCH = OpenApiParameter("If-Match", str, "header", required=True, description=_MEANING)
IF_MATCH_OPTIONAL = OpenApiParameter("If-Match", str, "header", description=_MEANING)
ETAG = OpenApiParameter("ETag", str, "header", response=[200], description="The draft's revision.")


class IfMatchRequired(DomainError):
    """A draft is only overwritten by who says which one was read."""

    status = 428
    code = "IF_MATCH_REQUIRED"


def owner_of(request: Request) -> AbstractUser:
    """The signed-in caller."""
    return cast(AbstractUser, request.user)


def body_of(serializer: Any) -> dict[str, Any]:
    """The validated body; raises ValidationError."""
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def etag_of(draft: Draft) -> dict[str, str]:
    """The header that names the draft's revision."""
    return {"ETag": f'"r{draft.revision}"'}


def expected_revision(request: Request, *, required: bool = True) -> int | None:
    """The revision that If-Match names, None for any; raises IfMatchRequired, or DraftConflict for no ETag of ours.

    A tag that a proxy weakened when it compressed the answer counts: it names the revision, not the bytes.
    """
    sent = request.headers.get("If-Match")
    if sent is None:
        if required:
            raise IfMatchRequired("Send If-Match with the ETag of the draft that you read.")
        return None
    if sent.strip() == "*":
        return None
    found = _TAG.fullmatch(sent.strip())
    if found is None:
        raise DraftConflict('If-Match names no draft; it looks like "r3".')
    return int(found[1])
