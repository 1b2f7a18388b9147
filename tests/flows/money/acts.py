"""What people, operators and workers do in a flow, by the doorways that they use."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from rest_framework.test import APIClient

from apps.clones import services as clone_services
from apps.clones.models import Clone
from apps.competition.models import ArenaMembership, Audition, PromotionEntry, RefundAuthorisation
from apps.competition.services import auditions, evaluating, promotion, refunds, rulebooks
from apps.competition.types import AuditionStatus, RulebookTerms
from apps.economy.models import Deposit, Finding, LedgerBook, Purchase, Quote, Refund
from apps.market import queries as market
from apps.market.services import backfill, sources
from apps.operations import clock, queue
from apps.operations.audit import Actor
from apps.operations.cadence import run_once
from apps.operations.invariants import registered
from apps.trading.models import PropAccount
from apps.trading.services import execution, marking, schedule
from apps.users.services.accounts import create_user, link_wallet
from tests.trading.kills.forks import Tell

ASSETS = ("BTC", "ETH", "SOL")
BY = Actor.system("tests.flows")
BAR = timedelta(minutes=15)
OPERATORS = ("first-operator", "second-operator")
PATIENCE_SECONDS = 20
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def terms(*, hours: int, target_bps: int) -> RulebookTerms:
    """An audition over recorded quarters of an hour."""
    return RulebookTerms(
        title=f"Recorded candles: {hours} hours, {target_bps} basis points",
        window_minutes=hours * 60,
        profit_target_bps=target_bps,
        max_loss_bps=2000,
        min_orders=3,
        max_profit_share_bps=10_000,
        max_price_age_ms=30 * 60_000,
    )


def prepare(recording: str, wallet: str) -> None:
    """Prices of a recording, a person with the wallet, and two operators."""
    choice = sources.select(wanted="replay", recording=recording, seed=0, now=EPOCH, symbols=ASSETS)
    assert choice.span_start is not None
    assert choice.span_end is not None
    backfill.backfill(start=choice.span_start, end=choice.span_end)
    player = create_user(username="payer", by=BY, now=clock.real_now())
    link_wallet(user=player, address=wallet, chain_id=6343, by=BY, now=clock.real_now())
    for name in OPERATORS:
        create_user(username=name, by=BY, now=clock.real_now())


def offer(wanted: RulebookTerms, now: datetime) -> None:
    """What is bought from now on is an audition under these terms."""
    show_time(now)
    rulebook = rulebooks.publish(terms=wanted, now=now)
    rulebooks.offer(rulebook=rulebook, reason="The flow asks for it", by=_operator(0), now=now)


def post(path: str, body: dict[str, Any], key: str = "") -> Any:
    """The answer of the API to the person, who waits where the process that worked on the same request has died."""
    headers = {"Idempotency-Key": key} if key else {}
    give_up = time.monotonic() + PATIENCE_SECONDS
    while True:
        answer = _client().post(f"/api/v1/{path}", body, format="json", headers=headers)
        if answer.status_code != 409 or answer.json()["code"] != "IDEMPOTENCY_IN_PROGRESS":
            return answer
        assert time.monotonic() < give_up, answer.json()
        time.sleep(0.2)


def get(path: str) -> Any:
    """The answer of the API to the person."""
    return _client().get(f"/api/v1/{path}")


def quote(tell: Tell, *, key: str, clone: str = "") -> None:
    """Ask for an offer: for a clone that is named, or for a new one."""
    for_whom = {"cloneId": clone} if clone else {"createClone": {"name": "Candle Reader"}}
    answer = post("economy/audition-fee/quote", {**WANTED, **for_whom}, key)
    assert answer.status_code == 201, answer.json()
    tell(quote=answer.json())


def work(*cadences: str) -> None:
    """The workers of the money path, once."""
    for name in cadences:
        outcome = run_once(name, force=True)
        assert outcome.status == "succeeded", outcome


def submit(tell: Tell, *, quote: dict[str, Any], tx: str, key: str) -> None:
    """Say that an offer was paid."""
    for_whom = (
        {"cloneId": quote["cloneId"]} if quote["cloneId"] else {"createClone": {"name": quote["cloneName"]}}
    )
    body = {**WANTED, **for_whom, "depositNonce": quote["depositNonce"], "txHash": tx}
    answer = post("economy/audition-fee/submit", body, key)
    tell(status=answer.status_code, answer=answer.json())


def build(clone_id: str, now: datetime) -> None:
    """Draw the strategy of the clone that was bought, and publish it."""
    clone = Clone.objects.get(public_id=clone_id)
    player = Actor.user(clone.owner)
    if clone.versions.exists():
        return
    clone_services.save_draft(clone=clone, document=strategy(), by=player, now=now)
    clone_services.publish(clone=clone, by=player, now=now)


def strategy() -> dict[str, Any]:
    """One bold prompt that follows the trend of three assets, every quarter of an hour."""
    prompt = {
        "id": "prompt",
        "kind": "trading_prompt",
        "name": "trend",
        "engine": "rules",
        "strategy": "trend",
        "cadenceMinutes": 15,
        "behaviour": "bold",
    }
    nodes: list[dict[str, Any]] = [{"id": "prices", "kind": "data_stream", "stream": "mark_price"}, prompt]
    edges = []
    for symbol in ASSETS:
        nodes.append({"id": symbol.lower(), "kind": "asset", "symbol": symbol})
        edges.append({"from": "prices", "to": symbol.lower()})
        edges.append({"from": symbol.lower(), "to": "prompt"})
    return {"nodes": nodes, "edges": edges}


def audition(tell: Tell, *, clone_id: str, now: datetime) -> None:
    """Begin an audition."""
    show_time(now)
    answer = post("lifecycle/auditions", {"cloneId": clone_id})
    tell(status=answer.status_code, answer=answer.json())


def trade(tell: Tell, *, since: datetime, until: datetime) -> None:
    """Every worker of the arena at the end of each recorded quarter of an hour, while the audition runs.

    Each finished moment is told, so that who takes over after a kill goes on at the moment that was under way.
    """
    work("operations.relay-outbox", "decisions.sweep-stuck-runs")
    now = since
    while now < until and is_running():
        step(now)
        now += BAR
        tell(moment=now.isoformat())
    latest = Audition.objects.order_by("-id").first()
    assert latest is not None
    tell(audition=latest.status, reason=latest.reason)


def step(now: datetime) -> None:
    """Every worker that moves an audition, once."""
    show_time(now)
    schedule.enqueue_due(now=now, limit=100)
    queue.drain()
    board = market.MarketBoard(now)
    execution.execute_pending(now=now, limit=100, board=board)
    marking.mark_open_accounts(now=now, limit=100, board=board)
    evaluating.evaluate_due(now=now, limit=100)


def is_running() -> bool:
    """Whether an audition is under way."""
    return Audition.objects.filter(status=AuditionStatus.RUNNING).exists()


def admit(now: datetime) -> None:
    """One look at the queue and the Arena's slots."""
    promotion.run_arena(now=now, limit=100)


