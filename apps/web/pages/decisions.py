"""A clone's decisions for its owner: the list, one taken apart, and one that is only tried."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.errors import DomainError, NotFound
from apps.operations import clock
from apps.trading.services.dry_run import DryRun, dry_run
from apps.trading.types import DryAccount
from apps.web.compose import explorer, trial
from apps.web.pages.owned import own_clone, show_own


@require_safe
@own_clone
def page(request: HttpRequest, clone: Any) -> HttpResponse:
    """The decisions of the clone, as filtered."""
    listed = explorer.decision_list(clone, explorer.Wanted.of(request.GET.dict()))
    return show_own(request, "web/my/decisions.html", clone, tab="decisions", page=listed)


@require_safe
@own_clone
def decision(request: HttpRequest, clone: Any, run_id: str) -> HttpResponse:
    """One decision, whole."""
    shown = explorer.decision_page(clone, run_id)
    return show_own(request, "web/my/decision.html", clone, tab="decisions", run=shown)


@require_http_methods(["GET", "HEAD", "POST"])
@own_clone
def try_out(request: HttpRequest, clone: Any) -> HttpResponse:
    """What can be tried of the draft or a version, and by POST what it would decide now."""
    number = _number(request.POST.get("version", "") or request.GET.get("version", ""))
    choices = trial.choices(clone, number)
    tried = error = None
    if request.method == "POST":
        try:
            tried = trial.trial(clone, _tried(request, clone, number))
        except NotFound:
            raise
        except DomainError as refused:
            error = refused
    context = {"choices": choices, "tried": tried, "error": error.detail if error else ""}
    status = error.status if error else 200
    answer = show_own(request, "web/my/try.html", clone, tab="build", status=status, **context)
    return _saying_when(answer, error)


def _saying_when(answer: HttpResponse, error: DomainError | None) -> HttpResponse:
    wait = getattr(error, "retry_after", None)
    if wait is not None:
        answer["Retry-After"] = str(wait)
    return answer


def _tried(request: HttpRequest, clone: Any, number: int | None) -> DryRun:
    key, _, symbol = request.POST.get("what", "").partition(":")
    live = request.POST.get("account") == DryAccount.LIVE
    return dry_run(
        clone=clone,
        now=clock.now(),
        version=number,
        prompt_key=key or None,
        symbol=symbol or None,
        account=DryAccount.LIVE if live else DryAccount.FRESH,
    )


def _number(sent: str) -> int | None:
    return int(sent) if sent.isascii() and sent.isdigit() and 0 < len(sent) < 10 else None
