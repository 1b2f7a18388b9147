"""Queue and slots, and refunds to decide: what the desks show, to whom, and what their dialogs do."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from apps.clones import services as clone_services
from apps.competition.models import ArenaMembership, PromotionEntry, RefundAuthorisation
from apps.competition.services import memberships, promotion, refunds
from apps.operations.audit import Actor
from apps.operations.models import AuditEvent
from apps.users.models import User
from tests.competition.queued import broken, state_of, waiting
from tests.competition.trials import BY, granted, minutes
from tests.trading import world

pytestmark = pytest.mark.django_db
DESK, LEAVE = "/admin/queue-and-slots/", "/admin/refunds-to-decide/"
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def queue(settings: Any) -> list[PromotionEntry]:
    """Four who passed and three slots: the first is hidden, the second a member, one has left, the last waits."""
    settings.ARENA_SLOTS = 2
    entries = waiting(4)
    clone_services.moderate_clone(clone=entries[0].clone, to="hidden", reason="scam", by=BY, now=minutes(3))
    promotion.run_arena(now=minutes(4), limit=10)
    left = ArenaMembership.objects.get(entry=entries[2])
    memberships.end_membership(membership=left, reason=HOSTILE, by=BY, now=minutes(5))
    settings.ARENA_SLOTS = 1
    promotion.run_arena(now=minutes(6), limit=10)
    return entries


def entered(name: str, *permissions: str) -> Client:
    """The browser of a member of staff with these permissions."""
    user, _ = User.objects.get_or_create(username=name, defaults={"is_staff": True})
    user.user_permissions.add(*Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def act(client: Client, kind: str, name: str, key: int, **fields: str) -> list[str]:
    """Send the dialog of an act; what the operator is told."""
    address = reverse(f"admin:competition_{kind}_{name}", args=[key] if key else [])
    answer = client.post(address, {"_form_submitted": "on", **fields})
    assert answer.status_code in (200, 204)
    return [str(message) for message in get_messages(answer.wsgi_request)][-1:]


def test_who_waits_is_shown_with_every_obstacle(queue: list[PromotionEntry]) -> None:
    said = entered("ann", "view_promotionentry").get(DESK).content.decode()
    assert "2 wait, 1 of 1 slots taken" in said and "1 of those who wait may not enter" in said
    hidden, last = (said.split(f'id="queue-{entry.sequence}"')[1][:900] for entry in (queue[0], queue[3]))
    assert "Its public profile is hidden" in hidden
    assert "from 2\u00a0Mar,\u00a012:04:00" in hidden
    assert "May enter" in last and "PROFILE_NOT_LIVE" not in said
    assert HOSTILE not in said and "&lt;script&gt;" in said
    assert "dk-act" not in said, "who may only look has no buttons"


def test_an_operator_removes_ends_and_retires_with_a_reason(queue: list[PromotionEntry]) -> None:
    boss = entered(
        "boss",
        "view_promotionentry",
        "change_promotionentry",
        "change_arenamembership",
        "delete_clone",
        "view_arenamembership",
    )
    assert "Remove from the queue" in boss.get(DESK).content.decode()
    entry = queue[3]
    typed = {"reason": "It asked to leave", "confirmation": str(entry.pk)}
    assert act(boss, "promotionentry", "remove", entry.pk, **typed) == [
        f"{entry.clone.name} is out of the queue."
    ]
    assert state_of(entry) == ("removed", "It asked to leave")
    member = ArenaMembership.objects.get(ended_at=None)
    typed = {"reason": "No demand", "confirmation": member.public_id}
    told = act(boss, "arenamembership", "retire", member.pk, **typed)
    assert told == [f"{member.clone.name} is retired, and slot 1 is free."]
    member.refresh_from_db()
    member.clone.refresh_from_db()
    assert (member.reason, member.clone.status) == ("No demand", "retired")
    told = act(boss, "arenamembership", "end", member.pk, **typed)
    assert told == ["This membership has ended already."]
    refused = AuditEvent.objects.get(verb="competition.membership.end-asked")
    assert refused.detail == {"refused": "STATE_CHANGED"}
    assert broken() == {}


def test_nothing_happens_without_the_permission(queue: list[PromotionEntry]) -> None:
    looker = entered("ann", "view_promotionentry", "view_arenamembership", "view_refundauthorisation")
    assert looker.get(LEAVE).status_code == looker.get(DESK).status_code == 200
    stranger = entered("eve")
    assert stranger.get(DESK).status_code == stranger.get(LEAVE).status_code == 403
    assert stranger.post(DESK).status_code in (403, 405)
    address = reverse("admin:competition_promotionentry_remove", args=[queue[3].pk])
    typed = {"_form_submitted": "on", "reason": "because", "confirmation": str(queue[3].pk)}
    assert looker.post(address, typed).status_code == 403
    assert state_of(queue[3])[0] == "waiting"


def test_c20_a_refund_is_asked_for_by_one_and_authorised_by_another() -> None:
    grant = granted(world.make_clone())
    rights = ("view_refundauthorisation", "add_refundauthorisation", "change_refundauthorisation")
    ann, bob = entered("ann", *rights), entered("bob", *rights)
    act(ann, "refundauthorisation", "ask", 0, grant=grant.public_id, reason="Never played")
    row = RefundAuthorisation.objects.get()
    mine, others = (one.get(LEAVE).content.decode() for one in (ann, bob))
    assert "You asked for this" in mine and "Authorise" not in mine.split("dk-decided")[0].split("<ul")[1]
    assert f"To authorise it, type <code>{row.public_id}" in others
    typed = {"reason": "Never played indeed", "confirmation": row.public_id}
    told = act(ann, "refundauthorisation", "authorise", row.pk, **typed)
    assert "another person must" in told[0]
    row.refresh_from_db()
    assert row.status == "waiting"
    assert act(bob, "refundauthorisation", "authorise", row.pk, **typed) == ["The refund is authorised."]
    assert "Authorised" in ann.get(LEAVE).content.decode()
    assert broken() == {}


def test_a_denied_refund_gives_the_grant_back() -> None:
    grant = granted(world.make_clone())
    asker = Actor.user(User.objects.create(username="ann"))
    row = refunds.ask(entitlement=grant, reason=HOSTILE, by=asker, now=minutes(1))
    bob = entered("bob", "view_refundauthorisation", "change_refundauthorisation")
    assert HOSTILE not in bob.get(LEAVE).content.decode()
    assert act(bob, "refundauthorisation", "deny", row.pk, reason="It may play") == ["The refund is denied."]
    grant.refresh_from_db()
    assert grant.revoked_at is None
