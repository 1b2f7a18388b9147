"""The page that executes one decision again before everybody's eyes."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from apps.core.client_address import client_address, network_of
from apps.core.errors import NotFound
from apps.core.limits import RateLimited
from apps.operations import clock
from apps.web.compose.decision_proof import decision_proof
from apps.web.pages.doors import account_reader
from apps.web.pages.frame import show


@require_safe
def page(request: HttpRequest, run_id: str) -> HttpResponse:
    """One decision asked again; 404 where its account is not this reader's to see."""
    reader, network = account_reader(request), network_of(client_address(request))
    site = request.build_absolute_uri("/").rstrip("/")
    try:
        proof = decision_proof(run_id, reader=reader, network=network, now=clock.now())
    except NotFound as missing:
        raise Http404(missing.detail) from missing
    except RateLimited as limited:
        answer = show(request, "web/decision_busy.html", status=429, wait=limited.retry_after)
        answer["Retry-After"] = str(limited.retry_after)
        return answer
    answer = show(request, "web/decision.html", proof=proof, site=site)
    answer["Cache-Control"] = "no-store, private" if proof["is_private"] else "public, max-age=30"
    return answer
