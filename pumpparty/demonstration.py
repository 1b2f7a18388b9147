"""A demonstration that seeds itself: a player with clones of several strategies, each sent to an audition."""

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model

from apps.clones import queries as clones
from apps.clones import services as clone_services
from apps.competition import queries as competition
from apps.competition.services import auditions, rulebooks
from apps.competition.types import AuditionStatus, RulebookTerms
from apps.core.errors import DomainError
from apps.market import queries as market
from apps.operations.audit import Actor
from apps.users.services.accounts import create_user

ACTOR = Actor.system("demonstration")
OWNER = "demonstration"
OPERATOR = "operator"
PASSWORD_FILE = "operator.txt"
MOST_ATTEMPTS = 8
WANTED_ASSETS = ("BTC", "ETH", "SOL", "HYPE", "DOGE", "XRP", "AVAX", "LINK", "BNB")
CASH_MICROS = 100_000_000_000

TERMS = RulebookTerms(
    title="Demonstration audition: 6 hours, 0.3 % (compressed time, not for competition)",
    window_minutes=6 * 60,
    start_micros=CASH_MICROS,
    profit_target_bps=30,
    max_loss_bps=800,
    min_orders=5,
    max_profit_share_bps=10_000,
    max_price_age_ms=30 * 60_000,
    demonstration=True,
)


@dataclass(frozen=True, slots=True)
class Trader:
    """One clone of the demonstration: three assets from the `first` wanted one on, and how it decides."""

    name: str
    strategy: str
    first: int
    cadence_minutes: int
    behaviour: str
    description: str


TRADERS = (
    Trader(
        "Tidewatcher",
        "trend",
        0,
        5,
        "bold",
        "Follows the tide of the large coins and does not argue with it.",
    ),
    Trader("Slow Comet", "trend", 3, 15, "bold", "Waits for a trend to show its face twice."),
    Trader("Rubber Band", "mean_reversion", 0, 5, "bold", "Believes that what was stretched comes back."),
    Trader(
        "Night Ferry",
        "mean_reversion",
        4,
        10,
        "balanced",
        "Carries patience across the mean.",
    ),
    Trader("Gatecrasher", "breakout", 1, 5, "bold", "Comes in where the price leaves the channel."),
    Trader("Glass Ceiling", "breakout", 5, 10, "balanced", "Listens for the crack above the range."),
    Trader("Metronome", "trend", 6, 10, "balanced", "Small steps with the crowd, at regular times."),
    Trader("Second Wind", "breakout", 2, 15, "bold", "Buys strength after a rest."),
)


@dataclass(frozen=True, slots=True)
class Seeded:
    """What a seeding did."""

    clones: int
    auditions: int
    refusals: tuple[str, ...] = ()

    def sentence(self) -> str:
        """The result as a line for people."""
        line = f"Demonstration: {self.clones} new clones, {self.auditions} auditions begun"
        return f"{line}; refused: {'; '.join(self.refusals)}" if self.refusals else line


def seed(*, now: datetime, folder: Path) -> Seeded:
    """Make what is missing of the demonstration and send to audition who has none under way; repeatable.

    A clone that failed tries again under the same terms, at most MOST_ATTEMPTS times.
    """
    owner = _owner(now)
    ensure_operator(folder)
    rulebook = rulebooks.publish(terms=_terms(), now=now)
    known = {clone.name: clone for clone in clones.list_clones(owner=owner)}
    assets = _assets()
    if not assets:
        return Seeded(0, 0, ("no asset has a price yet",))
    made = begun = 0
    refusals: list[str] = []
    for trader in TRADERS:
        clone = known.get(trader.name)
        try:
            if clone is None:
                clone = _create(owner, trader, assets, now)
                made += 1
            begun += _audition(clone, rulebook, now)
        except DomainError as error:
            refusals.append(f"{trader.name}: {error}")
    return Seeded(made, begun, tuple(refusals))


