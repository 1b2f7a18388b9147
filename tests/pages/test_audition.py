"""The public page of an audition in a browser: it turns into the page of its end when the audition is over."""

from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import expect

from apps.competition.models import Audition
from apps.competition.services import auditions
from apps.operations import clock
from apps.operations.types import Actor
from tests import arena_world
from tests.pages.conftest import Visitor
from tests.users.signing import wallet
from tests.web.people import enter
from tests.web.test_my import make

pytestmark = pytest.mark.browser
PATIENCE = 20_000


def test_a_visitor_sees_the_audition_end_without_a_click(visitor: Visitor, folder: Path) -> None:
    arena_world.move(arena_world.begin(folder), steps=2)
    client = Client()
    player = enter(client, wallet(20))
    clone = make(player, "Paid", published=True, paid=True)
    client.post(f"/my/clones/{clone.public_id}/audition")
    running = Audition.objects.get(clone=clone)
    visitor.go(f"/auditions/{running.public_id}")
    page = visitor.page
    expect(page.get_by_role("heading", name="On audition")).to_be_visible()
    auditions.void(audition=running, reason="outage", by=Actor.user(player), now=clock.now())
    expect(page.get_by_role("heading", name="Ended without a result")).to_be_visible(timeout=PATIENCE)
