"""The page of one prop account."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from apps.core.errors import NotFound
from apps.operations import clock
from apps.web.compose.trading_account import account_page
from apps.web.pages.doors import account_reader
from apps.web.pages.frame import show


@require_safe
def page(request: HttpRequest, public_id: str) -> HttpResponse:
    """One account as this person may see it; in no cache where it is not everybody's."""
    reader = account_reader(request)
    try:
        account = account_page(public_id=public_id, reader=reader, now=clock.now())
    except NotFound as missing:
        raise Http404(missing.detail) from missing
    site = request.build_absolute_uri("/").rstrip("/")
    answer = show(request, "web/trading_account.html", account=account, site=site)
    if account["exits"] is not None:
        answer["Cache-Control"] = "no-store, private"
    return answer
