"""The audition desk and the rulebooks in a real browser: what an operator sees, voids, publishes and offers."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from apps.competition.models import Audition, Rulebook
from apps.competition.services import auditions, evaluating, rulebooks
from tests import arena_world
from tests.competition import trials
from tests.competition.trials import BY, begun, fresh, mark, minutes
from tests.pages.conftest import NARROW, WIDE, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "a long enough password"


@pytest.fixture
def operator(visitor: Visitor) -> Any:
    """A signed-in operator, an hour after four auditions of different fates began."""
    arena_world.show_time(minutes(60))
    running, flagged, failed = (
        begun(name, number=number)
        for number, name in enumerate(("Tidewatcher", "<b>Night</b> Ferry", "Gatecrasher"))
    )
    due = begun("Slow Comet", number=9, title="Half an hour", window_minutes=30)
    for at, percent in ((1, 0), (2, 1), (59, 2)):
        mark(running, percent, minutes=at)
    trials.silence(10, 25)
    evaluating.evaluate(audition=fresh(running), now=minutes(30))
    evaluating.evaluate(audition=fresh(due), now=minutes(59))
    auditions.flag_bought(
        entitlement=flagged.entitlement, reason="its deposit left the chain", by=BY, now=minutes(3)
    )
    mark(failed, -6, minutes=1)
    evaluating.evaluate(audition=fresh(failed), now=minutes(2))
    rulebooks.offered(now=minutes(0))
    get_user_model().objects.create_superuser("boss", "", PASSWORD)
    visitor.go("/admin/login/?next=/admin/auditions/")
    visitor.page.get_by_label("Username").fill("boss")
    visitor.page.get_by_label("Password").fill(PASSWORD)
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_selector(".ad-list")
    return visitor


def fits(visitor: Visitor) -> None:
    """Neither a phone nor a desk has to scroll sideways."""
    for width in (NARROW, WIDE):
        visitor.see(width=width)


def test_an_operator_finds_and_voids_what_is_in_doubt(operator: Visitor) -> None:
    page = operator.page
    fits(operator)
    page.get_by_role("link", name="In doubt").click()
    assert page.locator(".ad-list > li").count() == 1
    page.get_by_role("button", name="Void").click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("Reason").fill("never paid for")
    wrong = Audition.objects.get(flagged_at__isnull=False)
    dialog.get_by_label("Type the identifier").fill(wrong.public_id)
    fits(operator)
    dialog.get_by_role("button", name="Void").click()
    page.wait_for_selector("text=is void.")
    wrong.refresh_from_db()
    assert (wrong.status, wrong.reason) == ("voided", "never paid for")
    assert operator.faults == operator.strangers == []


def test_an_operator_publishes_a_rulebook_and_offers_it(operator: Visitor) -> None:
    page = operator.page
    operator.go("/admin/rulebooks/")
    fits(operator)
    page.get_by_role("button", name="Publish a rulebook").click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("Title").fill("Winter season")
    dialog.get_by_label("Loss limit in percent", exact=False).first.fill("0")
    dialog.get_by_label("The loss is measured from").select_option("trailing")
    dialog.get_by_label("Reason").fill("a new season")
    fits(operator)
    dialog.get_by_role("button", name="Publish a rulebook").click()
    page.wait_for_selector("text=This must lie between 0.01 and 100.")
    fits(operator)
    assert page.locator("#dialog").get_by_label("Title").input_value() == "Winter season"
    page.locator("#dialog").get_by_label("Loss limit in percent", exact=False).first.fill("8")
    page.locator("#dialog").get_by_role("button", name="Publish a rulebook").click()
    page.wait_for_selector("text=is published as")
    card = page.locator("section", has_text="Winter season")
    card.get_by_role("button", name="Offer").click()
    page.locator("#dialog").get_by_label("Reason").fill("the season begins")
    page.locator("#dialog").get_by_role("button", name="Offer").click()
    page.wait_for_selector("text=Winter season is offered from now on.")
    assert Rulebook.objects.get(is_offered=True).document["drawdown"] == "trailing"
    page.locator("summary", has_text="Document").first.click()
    fits(operator)
    assert operator.faults == operator.strangers == []
