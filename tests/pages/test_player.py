"""One player's whole way in a browser: in by wallet, a clone in both modes, published, forked, and out again."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache

from apps.clones import graph, queries
from apps.clones.models import Clone
from apps.core import limits
from apps.market.services import ingest, sources
from tests import arena_world
from tests.pages.builder_world import PATIENCE, START, Workshop, saved, tick
from tests.pages.conftest import Visitor
from tests.pages.test_islands import drag
from tests.pages.wallets import BrowserWallet

pytestmark = pytest.mark.browser


@pytest.fixture
def site(built: None, visitor: Visitor, settings: Any) -> Iterator[Visitor]:
    """A site with prices, at which one may sign in."""
    settings.SIGNIN_DOMAINS = [visitor.home.removeprefix("http://")]
    cache.clear()
    limits.forget()
    sources.select(wanted="synthetic", recording=None, seed=7, now=START)
    ingest.ingest_all(now=START)
    arena_world.show_time(START)
    visitor.page.set_default_timeout(PATIENCE)
    yield visitor
    limits.forget()


def publish(page: Any, number: int) -> None:
    """Publish what is on the page and wait until it is the active version."""
    page.get_by_role("button", name="Publish", exact=True).first.click()
    page.locator("[data-dialog-confirm]:enabled").click()
    page.get_by_text(f"Version {number} active").wait_for()


def test_a_player_signs_in_builds_in_both_modes_publishes_forks_and_signs_out(site: Visitor) -> None:
    wallet = BrowserWallet().put_into(site.page)
    page = site.page
    site.go("/sign-in")
    page.get_by_role("button", name="Corner Wallet").click()
    page.wait_for_url(f"{site.home}/my")
    page.get_by_label("Name of a new clone").fill("Night Owl")
    page.get_by_role("button", name="Create clone").click()
    page.wait_for_url("**/build")
    clone = Clone.objects.get(owner__wallets__address=wallet.account.address.lower())
    workshop = Workshop(visitor=site, player=clone.owner, clone=clone)

    tick(page, "radio", "category", "major")
    saved(workshop, 2)
    publish(page, 1)
    page = workshop.open("build")
    tick(page, "radio", "builder-mode", "custom")
    page.wait_for_selector(".react-flow__edge")
    page.locator(".react-flow__node[data-id=asset-3]").click()
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("button", name="Add DOGE", exact=True).click()
    drag(page, "data", "asset-3")
    drag(page, "asset-3", "prompt")
    saved(workshop, workshop_revision(workshop, "DOGE"))
    publish(page, 2)
    active = queries.active_version(clone)
    assert active is not None and queries.compiled(active).active_assets == ("BTC", "DOGE", "ETH")

    page = workshop.open("versions/1")
    page.get_by_label("Name of the new clone").fill("Second wind")
    page.get_by_role("button", name="Fork version 1").click()
    page.wait_for_selector("[data-meters] .meter")
    fork = Clone.objects.get(name="Second wind")
    assert fork.forked_from is not None and fork.forked_from.number == 1
    assert graph.compile(queries.get_draft(fork).document).active_assets == ("BTC", "ETH", "SOL")

    page.get_by_role("button", name="Account of").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(site.home + "/")
    site.go(f"/my/clones/{clone.public_id}/build")
    assert "/sign-in?next=" in page.url


def workshop_revision(workshop: Workshop, symbol: str) -> int:
    """The revision at which the stored draft trades the symbol; waits for it."""
    for _ in range(100):
        draft = workshop.draft()
        if symbol in graph.compile(draft.document).active_assets:
            return draft.revision
        workshop.page.wait_for_timeout(100)
    raise AssertionError(f"the draft never traded {symbol}")
