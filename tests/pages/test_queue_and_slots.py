"""Queue and slots, and refunds to decide, in a browser: they fit a phone, and a dialog ends a membership."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from apps.clones import services as clone_services
from apps.competition.models import ArenaMembership
from apps.competition.services import promotion, refunds
from apps.operations import clock
from apps.operations.audit import Actor
from tests.competition import trials
from tests.competition.queued import waiting
from tests.competition.trials import BY, minutes
from tests.pages.conftest import NARROW, WIDE, Visitor
from tests.trading import world

pytestmark = pytest.mark.browser
PASSWORD = "a-long-password-1"
DESK, LEAVE = "/admin/queue-and-slots/", "/admin/refunds-to-decide/"


@pytest.fixture
def operator(visitor: Visitor, settings: Any) -> Visitor:
    """Signed in where two have slots, one is hidden and waits, another waits, and two refunds wait."""
    settings.ARENA_SLOTS = 3
    clock.set_anchor(real_now=clock.real_now(), market_at=minutes(60), speed=0.001)
    boss = get_user_model().objects.create_superuser("boss", "", PASSWORD)
    entries = waiting(4)
    hide = {"reason": "Advertises a giveaway", "by": BY, "now": minutes(3)}
    clone_services.moderate_clone(clone=entries[0].clone, to="hidden", **hide)
    settings.ARENA_SLOTS = 2
    promotion.run_arena(now=minutes(4), limit=10)
    for number, name in enumerate(("boss", "olga"), start=50):
        grant = trials.granted(world.make_clone(f"Late {name}"), source=f"purchase:pur_{number}")
        by = Actor.user(boss if name == "boss" else trials.person(name))
        refunds.ask(entitlement=grant, reason="The buyer never played it.", by=by, now=minutes(30))
    visitor.go("/admin/login/?next=/admin/")
    visitor.page.get_by_label("Username").fill("boss")
    visitor.page.get_by_label("Password").fill(PASSWORD)
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_selector(".pp-dash")
    return visitor


def test_the_desks_fit_a_phone_and_a_wide_screen(operator: Visitor) -> None:
    for path in (DESK, LEAVE):
        operator.go(path)
        for width in (NARROW, WIDE):
            operator.see(width=width)


def test_an_operator_ends_a_membership_by_its_dialog(operator: Visitor) -> None:
    member = ArenaMembership.objects.get(slot_number=1)
    operator.go(DESK)
    page = operator.page
    page.locator("#slot-1").get_by_role("button", name="End membership").click()
    dialog = page.locator("#modal-content")
    dialog.locator("[name=reason]").fill("It trades for another player")
    dialog.locator("[name=confirmation]").fill(member.public_id)
    dialog.get_by_role("button", name="End membership").click()
    page.get_by_text("Slot 1 is free.").wait_for()
    member.refresh_from_db()
    assert member.reason == "It trades for another player" and member.ended_at is not None
    assert page.locator("#slot-1", has_text="free").is_visible()


def test_who_asked_has_no_button_to_authorise(operator: Visitor) -> None:
    operator.go(LEAVE)
    page = operator.page
    assert page.get_by_role("button", name="Authorise").count() == 1
    assert page.get_by_role("button", name="Deny").count() == 2
    assert page.get_by_text("You asked for this").is_visible()
