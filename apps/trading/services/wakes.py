"""Early decisions: an account whose prompt asks for it decides when a price moves, an exit is hit, a market appears."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

from apps.clones import queries as clones
from apps.clones.graph.types import CompiledPrompt, Wakes
from apps.clones.types import ENDED
from apps.core.moments import from_ms
from apps.decisions import queries as decisions
from apps.decisions.services.early import Standing, ask_early, count_early, decision_standings
from apps.decisions.types import WakeCause
from apps.exchange.types import Quote
from apps.market.queries import MarketBoard, newly_linked
from apps.operations.types import Actor, Report
from apps.trading.models import Order, PropAccount
from apps.trading.services.schedule import hand_out
from apps.trading.types import TRADABLE_STATUSES, OrderCause

FRESH = timedelta(seconds=60)
"""An event that is older wakes nobody: after a pause there is no burst of what went by."""
SOON = timedelta(seconds=30)
"""A decision on time that is due within this makes an early one unnecessary."""
LEAST_GAP = timedelta(seconds=60)
CADENCE_SHARE = 4
DAY = timedelta(days=1)
MOST_A_DAY = 24
MOST_A_TICK = 500
EXITS = (
    OrderCause.STOP,
    OrderCause.TARGET,
    OrderCause.TRAILING,
    OrderCause.TIME_EXIT,
    OrderCause.LIQUIDATION,
    OrderCause.BACKSTOP,
    OrderCause.DRAWDOWN,
)
_ACTOR = Actor.system("trading.wake-early")


@dataclass(frozen=True, slots=True)
class Watch:
    """One asset of one prompt of one account that may be woken."""

    account: PropAccount
    prompt: CompiledPrompt
    symbol: str

    @property
    def key(self) -> tuple[str, str, str]:
        """Its name among decisions."""
        return self.account.public_id, self.prompt.key, self.symbol

    @property
    def cadence(self) -> timedelta:
        """The time between its decisions."""
        return timedelta(minutes=self.prompt.cadence_minutes)


@dataclass(frozen=True, slots=True)
class News:
    """What happened lately: prices and new markets by symbol, exits by account and symbol."""

    quotes: Mapping[str, Quote]
    exits: Mapping[tuple[int, str], datetime]
    markets: Mapping[str, datetime]


def wake_early(*, now: datetime, limit: int | None = None) -> Report:
    """Ask for one early decision of every prompt and asset that something happened to since it decided last.

    Nothing is read beyond one index where no prompt asks for it. At most one in a quarter of the cadence (and in a
    minute) for a prompt and asset, 24 in a day for an account, both counted from decisions.
    """
    watches = _watches()
    if not watches:
        return Report()
    standings = _standings(watches, now)
    news = _news(watches, now)
    woken: list[tuple[Watch, WakeCause, datetime]] = []
    for watch in watches:
        standing = standings.get(watch.key)
        if standing is not None and may_wake(standing, cadence=watch.cadence, now=now):
            event = cause_of(watch, standing, news, now=now)
            if event is not None:
                woken.append((watch, *event))
    done = 0
    errors: list[str] = []
    for watch, cause, at in woken[: limit or MOST_A_TICK]:
        try:
            done += _wake(watch, cause, slot_at=at.replace(microsecond=0), now=now)
        except Exception as error:  # one bad account never stops the others
            errors.append(f"account {watch.account.pk}: {type(error).__name__}: {error}"[:300])
    skipped = len(woken) - done - len(errors)
    return Report(
        seen=len(watches), done=done, skipped=skipped, failed=len(errors), errors=tuple(errors[:20])
    )


def may_wake(standing: Standing, *, cadence: timedelta, now: datetime) -> bool:
    """Whether a prompt may decide about an asset early now: not beside another decision, and not too often."""
    slot_at = decisions.slot_start(now, cadence)
    is_due = slot_at + cadence - now <= SOON or (standing.slot_at < slot_at and now - slot_at <= SOON)
    gap = max(cadence / CADENCE_SHARE, LEAST_GAP)
    is_often = standing.early_at is not None and now - standing.early_at < gap
    return not (standing.is_open or is_due or is_often)


def cause_of(
    watch: Watch, standing: Standing, news: News, *, now: datetime
) -> tuple[WakeCause, datetime] | None:
    """Why this one is to decide early and when that happened, None where it is not."""
    wakes, symbol = watch.prompt.wakes, watch.symbol
    quote = news.quotes.get(symbol)
    moments = {
        WakeCause.STOP_HIT: news.exits.get((watch.account.pk, symbol)) if wakes.stop_hit else None,
        WakeCause.PRICE_MOVE: _moved_at(quote, standing, wakes) if quote else None,
        WakeCause.NEW_MARKET: news.markets.get(symbol) if wakes.new_market else None,
    }
    for cause, at in moments.items():
        if at is not None and standing.seen_at < at <= now and now - at <= FRESH:
            return cause, at
    return None


def _moved_at(quote: Quote, standing: Standing, wakes: Wakes) -> datetime | None:
    """The moment of the price where it is far enough from what the last decision saw; a held back price is none."""
    moved = abs(quote.mark_micros - standing.mark_micros) * 10_000
    far = wakes.price_move_bps and moved >= wakes.price_move_bps * standing.mark_micros
    return from_ms(quote.at_ms) if far and not quote.fault else None


def _watches() -> list[Watch]:
    strategies = clones.waking_strategies()
    if not strategies:
        return []
    accounts = PropAccount.objects.filter(clone_id__in=list(strategies), status__in=TRADABLE_STATUSES)
    accounts = accounts.exclude(clone__status__in=ENDED)
    return [
        Watch(account, prompt, symbol)
        for account in accounts.select_related("clone").order_by("pk")
        for prompt in strategies[account.clone_id].waking_prompts
        for symbol in prompt.assets
    ]


def _standings(watches: Iterable[Watch], now: datetime) -> dict[tuple[str, str, str], Standing]:
    """Where the watched decisions stand; of each cadence only the last slots are read."""
    subjects: dict[timedelta, set[str]] = {}
    for watch in watches:
        subjects.setdefault(watch.cadence, set()).add(watch.account.public_id)
    found: dict[tuple[str, str, str], Standing] = {}
    for cadence, names in sorted(subjects.items()):
        found |= decision_standings(subjects=names, since=now - 2 * cadence - FRESH)
    return found


def _news(watches: Iterable[Watch], now: datetime) -> News:
    """All that may wake any of them, read for all at once."""
    since = now - FRESH
    moving = {watch.symbol for watch in watches if watch.prompt.wakes.price_move_bps}
    stopping = {watch.account.pk for watch in watches if watch.prompt.wakes.stop_hit}
    betting = {watch.symbol for watch in watches if watch.prompt.wakes.new_market}
    quotes = MarketBoard(now).quotes(moving) if moving else {}
    exits = {}
    if stopping:
        fired = Order.objects.filter(
            account_id__in=stopping, placed_at__gt=since, placed_at__lte=now, cause__in=EXITS
        )
        rows = fired.order_by().values_list("account_id", "symbol").annotate(Max("placed_at"))
        exits = {(account, symbol): at for account, symbol, at in rows}
    return News(quotes, exits, newly_linked(betting, since=since, until=now) if betting else {})


@transaction.atomic
def _wake(watch: Watch, cause: WakeCause, *, slot_at: datetime, now: datetime) -> bool:
    """Queue the decision and its cycle; the account's lock makes two who saw the same count one after the other."""
    mine = PropAccount.objects.select_for_update().filter(pk=watch.account.pk, status__in=TRADABLE_STATUSES)
    version = clones.active_version(watch.account.clone)
    if mine.first() is None or version is None:
        return False
    subject = watch.account.public_id
    standing = decision_standings(subjects=[subject], since=now - 2 * watch.cadence - FRESH).get(watch.key)
    if standing is None or not may_wake(standing, cadence=watch.cadence, now=now):
        return False
    if count_early(subjects=[subject], since=now - DAY).get(subject, 0) >= MOST_A_DAY:
        return False
    asked = ask_early(
        subject=subject,
        version=version,
        prompt_key=watch.prompt.key,
        engine=watch.prompt.engine,
        symbol=watch.symbol,
        slot_at=slot_at,
        cause=cause,
        now=now,
        by=_ACTOR,
    )
    if asked:
        hand_out(account_id=watch.account.pk, prompt=watch.prompt, slot_at=slot_at, symbol=watch.symbol)
    return asked
