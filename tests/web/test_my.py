"""One's own clones on the pages: cards, making, forking, deleting, auditions; and nobody else's."""

from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from apps.clones import queries as clones
from apps.clones import services
from apps.clones.models import Clone
from apps.clones.types import ModelStrength, Tier
from apps.competition import queries as competition
from apps.competition.services import auditions
from apps.competition.types import AuditionStatus
from apps.operations import clock
from apps.operations.types import Actor
from apps.trading import queries as trading
from apps.users.models import User
from apps.web import formats
from tests import arena_world
from tests.users.signing import wallet
from tests.web.people import enter

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("tests")


@pytest.fixture(autouse=True)
def nothing_shared() -> None:
    cache.clear()


@pytest.fixture
def player(client: Client) -> User:
    return enter(client, wallet(20))


def make(owner: User, name: str = "Night Owl", *, published: bool = False, paid: bool = False) -> Clone:
    by, now = Actor.user(owner), clock.now()
    clone = services.create_clone(owner=owner, name=name, by=by, now=now)
    if published:
        services.publish(clone=clone, by=by, now=now)
    if paid:
        services.grant_entitlement(
            clone=clone,
            tier=Tier.STARTER,
            model_strength=ModelStrength.LIGHT,
            is_mock=False,
            source=f"test:{name}",
            by=SYSTEM,
            now=now,
        )
    return clone


def cards(client: Client) -> dict[str, dict[str, Any]]:
    page = client.get("/my").context["page"]
    return {card["name"]: card for card in page["cards"]}


def steps(card: dict[str, Any]) -> list[str]:
    return [step["title"] for step in card["steps"]]


@pytest.mark.parametrize(
    "address", ["/my", "/my/account", "/my/clones/cln_x/fork", "/my/clones/cln_x/delete", "/terminal/linked"]
)
def test_a_visitor_is_led_to_the_door_and_back(client: Client, address: str) -> None:
    answer = client.get(address, {"a": "1"})
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in?next=%2F")
    led = client.get(answer["Location"])
    assert led.context["door"]["next"] == f"{address}?a=1"
    late = client.post("/my/clones", {"name": "Late"})
    assert late["Location"] == "/sign-in?next=%2Fmy"
    assert not Clone.objects.exists()


def test_nobody_caches_ones_own_pages(client: Client, player: User) -> None:
    clone = make(player)
    for address in ("/my", "/my/account", f"/my/clones/{clone.public_id}/delete"):
        assert client.get(address)["Cache-Control"] == "no-store, private"


def test_the_empty_list_invites(client: Client, player: User) -> None:
    page = client.get("/my").content.decode()
    assert "Make your first clone" in page and "0 of 3 free clones in use" in page


def test_creating_opens_the_builder_and_shows_the_card(client: Client, player: User) -> None:
    answer = client.post("/my/clones", {"name": "  Night Owl "})
    clone = clones.list_clones(owner=player).get()
    assert answer["Location"] == f"/my/clones/{clone.public_id}/build"
    card = cards(client)["Night Owl"]
    assert card["chips"][0]["text"] == "Setup required"
    assert steps(card) == ["Finish setup", "Publish"]
    assert card["trade"] is None and card["assets"] == []


@pytest.mark.parametrize("name", ["", "   ", "Owl\u0430nd", "x" * 40, "<script>alert(1)</script>" * 2])
def test_a_refused_name_comes_back_with_the_reason(client: Client, player: User, name: str) -> None:
    answer = client.post("/my/clones", {"name": name})
    assert 400 <= answer.status_code < 500
    form = answer.context["form"]
    assert form["name"] == name and form["error"]
    page = answer.content.decode()
    assert 'role="alert"' in page and "<script>alert" not in page
    assert not Clone.objects.exists()


def test_who_has_no_free_clone_left_reads_so(client: Client, player: User, settings: Any) -> None:
    settings.FREE_CLONES_PER_USER = 1
    make(player)
    answer = client.post("/my/clones", {"name": "One Too Many"})
    assert answer.status_code == 403
    assert "without a bought entitlement" in answer.context["form"]["error"]


def test_the_next_step_follows_the_state(client: Client, player: User) -> None:
    touched = make(player, "Touched")
    draft = clones.get_draft(touched)
    services.save_draft(clone=touched, document=draft.document, by=Actor.user(player), now=clock.now())
    make(player, "Built", published=True)
    make(player, "Paid", published=True, paid=True)
    shown = cards(client)
    assert steps(shown["Touched"]) == ["Publish", "Open the builder"]
    assert steps(shown["Built"]) == ["Buy an audition", "Open the builder"]
    assert "needs a bought entitlement" in shown["Built"]["note"]
    assert steps(shown["Paid"]) == ["Start an audition", "Open the builder"]
    assert shown["Paid"]["assets"] == ["BTC"]
    assert [card["chips"][0]["text"] for card in shown.values()] == [
        "Ready for an audition",
        "Configured",
        "Setup required",
    ]


def test_an_audition_starts_once_and_only_when_it_may(client: Client, player: User) -> None:
    free, paid = make(player, "Free", published=True), make(player, "Paid", published=True, paid=True)
    refused = client.post(f"/my/clones/{free.public_id}/audition")
    assert refused.status_code >= 400 and refused.context["error"]
    started = client.post(f"/my/clones/{paid.public_id}/audition")
    assert started["Location"] == f"/my/clones/{paid.public_id}/audition"
    assert [view.clone_name for view in competition.list_auditions()] == ["Paid"]
    card = cards(client)["Paid"]
    assert card["chips"][0]["text"] == "On audition"
    assert card["trade"]["equity"] == "$100,000.00" and card["way"]["target_text"] == "target +3.00%"
    address = f"/my/clones/{paid.public_id}/audition"
    assert client.get(address).context["page"]["stage"] == "running"
    assert client.post(address).status_code == 409
    assert competition.count_auditions() == 1


