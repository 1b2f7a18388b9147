"""The page of one clone."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from apps.core.errors import NotFound
from apps.operations import clock
from apps.web.compose.clone import clone_page
from apps.web.pages.doors import account_reader
from apps.web.pages.frame import show


@require_safe
def page(request: HttpRequest, public_id: str) -> HttpResponse:
    """One clone on one of its accounts (the latest that one may read unless `?account=` names another)."""
    account_id, reader = request.GET.get("account") or None, account_reader(request)
    try:
        clone = clone_page(public_id=public_id, account_id=account_id, reader=reader, now=clock.now())
    except NotFound as missing:
        raise Http404(missing.detail) from missing
    return show(request, "web/clone.html", clone=clone)
