"""A player's own clones as cards: what each is, where it stands, how it trades, and what to do next."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from apps.clones import queries as clones
from apps.clones.queries.strategies import active_strategies
from apps.clones.types import ENDED, NAME_LENGTH, CloneOverview, CloneStatus, ModelStrength, Tier
from apps.competition import queries as competition
from apps.competition.types import AuditionStatus, AuditionView, LifecycleState, Standing
from apps.trading import queries as trading
from apps.trading.types import OPEN_STATUSES, LeaderboardRow
from apps.web import curves, formats, links, words
from apps.web.compose import lifecycle
from apps.web.compose.arena import audition_row, identity

MOST_CARDS = 60
MOST_AUDITIONS = 200
SPARK_POINTS = 48


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is known of one clone beside its own row."""

    state: LifecycleState
    assets: list[str]
    account: LeaderboardRow | None
    audition: AuditionView | None
    standing: Standing | None
    may_audition: bool


def my_clones(owner: Any, *, now: datetime) -> dict[str, Any]:
    """The owner's clones, newest first, and how many more may be made for nothing."""
    listed = list(clones.list_clones(owner=owner)[:MOST_CARDS])
    views = clones.overviews(listed)
    facts = _facts_of(owner, listed, views)
    used, allowed = clones.count_free_clones(owner), settings.FREE_CLONES_PER_USER
    return {
        "cards": [
            _card(clone, view, facts[clone.pk], now=now) for clone, view in zip(listed, views, strict=True)
        ],
        "count": len(listed),
        "free_text": f"{used} of {allowed} free clones in use",
        "is_full": used >= allowed,
        "name_length": NAME_LENGTH,
    }


def _facts_of(owner: Any, listed: list[Any], views: list[CloneOverview]) -> dict[int, _Facts]:
    states = competition.lifecycle_states(listed)
    strategies = active_strategies(states)
    accounts = {one.clone_id: one.pk for one in trading.list_accounts(owner=owner, statuses=OPEN_STATUSES)}
    rows = {row.clone_id: row for row in trading.leaderboard_rows(accounts.values())}
    latest = {view.clone_public_id: view for view in reversed(_auditions(owner))}
    competes = LifecycleState.COMPETING in states.values()
    standings = {one.clone_public_id: one for one in competition.arena_standings()} if competes else {}
    return {
        clone.pk: _Facts(
            state=states[clone.pk],
            assets=list(strategies[clone.pk].active_assets) if clone.pk in strategies else [],
            account=rows.get(clone.pk),
            audition=latest.get(clone.public_id),
            standing=standings.get(clone.public_id),
            may_audition=states[clone.pk] in lifecycle.MAY_AUDITION
            and not view.is_mock
            and clones.usable_entitlement(clone) is not None,
        )
        for clone, view in zip(listed, views, strict=True)
    }


def _auditions(owner: Any) -> list[AuditionView]:
    """The owner's auditions, latest first."""
    return competition.audition_views(competition.auditions().filter(clone__owner=owner)[:MOST_AUDITIONS])


def _card(clone: Any, view: CloneOverview, facts: _Facts, *, now: datetime) -> dict[str, Any]:
    is_published = view.active_version is not None
    steps = lifecycle.next_steps(
        public_id=view.public_id,
        state=facts.state,
        is_published=is_published,
        is_touched=is_published or clones.get_draft(clone).revision > 1,
        may_audition=facts.may_audition,
    )
    runs = facts.audition is not None and facts.audition.status == AuditionStatus.RUNNING
    return {
        **identity(view.public_id, view.name),
        "id": view.public_id,
        "home": f"/my/clones/{view.public_id}",
        "image": clones.image_url(view.image_digest) or "",
        "chips": _chips(view, facts),
        "facts": _line(view, now=now),
        "assets": facts.assets,
        "trade": _trade(facts.account) if facts.account else None,
        "way": audition_row(facts.audition, now=now) if facts.audition and runs else None,
        "note": _note(view, facts),
        "steps": [{"title": step.title, "url": step.url} for step in steps],
        "is_published": is_published,
        "is_over": view.status in ENDED,
        "is_public": view.status != CloneStatus.HIDDEN,
    }


def _chips(view: CloneOverview, facts: _Facts) -> list[dict[str, str]]:
    text, tone = lifecycle.CHIPS[facts.state]
    if facts.state == LifecycleState.CONFIGURED and facts.may_audition:
        text = "Ready for an audition"
    if facts.standing is not None and facts.standing.rank:
        text = f"{text}, rank {facts.standing.rank}"
    chips = [{"text": text, "tone": tone}]
    if view.status == CloneStatus.HIDDEN:
        chips.append({"text": "Hidden by operators", "tone": "warn"})
    if view.is_frozen:
        chips.append({"text": "Frozen: entitlement withdrawn", "tone": "down"})
    return chips


def _note(view: CloneOverview, facts: _Facts) -> str:
    note = lifecycle.note(state=facts.state, is_mock=view.is_mock, may_audition=facts.may_audition)
    if facts.state == LifecycleState.AUDITION_FAILED and facts.audition is not None:
        return f"{words.audition_reason(facts.audition.reason)}. {note}"
    return note


def _line(view: CloneOverview, *, now: datetime) -> str:
    version = f"Strategy v{view.active_version}" if view.active_version else "Not published"
    tier = Tier(view.tier).label if view.tier else "no entitlement"
    if view.model_strength:
        tier += f", {ModelStrength(view.model_strength).label.lower()} model"
    return f"{version} · {tier} · made {formats.ago(now - view.created_at)}"


def _trade(row: LeaderboardRow) -> dict[str, Any]:
    series = trading.equity_series(row.account_id, limit=SPARK_POINTS)
    spark = curves.sparkline([point.equity_micros for point in series])
    profit = row.equity_micros - row.starting_micros
    return {
        "url": links.account(row.public_id),
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
        "name_length": NAME_LENGTH,
    }