def test_a_failed_audition_says_why_and_what_it_takes_to_try_again(client: Client, player: User) -> None:
    clone = make(player, "Paid", published=True, paid=True)
    client.post(f"/my/clones/{clone.public_id}/audition")
    running = competition.auditions().get()
    auditions.void(audition=running, reason="OPERATOR_REQUEST", by=SYSTEM, now=clock.now())
    card = cards(client)["Paid"]
    assert card["chips"][0]["text"] == "Audition failed"
    assert card["note"] == "Operators ended it. Its entitlement was used; the next audition needs a new one."
    assert card["trade"] is None and card["way"] is None
    assert steps(card) == ["See the verdict", "Open the builder"]


def test_cards_show_the_figures_of_trading_accounts(client: Client, player: User, tmp_path: Path) -> None:
    arena_world.move(arena_world.begin(tmp_path), steps=14)
    Clone.objects.update(owner=player)
    shown = cards(client)
    accounts = {one.clone.name: one for one in trading.list_accounts(statuses=("active",))}
    assert accounts.keys() == {name for name, card in shown.items() if card["trade"]}
    for name, account in accounts.items():
        assert shown[name]["trade"]["equity"] == formats.dollars(account.equity_micros)
    competing = {one.clone_name: one for one in competition.arena_standings()}
    assert competing
    for name, standing in competing.items():
        assert shown[name]["chips"][0]["text"] == f"In the Arena, rank {standing.rank}"
        assert steps(shown[name])[0] == "Watch it trade"
    running = {view.clone_name for view in competition.list_auditions(status=AuditionStatus.RUNNING)}
    assert running == {name for name, card in shown.items() if card["way"]}


def test_the_list_reads_no_more_for_more_free_clones(
    client: Client, player: User, settings: Any, django_assert_max_num_queries: Any
) -> None:
    settings.FREE_CLONES_PER_USER = 100
    for number in range(12):
        make(player, f"Owl {number}", published=True)
    client.get("/my")
    with django_assert_max_num_queries(22):
        assert len(cards(client)) == 12


def test_a_fork_starts_from_the_active_version(client: Client, player: User) -> None:
    clone = make(player, published=True)
    address = f"/my/clones/{clone.public_id}/fork"
    assert b"starts from version 1" in client.get(address).content
    taken = client.post(address, {"name": "Night Owl"})
    assert taken.status_code == 409 and "looks like this one" in taken.context["form"]["error"]
    made = client.post(address, {"name": "Day Owl"})
    fork = clones.list_clones(owner=player).get(name="Day Owl")
    assert made["Location"] == f"/my/clones/{fork.public_id}/build"
    assert fork.forked_from == clones.active_version(clone)


def test_what_was_never_published_cannot_be_forked(client: Client, player: User) -> None:
    clone = make(player)
    address = f"/my/clones/{clone.public_id}/fork"
    assert b"has none yet" in client.get(address).content
    assert client.post(address, {"name": "Day Owl"}).status_code == 404
    assert "Fork" not in client.get("/my").content.decode()


def test_only_the_typed_name_deletes(client: Client, player: User) -> None:
    clone = make(player)
    address = f"/my/clones/{clone.public_id}/delete"
    assert client.get(address).status_code == 200
    assert client.post(address, {"name": "night owl"}).status_code == 422
    assert client.post(address, {}).status_code == 422
    assert cards(client)
    assert client.post(address, {"name": "Night Owl"})["Location"] == "/my"
    assert cards(client) == {}
    assert client.get(address).status_code == 404


def test_a_clone_on_its_audition_is_not_deleted(client: Client, player: User) -> None:
    clone = make(player, published=True, paid=True)
    client.post(f"/my/clones/{clone.public_id}/audition")
    address = f"/my/clones/{clone.public_id}/delete"
    assert b"when that is over" in client.get(address).content
    assert client.post(address, {"name": "Night Owl"}).status_code == 409
    assert "Night Owl" in cards(client)


@pytest.mark.parametrize("act", ["fork", "delete", "audition"])
def test_somebody_elses_clone_does_not_exist_here(client: Client, player: User, act: str) -> None:
    theirs = make(enter(Client(), wallet(21)), "Theirs", published=True, paid=True)
    address = f"/my/clones/{theirs.public_id}/{act}"
    assert client.get(address).status_code == 404
    assert client.post(address, {"name": "Theirs"}).status_code == 404
    assert "Theirs" not in cards(client)
    theirs.refresh_from_db()
    assert theirs.status == "live" and competition.count_auditions() == 0


@pytest.mark.parametrize("act", ["", "/fork", "/delete", "/audition"])
def test_every_act_needs_the_token_of_its_form(player: User, client: Client, act: str) -> None:
    clone = make(player, published=True, paid=True)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    address = f"/my/clones/{clone.public_id}{act}" if act else "/my/clones"
    assert strict.post(address, {"name": "Night Owl"}).status_code == 403
    assert Clone.objects.count() == 1 and competition.count_auditions() == 0


def test_no_database_row_reaches_a_template(client: Client, player: User) -> None:
    make(player, published=True, paid=True)
    page = client.get("/my").context["page"]

    def plain(value: Any) -> bool:
        if isinstance(value, dict):
            return all(map(plain, value.values()))
        if isinstance(value, list):
            return all(map(plain, value))
        return value is None or isinstance(value, str | int | bool)

    assert plain(page)
