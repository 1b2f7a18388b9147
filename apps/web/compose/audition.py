"""One's own clone on its way from a published strategy through payment and audition to the Arena."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from apps.clones import graph
from apps.clones import queries as clones
from apps.clones.types import ENDED, ModelStrength, Tier
from apps.competition import queries as competition
from apps.competition.types import AuditionStatus, LifecycleState, RefundDecision, RulebookTerms
from apps.economy.queries import own
from apps.economy.queries.payments import Payment, PaymentState, list_payments
from apps.economy.queries.purchases import find_purchase_of_entitlement
from apps.economy.services import chains, orders
from apps.economy.types import LIVE_REFUNDS
from apps.trading.queries import Reader
from apps.web import formats, words
from apps.web.compose import verdict
from apps.web.compose.payment import GONE, GONE_FOR, LATE_FOR, payment_panel
from apps.web.compose.prices import prices
from apps.web.compose.queue import place_of
from apps.web.compose.refunds import refunds_of
from apps.web.compose.rulebook import BPS, find_rulebook, offered_rulebook

UNDER_WAY = frozenset({PaymentState.OPEN, PaymentState.CONFIRMING, PaymentState.SETTLING})
LIFTED = GONE | {PaymentState.OPEN}
"""What does not keep from choosing anew."""
AFTER_IT = frozenset({LifecycleState.COMPETITION_ELIGIBLE, LifecycleState.COMPETING})
STEPS = ("Strategy", "Payment", "Audition", "Queue", "Arena")


def audition_page(clone: Any, *, user: Any, anew: bool, now: datetime, real_now: datetime) -> dict[str, Any]:
    """The page at market time `now`: where the clone stands, what comes next, and under which rules.

    With `anew` the prices are shown although an unpaid offer stands, or a payment has left the chain.
    """
    state = competition.lifecycle_state(clone)
    audition = verdict.find_audition(clone)
    version, grant = clones.active_version(clone), clones.usable_entitlement(clone)
    payments = list_payments(user=user, clone=clone, now=real_now)
    under_way = _under_way(payments, anew=anew, now=real_now)
    stage = _stage(clone, state, grant=grant, payment=under_way)
    return {
        "id": clone.public_id,
        "name": clone.name,
        "stage": stage,
        "version": version.number if version else None,
        "is_again": audition is not None,
        "steps": _steps(stage, state, audition, is_published=version is not None, is_paid=grant is not None),
        "rulebook": _rulebook(stage, grant, audition),
        "trial": verdict.trial(audition, now=now, reader=Reader(user_id=user.pk))
        if audition is not None
        else None,
        "refund": _refund(audition, user) if audition is not None else None,
        "payment": payment_panel(under_way, user=user, now=real_now)
        if stage == "paying" and under_way
        else None,
        "grant": _grant(grant, payments) if stage == "ready" else None,
        "prices": prices(least=_least_tier(version)) if stage == "buy" else None,
        "payments_on": bool(chains.offered()),
        "uses": _uses(version),
        "caution": _caution(version, stage, grant),
        "place": place_of(clone, now=now) if state == LifecycleState.COMPETITION_ELIGIBLE else None,
        "others": _others(payments, user),
        "ran_out": _ran_out(payments, now=real_now) if stage == "buy" else "",
        "is_live": stage == "running",
        "urls": {
            "quote": reverse("my-clone-quote", args=[clone.public_id]),
            "publish": reverse("my-clone-publish", args=[clone.public_id]),
            "build": reverse("my-clone-build", args=[clone.public_id]),
            "public": f"/clones/{clone.public_id}",
        },
    }


def _under_way(payments: list[Payment], *, anew: bool, now: datetime) -> Payment | None:
    """The payment that the page follows: one that can still come through, newest first.

    One that left the chain keeps from buying only while nothing newer was offered: what is lost must not bar a clone.
    """
    for place, one in enumerate(payments):
        if anew and one.state in LIFTED:
            continue
        if one.state == PaymentState.OPEN and orders.deposit(one) is None:
            continue
        lasts = one.state == PaymentState.REVERSED or now - one.expires_at <= GONE_FOR
        if one.state in UNDER_WAY or (one.state in GONE and place == 0 and lasts):
            return one
    return None


def _stage(clone: Any, state: str, *, grant: Any, payment: Payment | None) -> str:
    """What the page is about; one word that the template knows."""
    if clone.status in ENDED:
        return "retired"
    if state == LifecycleState.AUDITION_RUNNING:
        return "running"
    if state in AFTER_IT:
        return "passed"
    if clones.has_open_hold(clone):
        return "held"
    if grant is not None:
        return "ready"
    if payment is not None:
        return "paying"
    return "buy" if chains.offered() else "off"


def _rulebook(stage: str, grant: Any, audition: Any | None) -> dict[str, Any]:
    """The rules that count now: those of the audition, those that were bought, else those on offer."""
    if stage in {"running", "passed"} and audition is not None:
        return {**find_rulebook(audition.rulebook.digest), "why": "its audition runs under this, to the end"}
    if grant is not None and grant.terms_digest:
        return {**find_rulebook(grant.terms_digest), "why": "pinned when it was bought"}
    return {**offered_rulebook(), "why": "offered now, and pinned when you buy"}


def _grant(grant: Any, payments: list[Payment]) -> dict[str, Any]:
    """The unused entitlement that an audition would spend, with the payment behind it."""
    payment = next((one for one in payments if one.entitlement_id == grant.pk), None)
    deposit = payment.deposit if payment else None
    return {
        "tier": Tier(grant.tier).label,
        "strength": ModelStrength(grant.model_strength).label,
        "granted": formats.moment(grant.granted_at),
        "price": formats.eth(payment.fee_wei) if payment else "",
        "purchase": payment.purchase_id if payment else "",
        "url": reverse("my-payment", args=[payment.quote_id]) if payment else "",
        "tx": deposit.tx_hash if deposit else "",
        "tx_short": formats.short_hash(deposit.tx_hash) if deposit and deposit.tx_hash else "",
        "network": words.network(payment.chain_id) if payment else "",
    }


def _refund(audition: Any, user: Any) -> dict[str, Any] | None:
    """What comes back for a voided audition; None for any other, and where nothing was paid."""
    if audition.status != AuditionStatus.VOIDED:
        return None
    purchase = find_purchase_of_entitlement(audition.entitlement_id)
    if purchase is None:
        return None
    asked = competition.list_refunds(owner=user).filter(entitlement=audition.entitlement_id).first()
    decision = asked.status if asked else ""
    return {
        "paid": formats.eth(purchase.fee_wei),
        "text": REFUND_TEXTS[decision],
        "lines": refunds_of(user, purchase.deposit_id),
    }


REFUND_TEXTS = {
    "": "Operators can give the fee of a voided audition back. It takes two of them; nothing was asked yet.",
    RefundDecision.WAITING: "Giving the fee back was asked for. A second operator looks at it now.",
    RefundDecision.AUTHORISED: "The fee goes back to the wallet that paid it.",
    RefundDecision.DENIED: "Giving the fee back was refused.",
}


def _others(payments: list[Payment], user: Any) -> list[dict[str, Any]]:
    """Payments for the clone that bought nothing and of which nothing was asked back yet."""
    wanting = [one for one in payments if one.state == PaymentState.UNMATCHED and one.deposit is not None]
    if not wanting:
        return []
    live = own.list_own_refunds(user).filter(status__in=LIVE_REFUNDS)
    asked = set(live.values_list("deposit__public_id", flat=True))
    return [
        {"url": reverse("my-payment", args=[one.quote_id]), "amount": formats.eth(one.deposit.amount_wei)}
        for one in wanting
        if one.deposit is not None and one.deposit.public_id not in asked
    ]


def _ran_out(payments: list[Payment], *, now: datetime) -> str:
    """The page of the latest offer where it has just run out; empty otherwise."""
    latest = payments[0] if payments else None
    if latest is None or latest.state != PaymentState.EXPIRED or now - latest.expires_at > LATE_FOR:
        return ""
    return reverse("my-payment", args=[latest.quote_id])


def _caution(version: Any | None, stage: str, grant: Any) -> str:
    """What the published strategy cannot do under the rules that count; "" where nothing stands against it."""
    if version is None or stage not in {"ready", "buy"}:
        return ""
    pinned = (
        competition.find_rulebook(grant.terms_digest) if grant is not None and grant.terms_digest else None
    )
    ruling = pinned or competition.offered_rulebook()
    terms = RulebookTerms() if ruling is None else RulebookTerms.from_document(ruling.document)
    assets = clones.compiled(version).active_assets
    if len(assets) > 1 or terms.max_profit_share_bps >= BPS:
        return ""
    most = terms.max_profit_share_bps // 100
    return (
        f"It trades {assets[0]} alone, and at most {most} % of the profit may come from one asset: like this it cannot "
        "pass. Add a second asset and publish again."
    )


def _uses(version: Any | None) -> str:
    if version is None:
        return ""
    count = len(clones.compiled(version).active_assets)
    return f"{count} asset{'' if count == 1 else 's'}"


def _least_tier(version: Any | None) -> str:
    """The smallest tier that allows what is published; any where nothing is."""
    if version is None:
        return Tier.STARTER.value
    strategy = clones.compiled(version)
    fitting = (tier for tier in Tier.values if not graph.exceeded(strategy, tier=tier))
    return next(fitting, Tier.PRO.value)


def _steps(
    stage: str, state: str, audition: Any | None, *, is_published: bool, is_paid: bool
) -> list[dict[str, str]]:
    """The way with what is done, what is going on, and what is to come."""
    reached = {
        "running": 2,
        "passed": 4 if state == LifecycleState.COMPETING else 3,
        "ready": 2 if is_published else 0,
        "paying": 1,
        "retired": 5,
    }.get(stage, 1 if is_published else 0)
    done = {
        0: is_published,
        1: is_paid or stage in {"running", "passed"},
        2: stage == "passed",
        3: reached > 3,
    }
    notes = _step_notes(stage, audition, is_published=is_published, is_paid=is_paid)
    return [
        {
            "title": title,
            "note": notes.get(place, ""),
            "state": "done" if done.get(place) else "now" if place == reached else "next",
        }
        for place, title in enumerate(STEPS)
    ]


def _step_notes(stage: str, audition: Any | None, *, is_published: bool, is_paid: bool) -> dict[int, str]:
    tried = {"failed": "last one failed", "voided": "last one voided"}
    return {
        0: "published" if is_published else "not published",
        1: "paid" if is_paid or stage in {"running", "passed"} else "under way" if stage == "paying" else "",
        2: {"running": "running", "passed": "passed"}.get(
            stage, tried.get(audition.status, "") if audition else ""
        ),
    }
