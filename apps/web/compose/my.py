"""A player's own clones as cards: what each is, where it stands, how it trades, and what to do next."""

from datetime import datetime
from typing import Any

from django.conf import settings

from apps.clones import queries as clones
from apps.clones.naming import NAME_LENGTH
from apps.clones.queries.strategies import active_strategies
from apps.clones.types import ENDED, CloneOverview, CloneStatus, ModelStrength, Tier
from apps.competition import queries as competition
from apps.competition.types import LifecycleState
from apps.trading import queries as trading
from apps.trading.types import OPEN_STATUSES, AccountStatus, LeaderboardRow
from apps.web import curves, formats
from apps.web.compose import lifecycle
from apps.web.compose.arena import identity
from apps.web.compose.auditions import terms

MOST_CARDS = 60
SPARK_POINTS = 48
PURPOSES = {"audition": "on audition", "arena": "in the Arena", "demonstration": "in a demonstration"}


def my_clones(owner: Any, *, now: datetime) -> dict[str, Any]:
    """The owner's clones, newest first, and how many more may be made for nothing."""
    listed = list(clones.list_clones(owner=owner)[:MOST_CARDS])
    states = competition.lifecycle_states(listed)
    strategies = active_strategies([clone.pk for clone in listed])
    open_accounts = _open_accounts(owner)
    cards = [
        _card(
            clone,
            view,
            state=states[clone.pk],
            assets=list(strategies[clone.pk].active_assets) if clone.pk in strategies else [],
            account=open_accounts.get(clone.pk),
            now=now,
        )
        for clone, view in zip(listed, clones.overviews(listed), strict=True)
    ]
    used, allowed = clones.count_free_clones(owner), settings.FREE_CLONES_PER_USER
    return {
        "cards": cards,
        "count": len(cards),
        "free_text": f"{used} of {allowed} free clones in use",
        "is_full": used >= allowed,
        "name_length": NAME_LENGTH,
    }


def _open_accounts(owner: Any) -> dict[int, tuple[str, LeaderboardRow]]:
    """The latest open account of each clone, by the clone's key: its purpose and its figures."""
    accounts = {one.clone_id: one for one in trading.list_accounts(owner=owner, statuses=OPEN_STATUSES)}
    rows = {row.account_id: row for row in trading.leaderboard_rows([one.pk for one in accounts.values()])}
    return {key: (account.purpose, rows[account.pk]) for key, account in accounts.items()}


def _card(
    clone: Any,
    view: CloneOverview,
    *,
    state: LifecycleState,
    assets: list[str],
    account: tuple[str, LeaderboardRow] | None,
    now: datetime,
) -> dict[str, Any]:
    may_audition = state in lifecycle.MAY_AUDITION and clones.usable_entitlement(clone) is not None
    untouched = view.active_version is None and clones.get_draft(clone).revision <= 1
    steps = lifecycle.next_steps(
        public_id=view.public_id,
        state=state,
        is_published=view.active_version is not None,
        is_touched=not untouched,
        may_audition=may_audition,
    )
    return {
        **identity(view.public_id, view.name),
        "id": view.public_id,
        "home": f"/my/clones/{view.public_id}",
        "image": clones.image_url(view.image_digest) or "",
        "chips": _chips(view, state),
        "facts": _facts(view, now=now),
        "assets": assets,
        "trade": _trade(*account) if account else None,
        "note": lifecycle.note(state=state, is_mock=view.is_mock, may_audition=may_audition),
        "steps": [{"title": step.title, "url": step.url} for step in steps],
        "is_published": view.active_version is not None,
        "is_over": view.status in ENDED,
        "is_public": view.status != CloneStatus.HIDDEN,
    }


def _chips(view: CloneOverview, state: LifecycleState) -> list[dict[str, str]]:
    text, tone = lifecycle.CHIPS[state]
    chips = [{"text": text, "tone": tone}]
    if view.status == CloneStatus.HIDDEN:
        chips.append({"text": "Hidden by operators", "tone": "warn"})
    if view.is_frozen:
        chips.append({"text": "Frozen: entitlement withdrawn", "tone": "down"})
    return chips


def _facts(view: CloneOverview, *, now: datetime) -> str:
    version = f"Strategy v{view.active_version}" if view.active_version else "Not published"
    tier = Tier(view.tier).label if view.tier else "no entitlement"
    strength = f"{ModelStrength(view.model_strength).label.lower()} model" if view.model_strength else ""
    made = f"made {formats.ago(now - view.created_at)}"
    return " · ".join(part for part in (version, f"{tier}, {strength}" if strength else tier, made) if part)


def _trade(purpose: str, row: LeaderboardRow) -> dict[str, Any]:
    series = trading.equity_series(row.account_id, limit=SPARK_POINTS)
    spark = curves.sparkline([point.equity_micros for point in series])
    profit = row.equity_micros - row.starting_micros
    return {
        "where": PURPOSES.get(purpose, purpose)
        + ("" if row.status == AccountStatus.ACTIVE else f", {row.status}"),
        "equity": formats.dollars(row.equity_micros),
        "return": formats.percent(row.return_bps),
        "profit": formats.signed_dollars(profit),
        "tone": formats.tone(profit),
        "orders": f"{row.executed_orders:,} orders, {row.open_positions} open",
        "spark": spark,
        "area": curves.area(spark),
    }


def one_clone(clone: Any) -> dict[str, Any]:
    """A clone as the pages about one act on it show it."""
    version = clones.active_version(clone)
    return {
        **identity(clone.public_id, clone.name),
        "id": clone.public_id,
        "home": f"/my/clones/{clone.public_id}",
        "image": clones.image_url(clone.image_digest) or "",
        "version": version.number if version else None,
        "is_held": clones.has_open_hold(clone),
        "may_audition": clones.usable_entitlement(clone) is not None,
        "terms": terms(),
        "name_length": NAME_LENGTH,
    }
