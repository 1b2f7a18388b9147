"""A prop account's page: everybody's where the account is, richer for its owner, and none at all for others."""

from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from apps.clones import queries as clones
from apps.clones.services import moderate_clone
from apps.competition import queries as competition
from apps.competition.services import auditions
from apps.market import queries as market
from apps.operations import clock
from apps.operations.types import Actor
from apps.trading import queries as trading
from apps.trading.models import PropAccount, TriggerOrder
from apps.users.models import User
from apps.web.compose.waterfall import WHOLE, waterfall
from tests import arena_world
from tests.users.signing import wallet
from tests.web.people import enter
from tests.web.test_my import make

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("tests")


@pytest.fixture(autouse=True)
def nothing_shared() -> None:
    cache.clear()


@pytest.fixture
def standing(tmp_path: Path) -> Any:
    """The leader of an Arena in which clones have traded."""
    arena_world.move(arena_world.begin(tmp_path), steps=14)
    return competition.arena_standings()[0]


def put_stop(account: PropAccount) -> None:
    asset = market.get_asset(account.policy["allowed_symbols"][0])
    TriggerOrder.objects.create(
        account=account,
        asset=asset,
        symbol=asset.symbol,
        kind="stop",
        side=1,
        price_micros=7_654_321,
        set_at=clock.now(),
    )


def page_of(client: Client, account_id: str) -> Any:
    return client.get(f"/accounts/{account_id}")


def test_everybody_reads_an_arena_account_and_its_books_add_up(standing: Any, client: Client) -> None:
    answer = page_of(client, standing.account_public_id)
    shown = answer.context["account"]
    account = trading.get_account(standing.account_public_id)
    assert shown["money"]["equity"] == shown["tiles"][1]["value"]
    assert len(shown["orders"]) == account.order_sequence
    assert shown["ledger"]["head"] == account.ledger_head in answer.content.decode()
    amounts = [posting["kind"] for posting in shown["ledger"]["postings"]]
    assert amounts[-1] == "Deposit" and "Taker fee" in amounts
    legs = [leg for posting in shown["ledger"]["postings"] for leg in posting["legs"]]
    assert len(legs) == account.ledger_sequence
    assert shown["standing"]["what"] == "Trading."
    assert (
        f"verify_account.py http://testserver/api/v1/prop/accounts/{account.public_id}"
        in answer.content.decode()
    )


def test_the_waterfall_ends_where_its_steps_lead(standing: Any) -> None:
    story = trading.money_story(trading.get_account(standing.account_public_id))
    fall = waterfall(story)
    for row in [*fall["rows"], fall["bar"]]:
        assert 0 <= row["left"] <= WHOLE and 0 <= row["left"] + row["size"] <= WHOLE
    bar = fall["bar"]
    begin, end = (0, bar["size"]) if story.parts.profit > 0 else (bar["size"], 0)
    assert abs(bar["left"] + begin - fall["zero"]) <= 1
    last = fall["rows"][-1]
    touched = {last["left"], last["left"] + last["size"]}
    assert min(abs(bar["left"] + end - edge) for edge in touched) <= 1


def test_a_standing_exit_is_its_owners_alone(standing: Any, client: Client) -> None:
    account = trading.get_account(standing.account_public_id)
    put_stop(account)
    public = page_of(client, account.public_id)
    assert public.context["account"]["exits"] is None
    assert b"7.65" not in public.content and b"Standing exits" not in public.content
    owner = enter(client, wallet(21))
    clones.list_clones().filter(pk=account.clone_id).update(owner=owner)
    own = page_of(client, account.public_id)
    (stop,) = own.context["account"]["exits"]["standing"]
    assert (stop["kind"], stop["terms"]) == ("Stop", "at $7.6543")
    assert own["Cache-Control"] == "no-store, private"


@pytest.fixture
def running(client: Client) -> tuple[User, PropAccount]:
    """A player, and the account of the audition that their clone is on."""
    arena_world.show_time(arena_world.START)
    player = enter(client, wallet(20))
    clone = make(player, "Paid", published=True, paid=True)
    client.post(f"/my/clones/{clone.public_id}/audition")
    return player, trading.list_accounts(clone=clone).get()


def test_a_running_auditions_account_is_a_page_for_its_owner_and_operators(
    running: Any, client: Client, django_user_model: Any
) -> None:
    _, account = running
    own = page_of(client, account.public_id)
    assert own.status_code == 200 and "Private until it is over" in own.content.decode()
    assert page_of(Client(), account.public_id).status_code == 404
    other = Client()
    enter(other, wallet(22))
    assert page_of(other, account.public_id).status_code == 404
    operator = Client()
    operator.force_login(django_user_model.objects.create_superuser(username="ops", password="x" * 20))
    assert page_of(operator, account.public_id).status_code == 200
    card = client.get("/my").context["page"]["cards"][0]
    assert card["trade"]["url"] == f"/accounts/{account.public_id}"


def test_a_clones_page_shows_others_the_way_of_its_audition_and_no_account(
    running: Any, client: Client
) -> None:
    _, account = running
    address = f"/clones/{account.clone.public_id}"
    assert client.get(address).context["clone"]["account"] == account.public_id
    seen = Client().get(address)
    clone = seen.context["clone"]
    assert (clone["account"], clone["private"]["target_text"]) == ("", "target +3.00%")
    assert "tiles" not in clone and account.public_id not in seen.content.decode()
    assert Client().get(f"{address}?account={account.public_id}").status_code == 404
    auditions.void(
        audition=competition.auditions().get(), reason="OPERATOR_REQUEST", by=SYSTEM, now=clock.now()
    )
    assert Client().get(address).context["clone"]["account"] == account.public_id


def test_the_account_of_a_hidden_clone_has_no_page_for_others(standing: Any, client: Client) -> None:
    clone = clones.get_clone(standing.clone_public_id)
    moderate_clone(clone=clone, to="hidden", reason="reported and confirmed", by=SYSTEM, now=clock.now())
    answer = page_of(client, standing.account_public_id)
    assert answer.status_code == 404 and standing.clone_name not in answer.content.decode()
    assert client.get(f"/api/v1/prop/accounts/{standing.account_public_id}").status_code == 200


def test_lists_lead_to_the_account(standing: Any, client: Client) -> None:
    rows = client.get("/live/arena").json()["rows"]
    assert rows[0]["account_url"] == f"/accounts/{standing.account_public_id}"
    assert rows[0]["account_url"] in client.get("/").content.decode()
    assert (
        client.get(f"/clones/{standing.clone_public_id}").context["clone"]["account_url"]
        == rows[0]["account_url"]
    )
    for result in client.get("/auditions").context["page"]["results"]:
        assert client.get(result["account_url"]).status_code == 200


def test_the_page_takes_a_fixed_number_of_queries(
    standing: Any, client: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(26):
        page_of(client, standing.account_public_id)
