"""A signed-in player with a clone and a small market, for the browser tests of the builder."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.test import Client

from apps.clones import graph, queries, services
from apps.market.services import ingest, sources
from apps.operations.types import Actor
from apps.users.services.accounts import create_user
from tests import arena_world
from tests.pages.conftest import Visitor

START = datetime(2026, 11, 1, tzinfo=UTC)
BY = Actor.system("tests.builder")


@dataclass
class Workshop:
    """The player, the clone, and the browser that is signed in as the player."""

    visitor: Visitor
    player: Any
    clone: Any

    @property
    def page(self) -> Any:
        """The first tab."""
        return self.visitor.page

    def open(self, tab: str, *, page: Any = None) -> Any:
        """Open a page of the clone, by default in the first tab."""
        shown = page or self.page
        shown.goto(f"{self.visitor.home}/my/clones/{self.clone.public_id}/{tab}")
        return shown

    def draft(self) -> Any:
        """The draft as it is stored."""
        return queries.get_draft(self.clone)

    def save(self, **choices: Any) -> None:
        """Save a basic draft past the page."""
        document = graph.basic(**choices)
        services.save_draft(clone=self.clone, document=document, by=BY, now=START)

    def publish(self, **choices: Any) -> Any:
        """Save and publish a basic draft past the page."""
        self.save(**choices)
        return services.publish(clone=self.clone, by=BY, now=START)

    def grant(self, tier: str) -> None:
        """Let the clone use a bigger tier."""
        services.grant_entitlement(
            clone=self.clone,
            tier=tier,
            model_strength="standard",
            is_mock=False,
            source=f"tests:{tier}",
            by=BY,
            now=START,
        )


def open_workshop(visitor: Visitor) -> Workshop:
    """Prices, a player, a clone, and a browser that carries the player's session."""
    sources.select(wanted="synthetic", recording=None, seed=7, now=START)
    ingest.ingest_all(now=START)
    arena_world.show_time(START)
    player = create_user(username="ada", by=BY, now=START)
    clone = services.create_clone(owner=player, name="Momentum", by=BY, now=START)
    sign_in(visitor, player)
    return Workshop(visitor=visitor, player=player, clone=clone)


def sign_in(visitor: Visitor, player: Any) -> None:
    """Give the browser a session of this player."""
    client = Client()
    client.force_login(player)
    cookie = {
        "name": settings.SESSION_COOKIE_NAME,
        "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
    }
    visitor.page.context.add_cookies([{**cookie, "url": visitor.home}])
