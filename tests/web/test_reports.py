"""Reporting a profile from its page: by anyone, once, counted, and answered in words."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from apps.clones import services
from apps.clones.models import Report
from apps.core import limits
from apps.operations.types import Actor
from apps.users.services.accounts import create_user
from tests.arena_world import START

pytestmark = pytest.mark.django_db
BY = Actor.system("tests.reports")


@pytest.fixture
def clone() -> Any:
    cache.clear()
    limits.forget()
    owner = create_user(username="ada", by=BY, now=START)
    return services.create_clone(owner=owner, name="Momentum", by=BY, now=START)


def send(client: Client, clone: Any, **fields: str) -> str:
    """Send the form and read the page one comes back to."""
    return client.post(f"/clones/{clone.public_id}/report", fields, follow=True).content.decode()


def test_a_visitor_and_a_player_report_once_each(client: Client, clone: Any) -> None:
    assert "Report this profile" in client.get(f"/clones/{clone.public_id}").content.decode()
    for _ in range(2):
        page = send(client, clone, category="scam", text="It sells followers.")
        assert "An operator will look at it." in page and "It sells followers." not in page
    assert Report.objects.get().reporter is None
    bob = create_user(username="bob", by=BY, now=START)
    client.force_login(bob)
    send(client, clone, category="impersonation")
    assert Report.objects.filter(reporter=bob, category="impersonation").count() == 1


def test_a_report_that_cannot_be_is_answered_and_not_kept(client: Client, clone: Any) -> None:
    assert "Choose what is wrong first." in send(client, clone)
    assert "Select a valid choice" in send(client, clone, category="because")
    assert "at most 500 characters" in send(client, clone, category="other", text="x" * 501)
    assert not Report.objects.exists()


def test_a_flood_is_told_to_wait(client: Client, clone: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.clones.services.reports.REPORT_RATE", "1/hour")
    send(client, clone, category="scam")
    assert "operator will look" not in send(client, clone, category="offensive")
    assert Report.objects.count() == 1


def test_a_hidden_profile_can_be_neither_seen_nor_reported(client: Client, clone: Any) -> None:
    services.moderate_clone(clone=clone, to="hidden", reason="for the test", by=BY, now=START)
    answer = client.post(f"/clones/{clone.public_id}/report", {"category": "scam"})
    assert answer.status_code == 404 and not Report.objects.exists()
    assert client.get(f"/clones/{clone.public_id}/report").status_code == 405
