"""Clones with bought auditions whose accounts are marked by hand: a path of values, minute by minute."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import F

from apps.clones import services as clone_services
from apps.competition.models import Audition, Rulebook
from apps.competition.services import auditions, rulebooks
from apps.competition.types import RulebookTerms
from apps.operations.types import Actor
from apps.trading.models import AccountSnapshot, Order, PriceOutage, PropAccount
from apps.trading.types import OrderCause
from apps.users.models import User
from apps.users.services.accounts import create_user
from tests.trading import world

NOW, MINUTE = world.NOW, world.MINUTE
PERCENT = world.START // 100
BY = Actor.system("tests.trials")


def person(name: str) -> User:
    """A signed-up user of that name."""
    found = User.objects.filter(username=name).first()
    return found or create_user(username=name, by=BY, now=NOW)


def rulebook(**changes: Any) -> Rulebook:
    """A published rulebook; `changes` are terms that differ from the usual ones."""
    return rulebooks.publish(terms=RulebookTerms(**{"title": "Trial", **changes}), now=NOW)


def granted(clone: Any, *, source: str = "purchase:1", digest: str = "", **fields: Any) -> Any:
    """A grant that buys an audition; with a `digest` it promises that rulebook, as a purchase does."""
    terms = {"tier": "starter", "model_strength": "light", "is_mock": False, **fields}
    return clone_services.grant_entitlement(
        clone=clone, source=source, terms_digest=digest, by=BY, now=NOW, **terms
    )


def begun(name: str = "Ada", *, number: int = 1, **changes: Any) -> Audition:
    """A running audition of a clone of its own, bought under a rulebook with these terms."""
    clone = world.make_clone(name)
    granted(clone, source=f"purchase:{number}", digest=rulebook(**changes).digest)
    return auditions.submit(clone=clone, by=BY, now=NOW)


def mark(
    audition: Audition, percent: int, *, minutes: int, orders: int = 5, balance: int | None = None
) -> datetime:
    """Value the audition's account at so many percent above or below the start; returns the moment.

    `orders` is how many it has executed by then: those that are missing were executed at this moment.
    """
    at = NOW + minutes * MINUTE
    account = PropAccount.objects.get(pk=audition.account_id)
    execute(account, orders - account.executed_count, at=at)
    equity = world.START + percent * PERCENT
    cash = equity if balance is None else world.START + balance * PERCENT
    AccountSnapshot.objects.create(
        account=account,
        at=at,
        cash_micros=cash,
        unrealized_micros=equity - cash,
        equity_micros=equity,
        maintenance_micros=0,
    )
    PropAccount.objects.filter(pk=account.pk).update(
        equity_micros=equity,
        low_micros=min(account.low_micros, equity),
        peak_micros=max(account.peak_micros, equity),
        last_marked_at=at,
        last_snapshot_at=at,
    )
    return at


def execute(account: PropAccount, count: int, *, at: datetime) -> None:
    """So many more orders that a decision asked for; they leave no position behind."""
    if count <= 0:
        return
    run = world.propose_action(account, "hold", now=at).run
    actions = [run.actions.get(), *(world.add_action(run, "hold", index=index) for index in range(1, count))]
    first = account.order_sequence + 1
    Order.objects.bulk_create(
        Order(
            account=account,
            sequence=sequence,
            action=action,
            cause=OrderCause.ACTION,
            asset=world.make_asset("BTC"),
            symbol="BTC",
            side=1,
            size_lots=1,
            placed_at=at,
        )
        for sequence, action in enumerate(actions, start=first)
    )
    PropAccount.objects.filter(pk=account.pk).update(
        executed_count=F("executed_count") + count, order_sequence=F("order_sequence") + count
    )


def silence(began: int, ended: int | None, *, symbol: str = "BTC") -> PriceOutage:
    """A time in minutes after NOW during which an asset had no usable price; open where it has no end."""
    return PriceOutage.objects.create(
        asset=world.make_asset(symbol),
        symbol=symbol,
        code="PRICE_STALE",
        began_at=NOW + began * MINUTE,
        ended_at=None if ended is None else NOW + ended * MINUTE,
    )


def fresh(audition: Audition) -> Audition:
    """The audition as the database has it now, with what a judgement reads beside it."""
    rows = Audition.objects.select_related("account", "rulebook", "clone", "entitlement")
    return rows.get(pk=audition.pk)


def minutes(count: int) -> datetime:
    """So many minutes after NOW."""
    return NOW + timedelta(minutes=count)