def document(*, trader: Trader, assets: tuple[str, ...]) -> dict[str, Any]:
    """The strategy graph of a trader: one data stream and one prompt around each of its assets."""
    start = trader.first % len(assets)
    symbols = sorted({(assets * 2)[start + offset] for offset in range(min(3, len(assets)))})
    nodes: list[dict[str, Any]] = [{"id": "prices", "kind": "data_stream", "stream": "fast"}]
    nodes += [
        {"id": f"asset-{place}", "kind": "asset", "symbol": symbol} for place, symbol in enumerate(symbols)
    ]
    nodes.append(
        {
            "id": "decide",
            "kind": "trading_prompt",
            "name": trader.name,
            "engine": "rules",
            "strategy": trader.strategy,
            "cadenceMinutes": trader.cadence_minutes,
            "behaviour": trader.behaviour,
        }
    )
    edges = [{"from": "prices", "to": f"asset-{place}"} for place in range(len(symbols))]
    edges += [{"from": f"asset-{place}", "to": "decide"} for place in range(len(symbols))]
    return {"nodes": nodes, "edges": edges}


def ensure_operator(folder: Path) -> None:
    """Create the operator with a generated password, kept in a private file of the data folder."""
    users = get_user_model()._default_manager
    if users.filter(username=OPERATOR).exists():
        return
    password = secrets.token_urlsafe(12)
    path = folder / PASSWORD_FILE
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(f"{OPERATOR} {password}\n")
    users.create_superuser(username=OPERATOR, password=password)


def operator_login(folder: Path) -> str:
    """The operator's name and generated password as one line, empty where they are not kept here."""
    with suppress(OSError, ValueError):
        name, password = (folder / PASSWORD_FILE).read_text().split()
        return f"login {name}, password {password}"
    return ""


def _owner(now: datetime) -> Any:
    owner = get_user_model()._default_manager.filter(username=OWNER).first()
    return owner or create_user(username=OWNER, by=ACTOR, now=now)


def _terms() -> RulebookTerms:
    """The demonstration's terms, with room for the bars of a coarse recording."""
    longest = max((asset.base_interval_ms for asset in market.list_assets()), default=60_000)
    age = max(TERMS.max_price_age_ms, 2 * longest)
    return RulebookTerms.from_document({**TERMS.document(), "maxPriceAgeMs": age})


def _assets() -> tuple[str, ...]:
    known = [asset.symbol for asset in market.list_assets() if not asset.is_delisted]
    wanted = [symbol for symbol in WANTED_ASSETS if symbol in known]
    return tuple(wanted or known[: len(WANTED_ASSETS)])


def _create(owner: Any, trader: Trader, assets: tuple[str, ...], now: datetime) -> Any:
    clone = clone_services.create_clone(
        owner=owner,
        name=trader.name,
        description=trader.description,
        document=document(trader=trader, assets=assets),
        by=ACTOR,
        now=now,
    )
    clone_services.publish(clone=clone, by=ACTOR, now=now)
    return clone


def _audition(clone: Any, rulebook: Any, now: datetime) -> int:
    """Begin an audition unless one runs, one was passed or the attempts are used up; how many were begun."""
    past = competition.list_auditions(clone=clone, limit=MOST_ATTEMPTS)
    if len(past) >= MOST_ATTEMPTS:
        return 0
    if any(audition.status in {AuditionStatus.RUNNING, AuditionStatus.PASSED} for audition in past):
        return 0
    if past and past[0].result_at is not None and now - past[0].result_at < timedelta(minutes=10):
        return 0
    clone_services.grant_entitlement(
        clone=clone,
        tier="starter",
        model_strength="light",
        is_mock=False,
        source=f"demonstration:{clone.public_id}:{len(past) + 1}",
        by=ACTOR,
        now=now,
    )
    auditions.submit(clone=clone, rulebook=rulebook, by=ACTOR, now=now)
    return 1
