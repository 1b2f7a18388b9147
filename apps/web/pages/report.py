"""Reporting a clone's public profile, signed in or not."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from apps.clones import queries, services
from apps.core.client_address import client_address, network_of
from apps.core.errors import DomainError, NotFound
from apps.operations import clock
from apps.web.forms.report import ReportForm

SENT = "Thank you. An operator will look at it."


@require_POST
def file(request: HttpRequest, public_id: str) -> HttpResponse:
    """Pass a report on to the operators, and say what became of it on the clone's page."""
    form = ReportForm(request.POST)
    try:
        clone = queries.get_public_clone(public_id)
        if form.is_valid():
            reporter = request.user if request.user.is_authenticated else None
            visitor = network_of(client_address(request))
            services.file_report(
                clone=clone, reporter=reporter, network=visitor, now=clock.now(), **form.cleaned_data
            )
            messages.success(request, SENT)
        else:
            messages.error(request, " ".join(str(text) for texts in form.errors.values() for text in texts))
    except NotFound as missing:
        raise Http404(missing.detail) from missing
    except DomainError as error:
        messages.error(request, error.detail)
    return redirect("clone", public_id)
