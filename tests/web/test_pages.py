"""The pages over HTTP: what they say about the rows that the workers made."""

from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.template.loader import render_to_string
from django.test import Client

from apps.clones import queries as clones
from apps.clones.services import moderate_clone
from apps.competition import queries as competition
from apps.operations.types import Actor
from apps.trading import queries as trading
from tests import arena_world


@pytest.fixture(autouse=True)
def nothing_shared() -> None:
    cache.clear()


@pytest.fixture
def world(db: None, tmp_path: Path) -> Any:
    return arena_world.move(arena_world.begin(tmp_path), steps=16)


@pytest.mark.parametrize("address", ["/", "/auditions", "/how-it-works", "/live/arena", "/live/market"])
def test_an_empty_house_has_pages(db: None, client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    assert b"No price source yet" in answer.content


def test_the_leaderboard_is_in_the_order_of_the_standings(world: Any, client: Client) -> None:
    standings = competition.arena_standings()
    assert standings, "the demonstration should have filled a slot by now"
    rows = client.get("/live/arena").json()["rows"]
    assert [row["name"] for row in rows] == [row.clone_name for row in standings]
    page = client.get("/").content.decode()
    assert "SYNTHETIC" in page
    assert all(row["pnl_text"] in page for row in rows)


def test_an_audition_shows_its_way_to_the_target(db: None, client: Client, tmp_path: Path) -> None:
    arena_world.begin(tmp_path)
    auditions = client.get("/live/arena").json()["auditions"]
    assert len(auditions) == competition.count_auditions()
    assert all(row["at"] == row["zero"] for row in auditions)
    assert auditions[0]["name"] in client.get("/auditions").content.decode()


def test_a_clone_page_takes_the_profit_apart_without_a_rest(world: Any, client: Client) -> None:
    for standing in competition.arena_standings():
        account = trading.get_account(standing.account_public_id)
        answer = client.get(f"/clones/{standing.clone_public_id}")
        clone = answer.context["clone"]
        assert clone["account"] == account.public_id
        assert clone["money"]["equity"] == clone["tiles"][1]["value"]
        assert len(clone["orders"]) == account.executed_count


def test_every_order_has_a_receipt_that_names_its_quote(world: Any, client: Client) -> None:
    account = next(one for one in trading.list_accounts() if one.executed_count)
    clone = client.get(f"/clones/{account.clone.public_id}?account={account.public_id}").context["clone"]
    receipts = [fill for order in clone["orders"] for fill in order["fills"]]
    assert len(receipts) == trading.count_fills(account_ids=[account.pk])
    quotes = [line["value"] for fill in receipts for line in fill if line["label"] == "Quote"]
    assert len(quotes) == len(receipts) and all(quotes)


def test_a_hidden_clone_has_no_page(world: Any, client: Client) -> None:
    standing = competition.arena_standings()[0]
    clone = clones.get_clone(standing.clone_public_id)
    moderate_clone(
        clone=clone, to="hidden", reason="reported and confirmed", by=Actor.system("tests"), now=world
    )
    answer = client.get(f"/clones/{standing.clone_public_id}")
    assert answer.status_code == 404
    assert b"Back to the Arena" in answer.content


@pytest.mark.parametrize("address", ["/clones/cln_none", "/nowhere", "/clones/%F0%9F%91%BB"])
def test_what_does_not_exist_is_a_page_of_ours(db: None, client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 404
    assert b"Nobody fights here" in answer.content


@pytest.mark.parametrize("address", ["/", "/auditions", "/live/arena"])
def test_pages_are_read_only(db: None, client: Client, address: str) -> None:
    assert client.post(address).status_code == 405


def test_the_number_of_queries_does_not_grow_with_the_decisions(
    world: Any, client: Client, django_assert_max_num_queries: Any
) -> None:
    standing = competition.arena_standings()[0]
    with django_assert_max_num_queries(24):
        client.get(f"/clones/{standing.clone_public_id}")


def test_visitors_share_one_answer(db: None, client: Client, django_assert_num_queries: Any) -> None:
    first = client.get("/live/arena").json()
    with django_assert_num_queries(0):
        assert client.get("/live/arena").json() == first


def test_the_page_for_faults_needs_nothing_but_its_template() -> None:
    page = render_to_string("500.html")
    assert "Back to the Arena" in page and "Pump Party" in page
