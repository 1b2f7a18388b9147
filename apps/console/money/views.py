"""The doors of the money desk; every act is a dialog of a row's own admin page."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from apps.console.money import figures
from apps.console.money.books import books_page
from apps.console.money.deposit import deposit_page
from apps.economy.queries import desk
from apps.operations import clock

may_look = permission_required("economy.view_deposit", raise_exception=True)


def _shown(request: HttpRequest, here: str, title: str, found: dict[str, Any]) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": title, "tabs": figures.tabs(here), **found}
    return TemplateResponse(request, f"admin/money/{here}.html", context)


def _page(
    here: str, title: str, read: Callable[..., dict[str, Any]]
) -> Callable[[HttpRequest], HttpResponse]:
    @require_safe
    @may_look
    def page(request: HttpRequest) -> HttpResponse:
        return _shown(request, here, title, read(request, now=clock.real_now()))

    return page


overview = _page("overview", "Money", figures.overview)
payments = _page("payments", "Payments", figures.payments)
refunds = _page("refunds", "Refunds", figures.refunds)
reconciling = _page("reconciling", "Reconciliation", figures.reconciling)


@require_safe
@may_look
def books(request: HttpRequest) -> HttpResponse:
    """What each book of a chain holds, and its journal."""
    return _shown(request, "books", "Books", books_page(request))


@require_safe
@may_look
def deposit(request: HttpRequest, public_id: str) -> HttpResponse:
    """One payment, at the moment of asking."""
    row = desk.deposits().filter(public_id=public_id).first()
    if row is None:
        raise Http404("There is no such payment.")
    found = deposit_page(row, request, now=clock.real_now())
    return _shown(request, "deposit", f"Payment {row.public_id}", found)
