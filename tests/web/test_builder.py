"""The builder's pages over HTTP: who may see them, the basic form without a script, versions and the profile."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from apps.clones import graph, queries, services
from apps.market.services import ingest, sources
from apps.operations.types import Actor
from apps.users.services.accounts import create_user
from apps.web.compose import basic, changes
from tests import arena_world

NOW = datetime(2026, 11, 1, tzinfo=UTC)
BY = Actor.system("tests.builder")
CHOICES = {
    "category": "own",
    "assets": ["BTC", "ETH"],
    "depth": "fast",
    "engine": "rules",
    "strategy": "breakout",
    "cadence_minutes": "15",
    "name": "Trader",
    "behaviour": "Be patient.\r\nCut losses early.",
    "enabled": "on",
    "revision": "1",
}
PAGES = ("", "build", "publish", "versions", "versions/1", "profile")
ACTS = ("build", "publish", "versions/1/restore", "versions/1/fork", "profile", "profile/image")


@pytest.fixture
def player(db: None) -> Any:
    sources.select(wanted="synthetic", recording=None, seed=7, now=NOW)
    ingest.ingest_all(now=NOW)
    arena_world.show_time(NOW)
    return create_user(username="ada", by=BY, now=NOW)


@pytest.fixture
def clone(player: Any) -> Any:
    return services.create_clone(owner=player, name="Momentum", by=BY, now=NOW)


@pytest.fixture
def home(clone: Any) -> str:
    return f"/my/clones/{clone.public_id}/"


@pytest.fixture
def own(client: Client, player: Any) -> Client:
    client.force_login(player)
    return client


def publish(clone: Any, **chosen: Any) -> Any:
    services.save_draft(clone=clone, document=graph.basic(**chosen), by=BY, now=NOW)
    return services.publish(clone=clone, by=BY, now=NOW)


def picture(size: int = 600) -> bytes:
    stream = BytesIO()
    Image.new("RGB", (size, size), "#cdff3f").save(stream, "PNG")
    return stream.getvalue()


@pytest.mark.parametrize("page", PAGES)
def test_a_visitor_is_led_to_the_door_and_back(client: Client, home: str, page: str) -> None:
    answer = client.get(home + page)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in?next=")
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("page", PAGES)
def test_b09_another_players_clone_is_not_found_on_any_page(
    client: Client, clone: Any, home: str, page: str
) -> None:
    publish(clone, assets=["BTC"], behaviour="a secret edge")
    client.force_login(create_user(username="eve", by=BY, now=NOW))
    answer = client.get(home + page)
    assert answer.status_code == 404
    assert b"a secret edge" not in answer.content and b"Momentum" not in answer.content


@pytest.mark.parametrize("act", ACTS)
def test_b09_another_players_clone_cannot_be_changed(client: Client, clone: Any, home: str, act: str) -> None:
    publish(clone, assets=["BTC"])
    before = queries.get_draft(clone).revision
    client.force_login(create_user(username="eve", by=BY, now=NOW))
    answer = client.post(home + act, {**CHOICES, "revision": str(before), "name": "Mine now"})
    assert answer.status_code == 404
    assert queries.get_draft(clone).revision == before
    assert queries.get_clone(clone.public_id).name == "Momentum"


def test_every_page_of_ones_own_clone_opens(own: Client, clone: Any, home: str) -> None:
    publish(clone, assets=["BTC"])
    assert own.get(home)["Location"].endswith("/build")
    for page in PAGES[1:]:
        answer = own.get(home + page)
        assert answer.status_code == 200, page
        assert "no-store" in answer["Cache-Control"]
    assert own.get(home + "versions/2").status_code == 404
    assert own.get(home + "versions/99999999999999999999").status_code == 404
    assert own.get(home + "versions?from=1&to=7").status_code == 404
    assert own.get(home + "versions?from=one&to=%C2%B2").status_code == 200


def test_the_plain_form_saves_a_draft(own: Client, clone: Any, home: str) -> None:
    answer = own.post(home + "build", CHOICES)
    assert answer.status_code == 302 and answer["Location"].endswith("/build")
    draft = queries.get_draft(clone)
    assert draft.revision == 2
    assert basic.choices_of(draft.document) == {
        "assets": ["BTC", "ETH"],
        "depth": "fast",
        "engine": "rules",
        "strategy": "breakout",
        "cadence_minutes": 15,
        "name": "Trader",
        "behaviour": "Be patient.\nCut losses early.",
        "enabled": True,
        "wake_price_move_bps": 0,
        "wake_stop_hit": False,
        "wake_new_market": False,
    }


def test_a_form_without_a_script_asks_for_early_decisions_where_the_tier_has_them(
    own: Client, clone: Any, home: str
) -> None:
    asked = {**CHOICES, "wake_price_move_bps": "300", "wake_stop_hit": "on"}
    refused = own.post(home + "build", asked).content.decode()
    assert "the starter tier allows 0" in refused and 'value="300"' in refused
    services.grant_entitlement(
        clone=clone, tier="pro", model_strength="light", is_mock=True, source="mock:9", by=BY, now=NOW
    )
    assert own.post(home + "build", asked).status_code == 302
    (prompt,) = graph.compile(queries.get_draft(clone).document).prompts
    assert prompt.wakes == graph.Wakes(price_move_bps=300, stop_hit=True)
    assert "when the price moves 3 %, when an exit is hit" in own.get(home + "publish").content.decode()


def test_a_category_brings_its_assets_within_the_tier(own: Client, clone: Any, home: str) -> None:
    own.post(home + "build", {**CHOICES, "category": "layer-1", "assets": []})
    strategy = graph.compile(queries.get_draft(clone).document)
    assert strategy.active_assets == ("AVAX", "HYPE")
    own.post(home + "build", {**CHOICES, "category": "major", "assets": [], "revision": "2"})
    strategy = graph.compile(queries.get_draft(clone).document)
    assert strategy.active_assets == ("BTC", "ETH", "SOL"), "the tier takes three of the four majors"


def test_the_plain_form_goes_on_to_publish_what_it_shows(own: Client, clone: Any, home: str) -> None:
    answer = own.post(home + "build", {**CHOICES, "publish": "1"})
    assert answer["Location"].endswith("/publish")
    page = own.get(answer["Location"]).content.decode()
    assert "Publish version 1" in page and "Breakout" in page
    revision = queries.get_draft(clone).revision
    done = own.post(home + "publish", {"revision": revision})
    assert done["Location"].endswith("/versions")
    version = queries.active_version(clone)
    assert version is not None and version.number == 1


def test_b03_the_plain_form_does_not_overwrite_a_newer_draft(own: Client, clone: Any, home: str) -> None:
    services.save_draft(clone=clone, document=graph.basic(assets=["SOL"]), by=BY, now=NOW)
    answer = own.post(home + "build", CHOICES)
    assert answer.status_code == 200
    assert "revision 2, not 1" in answer.content.decode()
    assert "Cut losses early." in answer.content.decode(), "what was typed is lost"
    assert graph.compile(queries.get_draft(clone).document).active_assets == ("SOL",)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"assets": []}, "Choose at least one asset."),
        ({"assets": ["NOTHING"]}, "NOTHING is not one of the available choices"),
        ({"cadence_minutes": "0"}, "greater than or equal to 1"),
        ({"engine": "magic"}, "magic is not one of the available choices"),
        ({"assets": ["BTC", "ETH", "SOL", "DOGE"]}, "uses 4 active assets; the starter tier allows 3"),
        ({"depth": "deep"}, "uses 8 data links; the starter tier allows 3"),
        ({"behaviour": "x" * 4001}, "at most 4000 characters"),
        ({"revision": ""}, "required"),
    ],
)
def test_the_plain_form_says_what_is_wrong_and_changes_nothing(
    own: Client, clone: Any, home: str, wrong: dict[str, Any], words: str
) -> None:
    answer = own.post(home + "build", {**CHOICES, **wrong})
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert queries.get_draft(clone).revision == 1


def test_a_custom_draft_opens_in_custom_mode(own: Client, clone: Any, home: str) -> None:
    document = graph.basic(assets=["BTC"])
    document["nodes"].append({"id": "more", "kind": "data_stream", "stream": "funding", "mode": "required"})
    document["edges"].append({"from": "more", "to": "asset-1"})
    services.save_draft(clone=clone, document=document, by=BY, now=NOW)
    page = own.get(home + "build")
    assert page.context["island"]["mode"] == "custom"
    assert page.context["island"]["document"] == document
    assert "Saving this form replaces it." in page.content.decode()


def test_b05_publishing_twice_makes_one_version(own: Client, clone: Any, home: str) -> None:
    for _ in range(2):
        own.post(home + "publish", {"revision": "1"})
    assert queries.list_versions(clone).count() == 1


@pytest.mark.parametrize("revision", ["2", "", "abc", "²", "99999999999999999999"])
def test_publishing_takes_the_revision_that_was_shown(
    own: Client, clone: Any, home: str, revision: str
) -> None:
    answer = own.post(home + "publish", {"revision": revision}, follow=True)
    assert "The draft is at revision 1" in answer.content.decode()
    assert queries.active_version(clone) is None


def test_a_fork_beyond_its_entitlement_is_told_before_publishing(own: Client, clone: Any, home: str) -> None:
    services.grant_entitlement(
        clone=clone, tier="pro", model_strength="light", is_mock=False, source="tests", by=BY, now=NOW
    )
    publish(clone, assets=["BTC", "ETH", "SOL", "DOGE"], depth="deep")
    answer = own.post(home + "versions/1/fork", {"name": "Smaller"}, follow=True)
    forked = queries.list_clones().get(name="Smaller")
    assert answer.redirect_chain[-1][0].endswith(f"{forked.public_id}/build")
    page = own.get(f"/my/clones/{forked.public_id}/publish").content.decode()
    assert "cannot be published yet" in page and "uses 4 active assets" in page


def test_versions_are_compared_by_meaning(own: Client, clone: Any, home: str) -> None:
    publish(clone, assets=["BTC"], strategy="trend")
    publish(clone, assets=["BTC", "ETH"], strategy="breakout", behaviour="Be bold.")
    page = own.get(home + "versions?from=1&to=2")
    blocks = page.context["compared"]["blocks"]
    assert [(block["kind"], block["title"]) for block in blocks] == [("added", "ETH"), ("changed", "Trader")]
    assert {line["label"]: (line["before"], line["after"]) for line in blocks[1]["lines"]} == {
        "Trades": ("BTC", "BTC, ETH"),
        "Behaviour": ("(empty)", "Be bold."),
        "Strategy": ("Trend following", "Breakout"),
    }
    assert [one["number"] for one in page.context["history"]] == [2, 1]


def test_restoring_brings_the_document_back_and_activates_nothing(own: Client, clone: Any, home: str) -> None:
    first = publish(clone, assets=["BTC"])
    publish(clone, assets=["ETH"])
    revision = queries.get_draft(clone).revision
    stale = own.post(home + "versions/1/restore", {"revision": str(revision - 1)}, follow=True)
    assert "read it again" in stale.content.decode()
    own.post(home + "versions/1/restore", {"revision": str(revision)})
    assert queries.get_draft(clone).document == first.document
    active = queries.active_version(clone)
    assert active is not None and active.number == 2


def test_a_fork_needs_a_name_and_a_free_place(own: Client, clone: Any, home: str) -> None:
    publish(clone, assets=["BTC"])
    answer = own.post(home + "versions/1/fork", {"name": " "}, follow=True)
    assert "needs at least one letter or digit" in answer.content.decode()
    for name in ("Second", "Third", "Fourth"):
        last = own.post(home + "versions/1/fork", {"name": name}, follow=True)
    assert "clones without a bought entitlement" in last.content.decode()
    assert queries.list_clones().count() == 3


def test_the_profile_is_edited_and_refusals_stand_at_their_field(own: Client, clone: Any, home: str) -> None:
    own.post(home + "profile", {"name": "Second wind", "description": "Believes in momentum."})
    clone = queries.get_clone(clone.public_id)
    assert (clone.name, clone.description) == ("Second wind", "Believes in momentum.")
    refused = own.post(home + "profile", {"name": "admin", "description": "still here"})
    assert "reserved" in refused.content.decode() and "still here" in refused.content.decode()
    assert 'id="name-error"' in refused.content.decode()
    long = own.post(home + "profile", {"name": "Fine", "description": "x" * 281})
    assert 'id="description-error"' in long.content.decode()
    assert queries.get_clone(clone.public_id).name == "Second wind"


def test_names_are_shown_as_text(own: Client, clone: Any, home: str) -> None:
    own.post(home + "profile", {"name": "<b>x</b>", "description": "<script>alert(1)</script>"})
    publish(clone, assets=["BTC"], behaviour="</script><script>alert(2)</script>")
    for page in PAGES[1:]:
        content = own.get(home + page).content
        assert b"<b>x</b>" not in content and b"<script>alert" not in content, page


def test_a_picture_is_shown_and_removed(own: Client, clone: Any, home: str) -> None:
    upload = SimpleUploadedFile("me.png", picture(), content_type="image/png")
    assert own.post(home + "profile/image", {"image": upload}).status_code == 302
    digest = queries.get_clone(clone.public_id).image_digest
    assert digest and f"/media/clones/{digest}.webp" in own.get(home + "profile").content.decode()
    own.post(home + "profile/image/remove")
    assert queries.get_clone(clone.public_id).image_digest == ""


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"<svg onload=alert(1)>", "PNG"), (b"x" * 1_048_577, "at most 1 MiB"), (b"", "empty")],
)
def test_b12_what_is_no_picture_is_refused_in_words(
    own: Client, clone: Any, home: str, content: bytes, words: str
) -> None:
    upload = SimpleUploadedFile("me.png", content, content_type="image/png")
    answer = own.post(home + "profile/image", {"image": upload}, follow=True)
    assert words in answer.content.decode()
    assert queries.get_clone(clone.public_id).image_digest == ""


def test_a_retired_clone_is_shown_and_refuses_changes(own: Client, clone: Any, home: str) -> None:
    publish(clone, assets=["BTC"])
    services.moderate_clone(clone=clone, to="retired", reason="for the test", by=BY, now=NOW)
    page = own.get(home + "build").content.decode()
    assert "Retired" in page and "data-ended" in page
    revision = queries.get_draft(clone).revision
    refused = own.post(home + "build", {**CHOICES, "revision": str(revision)})
    assert "can no longer change" in refused.content.decode()


@pytest.mark.parametrize(
    "choices",
    [
        {"assets": ["BTC"]},
        {"assets": ["SOL", "BTC"], "depth": "deep", "engine": "model", "behaviour": "wait", "name": "Ada"},
        {"assets": ["ETH"], "enabled": False, "strategy": "mean_reversion", "cadence_minutes": 240},
        {"assets": ["ETH"], "engine": "noop"},
    ],
)
def test_what_basic_makes_it_can_show_again(choices: dict[str, Any]) -> None:
    assert basic.choices_of(graph.basic(**choices)) == {**basic.DEFAULTS, **choices}


@pytest.mark.parametrize(
    ("node", "fields"),
    [
        (0, {"stream": "funding"}),
        (0, {"mode": "required"}),
        (1, {"active": False}),
    ],
)
def test_what_basic_cannot_show_has_no_choices(node: int, fields: dict[str, Any]) -> None:
    document = graph.basic(assets=["BTC", "ETH"])
    document["nodes"][node] |= fields
    assert basic.choices_of(document) is None
    assert basic.choices_of({"nodes": "no list"}) is None


def test_a_whole_new_strategy_is_told_without_what_goes_without_saying() -> None:
    blocks = changes.between(None, graph.compile(graph.basic(assets=["BTC"])))
    assert [(block["kind"], block["title"], block["what"]) for block in blocks] == [
        ("added", "BTC", "Asset"),
        ("added", "Trader", "Trading prompt"),
    ]
    assert [line["label"] for line in blocks[0]["lines"]] == ["Data"]
    assert blocks[0]["lines"][0]["after"] == "1-minute candles, Funding rate, Mark price"
    assert [line["label"] for line in blocks[1]["lines"]] == ["Trades", "Cadence", "Engine", "Strategy"]