def void(now: datetime) -> None:
    """An operator ends the running audition without a verdict."""
    running = Audition.objects.filter(status=AuditionStatus.RUNNING).first()
    if running is not None:
        auditions.void(
            audition=running, reason="The price feed of the venue was wrong", by=_operator(0), now=now
        )


def authorise(now: datetime) -> None:
    """Another operator lets the fee be given back."""
    waiting = RefundAuthorisation.objects.filter(status="waiting").first()
    if waiting is not None:
        refunds.authorise(authorisation=waiting, reason="The audition was voided", by=_operator(1), now=now)


def refund(tell: Tell) -> None:
    """What the person's wallet is to send to fetch the latest refund."""
    answer = get("economy/refunds")
    tell(withdrawal=answer.json()["items"][0]["withdrawal"])


def state(tell: Tell) -> None:
    """What there is now, without names and numbers that are drawn anew in each run."""
    broken = {item.key: found for item in registered() if (found := item.check())}
    tell(
        state={
            "auditions": list(Audition.objects.order_by("id").values_list("status", "reason")),
            "queue": list(PromotionEntry.objects.values_list("sequence", "status")),
            "slots": list(
                ArenaMembership.objects.filter(ended_at=None).values_list("slot_number", flat=True)
            ),
            "purchases": list(Purchase.objects.order_by("id").values_list("status", flat=True)),
            "deposits": list(Deposit.objects.order_by("id").values_list("status", "unmatched_reason")),
            "quotes": sorted(Quote.objects.values_list("status", flat=True)),
            "refunds": list(Refund.objects.order_by("id").values_list("cause", "status")),
            "grants": [
                [grant.tier, grant.is_mock, grant.consumed_at is not None, grant.revoked_at is not None]
                for clone in Clone.objects.order_by("id")
                for grant in clone.entitlements.order_by("id")
            ],
            "books": {book.name: str(book.balance_wei) for book in LedgerBook.objects.all()},
            "equities": list(
                PropAccount.objects.filter(purpose="audition")
                .order_by("id")
                .values_list("cash_micros", flat=True)
            ),
            "findings": list(Finding.objects.filter(closed_at=None).values_list("kind", flat=True)),
        },
        broken=broken,
    )


def show_time(now: datetime) -> None:
    """The market clock stands at `now`."""
    clock.set_anchor(real_now=clock.real_now(), market_at=now, speed=0.001)


def _client() -> APIClient:
    from django.contrib.auth import get_user_model

    client = APIClient()
    client.force_authenticate(get_user_model().objects.get(username="payer"))
    return client


def _operator(number: int) -> Actor:
    from django.contrib.auth import get_user_model

    return Actor.user(get_user_model().objects.get(username=OPERATORS[number]))


WANTED: dict[str, Any] = {"tier": "starter", "assetCapacity": 3, "modelStrength": "light"}
