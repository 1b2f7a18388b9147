"""Turning a refused act into what the asker can read: a problem for a script, a notice for a person."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from apps.core.api.problems import problem_handler
from apps.core.errors import DomainError

View = Callable[..., HttpResponse]


def as_problem(view: View) -> View:
    """For addresses that a page's script asks: the refusal as problem+json, like the API's."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except DomainError as error:
            return problem_handler(error, {"request": request}) or HttpResponse(status=error.status)

    return guarded


def as_notice(*, back: str) -> Callable[[View], View]:
    """For forms of one button: the refusal as a notice on the page at `back`."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                return view(request, *args, **kwargs)
            except DomainError as error:
                messages.error(request, error.detail)
                return HttpResponseRedirect(back)

        return guarded

    return decorate
