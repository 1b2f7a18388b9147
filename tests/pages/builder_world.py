"""A signed-in player with a clone and a small market, for the browser tests of the builder."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from apps.clones import graph, queries, services
from apps.market.services import ingest, sources
from apps.operations.types import Actor
from apps.users.services.accounts import create_user
from tests import arena_world
from tests.pages.conftest import Visitor

START = datetime(2026, 11, 1, tzinfo=UTC)
BY = Actor.system("tests.builder")
PATIENCE = 15_000
"""Milliseconds; a busy machine checks and saves slowly."""


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


def wait_for(page: Any, phase: str) -> None:
    """Wait until the draft stands so with the server."""
    page.wait_for_selector(f'[data-save-state][data-phase="{phase}"]')


def saved(workshop: Workshop, revision: int, page: Any = None) -> None:
    """Wait until the page says that this revision is saved."""
    state = (page or workshop.page).locator("[data-save-state]")
    expect(state).to_have_text(f"Saved · revision {revision}", timeout=PATIENCE)


def uses(page: Any, key: str, words: str) -> None:
    """Wait until a meter reads so."""
    expect(page.locator(f".meter[data-key={key}] b")).to_have_text(words, timeout=PATIENCE)


def tick(page: Any, kind: str, name: str, value: str) -> None:
    """Choose a tile or an asset: the input covers it and is never painted."""
    page.locator(f"input[type={kind}][name={name}][value={value}]").check()


def custom(workshop: Workshop) -> Any:
    """Open the builder in custom mode."""
    page = workshop.open("build")
    page.get_by_role("radio", name="Custom").check()
    page.wait_for_selector(".react-flow__edge")
    return page
