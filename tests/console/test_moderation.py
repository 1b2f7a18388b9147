"""The moderation queue: who may look, who may act, what an act writes, and what it costs to look."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.clones import services
from apps.clones.models import Clone, Report
from apps.competition.models import ArenaMembership
from apps.operations.audit import Actor
from apps.operations.models import AuditEvent
from apps.users.models import User
from tests import arena_world
from tests.clones.test_images import png

pytestmark = pytest.mark.django_db
BY = Actor.system("tests.console")
NOW = arena_world.START
PAGE = "/admin/moderation/"


@pytest.fixture
def owner(tmp_path: Path, settings: Any) -> User:
    settings.ARTIFACT_ROOT = tmp_path
    return User.objects.create(username="lovelace")


@pytest.fixture
def clone(owner: User) -> Clone:
    return made(owner, "Momentum")


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(User.objects.create(username="boss", is_staff=True, is_superuser=True))
    return client


def made(owner: User, name: str, reports: int = 2) -> Clone:
    clone = services.create_clone(owner=owner, name=name, by=BY, now=NOW, is_paid=True)
    for number in range(reports):
        services.report_clone(
            clone=clone,
            reporter=None,
            reporter_key=f"visitor-{number}",
            category="scam",
            text="It lies.",
            now=NOW,
        )
    return clone


def signed_in(*codes: str, **user: Any) -> Client:
    person = User.objects.create(username=f"operator-{User.objects.count()}", **{"is_staff": True, **user})
    person.user_permissions.set(Permission.objects.filter(codename__in=codes))
    client = Client()
    client.force_login(person)
    return client


def act(client: Client, clone: Clone, name: str, **fields: str) -> Any:
    address = reverse("console-decide", args=[clone.public_id, name])
    return client.post(address, {"reason": "it lies", **fields})


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def status_of(clone: Clone) -> str:
    return Clone.objects.values_list("status", flat=True).get(pk=clone.pk)


def test_the_queue_gathers_reports_by_clone_and_counts_them_in_the_sidebar(boss: Client, owner: User) -> None:
    made(owner, "Momentum", reports=2)
    made(owner, "Breaker", reports=7)
    made(owner, "Quiet", reports=0)
    answer = boss.get(PAGE)
    assert [card["case"].name for card in answer.context["cards"]] == ["Breaker", "Momentum"]
    assert answer.context["cards"][0]["more"] == 2
    sidebar = boss.get("/admin/").context["sidebar_navigation"]
    [link] = [item for item in sidebar[0]["items"] if item["title"] == "Moderation"]
    assert (link["badge"], link["link"]) == ("2", PAGE)


def test_an_empty_queue_says_so_and_has_no_badge(boss: Client) -> None:
    assert b"Nothing waits for you" in boss.get(PAGE).content
    assert b"No clone is hidden" in boss.get(PAGE + "?view=hidden").content
    sidebar = boss.get("/admin/").context["sidebar_navigation"]
    assert "badge" not in next(item for item in sidebar[0]["items"] if item["title"] == "Moderation")


def test_every_act_does_its_work_and_is_on_record(boss: Client, clone: Clone) -> None:
    services.set_image(clone=clone, content=png(), by=BY, now=NOW)
    for name, verb, status in (
        ("remove-image", "clones.image.removed", "live"),
        ("hide", "clones.clone.hidden", "hidden"),
        ("reinstate", "clones.clone.reinstated", "live"),
    ):
        answer = act(boss, clone, name)
        assert (answer.status_code, answer["Location"]) == (302, PAGE)
        event = AuditEvent.objects.get(verb=verb)
        assert (status_of(clone), event.reason, event.actor_label) == (status, "it lies", "boss")
    assert set(Report.objects.values_list("status", flat=True)) == {"upheld"}
    history = boss.get(PAGE + "?view=hidden").context["cards"]
    assert history == []
    act(boss, clone, "hide", hidden="1")
    [card] = boss.get(PAGE + "?view=hidden").context["cards"]
    assert [line["what"] for line in card["history"]] == ["Hidden", "Reinstated", "Hidden", "Picture removed"]


def test_dismissing_closes_the_reports_and_touches_nothing_else(boss: Client, clone: Clone) -> None:
    act(boss, clone, "dismiss")
    assert set(Report.objects.values_list("status", flat=True)) == {"dismissed"}
    assert status_of(clone) == "live" and b"Nothing waits for you" in boss.get(PAGE).content
    assert said(act(boss, clone, "dismiss")) == ["No report about this clone is open any more."]


def test_an_act_needs_post_a_reason_and_a_known_name(boss: Client, clone: Clone) -> None:
    address = reverse("console-decide", args=[clone.public_id, "hide"])
    assert boss.get(address).status_code == 405
    for reason in ("", "   ", "no", "x" * 501):
        act(boss, clone, "hide", reason=reason)
    assert status_of(clone) == "live"
    assert act(boss, clone, "explode").status_code == 404
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.get(username="boss"))
    assert strict.post(address, {"reason": "it lies"}).status_code == 403
    assert status_of(clone) == "live" and not AuditEvent.objects.filter(verb="clones.clone.hidden").exists()


def test_retiring_asks_for_the_identifier(boss: Client, clone: Clone) -> None:
    act(boss, clone, "retire", confirmation="cln_other")
    assert status_of(clone) == "live"
    act(boss, clone, "retire", confirmation=clone.public_id)
    assert status_of(clone) == "retired"


def test_b15_the_second_operator_is_told_and_both_are_on_record(boss: Client, clone: Clone) -> None:
    act(signed_in("view_report", "change_clone"), clone, "hide")
    answer = act(boss, clone, "hide")
    assert said(answer) == ["This clone is hidden and cannot become hidden."]
    verbs = AuditEvent.objects.filter(subject_id=clone.public_id, reason="it lies").values_list(
        "verb", flat=True
    )
    assert sorted(verbs) == ["clones.clone.hidden", "clones.clone.refused"]


def test_only_operators_with_the_permission_look_and_act(clone: Clone) -> None:
    assert Client().get(PAGE).status_code == 302
    assert signed_in("view_report", is_staff=False).get(PAGE).status_code == 302
    assert signed_in("view_clone").get(PAGE).status_code == 403
    looker = signed_in("view_report")
    assert looker.get(PAGE).context["cards"][0]["acts"] == []
    assert act(looker, clone, "hide").status_code == 404
    moderator = signed_in("view_report", "change_clone")
    names = [one.name for one in moderator.get(PAGE).context["cards"][0]["acts"]]
    assert names == ["dismiss", "hide"]
    assert act(moderator, clone, "retire", confirmation=clone.public_id).status_code == 404
    assert status_of(clone) == "live"


def test_the_picture_of_a_hidden_clone_is_shown_to_operators_alone(boss: Client, clone: Clone) -> None:
    digest = services.set_image(clone=clone, content=png(), by=BY, now=NOW).image_digest
    act(boss, clone, "hide")
    address = reverse("console-picture", args=[digest])
    answer = boss.get(address)
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("image/webp", "nosniff")
    assert "no-store" in answer["Cache-Control"] and "sandbox" in answer["Content-Security-Policy"]
    assert Client().get(address).status_code == 302
    assert Client().get(f"/media/clones/{digest}.webp").status_code == 404
    assert boss.get(reverse("console-picture", args=["0" * 64])).status_code == 404


def test_b16_a_card_says_where_its_clone_competes(boss: Client, tmp_path: Path) -> None:
    arena_world.move(arena_world.begin(tmp_path), steps=16)
    member = ArenaMembership.objects.select_related("clone").first()
    assert member is not None
    services.report_clone(
        clone=member.clone, reporter=None, reporter_key="visitor", category="other", text="", now=NOW
    )
    [card] = boss.get(PAGE).context["cards"]
    assert card["standing"] == "in the Arena"


def test_looking_costs_the_same_for_one_case_and_for_many(
    boss: Client, owner: User, django_assert_max_num_queries: Any
) -> None:
    made(owner, "Target 9999", reports=1)
    with CaptureQueriesContext(connection) as alone:
        assert len(boss.get(PAGE).context["cards"]) == 1
    for number in range(12):
        made(owner, f"Target {number:02}{number:02}", reports=3)
    with django_assert_max_num_queries(len(alone)):
        assert len(boss.get(PAGE).context["cards"]) == 13
