"""One's payments: each with its state, and what to do with money that bought nothing or comes back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.clones.types import DESCRIPTION_LENGTH, NAME_LENGTH
from apps.core.errors import DomainError
from apps.economy.queries import own
from apps.economy.queries.payments import get_payment
from apps.economy.services import chains, claims, refunds
from apps.operations import clock
from apps.web.compose.payment import payment_panel
from apps.web.compose.payments import payments_page
from apps.web.compose.prices import prices
from apps.web.compose.refunds import find_refund
from apps.web.compose.rulebook import offered_rulebook
from apps.web.pages.answers import as_notice
from apps.web.pages.buying import offer
from apps.web.pages.doors import person, signed_in
from apps.web.pages.frame import show
from apps.web.pages.owned import actor, missing_is_404

HERE = "/my/payments"


@require_safe
@signed_in
def page(request: HttpRequest) -> HttpResponse:
    """Every payment, newest first."""
    listed = payments_page(person(request), now=clock.real_now())
    return show(request, "web/my/payments.html", section="my", page=listed)


@require_safe
@signed_in
@missing_is_404
def payment(request: HttpRequest, quote_id: str) -> HttpResponse:
    """One payment: its price, the way to pay it, and how it stands."""
    user, now = person(request), clock.real_now()
    panel = payment_panel(get_payment(user=user, quote_id=quote_id, now=now), user=user, now=now)
    return show(request, "web/my/payment.html", section="my", payment=panel)


@require_safe
@signed_in
@missing_is_404
def refund(request: HttpRequest, refund_id: str) -> HttpResponse:
    """One refund, and the transaction that fetches it."""
    shown = find_refund(person(request), refund_id)
    return show(request, "web/my/refund.html", section="my", refund=shown)


@require_POST
@signed_in
@as_notice(back=HERE)
@missing_is_404
def renew(request: HttpRequest, refund_id: str) -> HttpResponse:
    """Have a refund signed anew that was not withdrawn in time."""
    expired = own.get_own_refund(person(request), refund_id)
    fresh = refunds.owner_renew(refund=expired, by=actor(request), now=clock.real_now())
    messages.success(request, "Signed anew. It waits in the vault for your wallet.")
    return redirect("my-refund", fresh.public_id)


@require_POST
@signed_in
@as_notice(back=HERE)
@missing_is_404
def ask(request: HttpRequest, deposit_id: str) -> HttpResponse:
    """Ask for money back that bought nothing, or that was paid beyond the price."""
    user = person(request)
    asked = refunds.owner_ask(
        deposit=own.get_own_deposit(user, deposit_id),
        cause=request.POST.get("cause", ""),
        reason="asked for by its payer",
        by=actor(request),
        now=clock.real_now(),
    )
    messages.success(request, "Asked. A second person looks at it; it shows here when it is signed.")
    return redirect("my-refund", asked.public_id)


@require_POST
@signed_in
@as_notice(back=HERE)
@missing_is_404
def claim(request: HttpRequest, deposit_id: str) -> HttpResponse:
    """Let a payment that bought nothing pay one's own offer."""
    made = claims.claim(
        user=person(request),
        deposit_public_id=deposit_id,
        quote_public_id=request.POST.get("quote", ""),
        by=actor(request),
        now=clock.real_now(),
    )
    messages.success(request, "It counts: the audition is paid.")
    return redirect("my-clone-audition", made.clone.public_id)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new_clone(request: HttpRequest) -> HttpResponse:
    """An offer for a clone that the payment makes, with its first audition."""
    sent = {name: request.POST.get(name, "") for name in ("name", "description", "choice")}
    error = None
    if request.method == "POST":
        try:
            made = offer(request, clone_name=sent["name"], clone_description=sent["description"])
            return redirect("my-payment", made.public_id)
        except DomainError as refused:
            error = refused
    page = {
        "prices": prices(chosen=sent["choice"]),
        "rulebook": {**offered_rulebook(), "why": "offered now, and pinned when you buy"},
        "payments_on": bool(chains.offered()),
        "name_length": NAME_LENGTH,
        "description_length": DESCRIPTION_LENGTH,
    }
    form = {**sent, "error": error.detail if error else ""}
    status = error.status if error else 200
    return show(request, "web/my/new_clone.html", section="my", page=page, form=form, status=status)
