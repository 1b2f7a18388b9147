"""The door of an account's page; its acts are dialogs of the account's admin page."""

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from apps.console.accounts.figures import account_page
from apps.operations import clock
from apps.trading import queries as trading


@require_safe
@permission_required("trading.view_propaccount", raise_exception=True)
def page(request: HttpRequest, public_id: str) -> HttpResponse:
    """One account, at the moment of asking."""
    account = trading.find_account(public_id)
    if account is None:
        raise Http404("There is no such account.")
    found = account_page(account, request, now=clock.now())
    context = {**admin.site.each_context(request), "title": f"Account of {account.clone.name}", **found}
    return TemplateResponse(request, "admin/account.html", context)
