"""The routes of decision runs: actions and reasons are public, what lay behind them is the owner's."""

import pytest
from django.contrib.auth import get_user_model
from rest_framework.test import APIClient

from apps.decisions.engine.document import document_digest
from tests.decisions.world import BAR, NOW, make_version

pytestmark = pytest.mark.django_db
PRIVATE = {"packet", "rawAnswer", "promptKey", "cost", "errorDetail"}


@pytest.fixture
def run(ask):
    """One decided slot."""
    return ask()


def address(run):
    return f"/api/v1/clones/{run.version.clone.public_id}/decision-runs"


def test_anybody_reads_actions_and_reasons_but_no_context(run):
    (item,) = APIClient().get(address(run)).json()["items"]
    (action,) = item["actions"]
    assert (action["kind"], action["side"], action["notional"]) == ("open", "long", "30000.00")
    assert action["reason"].startswith("trend")
    assert item["recordDigest"] == run.record_digest and not PRIVATE & set(item)
    assert not PRIVATE & set(APIClient().get(f"{address(run)}/{run.public_id}").json())


def test_another_player_sees_no_more_than_anybody(run):
    client = APIClient()
    client.force_authenticate(get_user_model().objects.create(username="other"))
    assert not PRIVATE & set(client.get(f"{address(run)}/{run.public_id}").json())


def test_the_owner_reads_everything(run):
    client = APIClient()
    client.force_authenticate(run.version.clone.owner)
    found = client.get(f"{address(run)}/{run.public_id}").json()
    assert set(found) >= PRIVATE and found["rawAnswer"] == run.raw_answer
    assert document_digest(found["packet"]) == found["contextDigest"], (
        "the packet must go out as it was sealed"
    )


def test_pages_run_from_the_newest(run, ask):
    newest = ask(slot_at=NOW + BAR, now=NOW + BAR)
    first = APIClient().get(address(run), {"limit": 1}).json()
    assert [item["id"] for item in first["items"]] == [newest.public_id]
    second = APIClient().get(address(run), {"limit": 1, "cursor": first["nextCursor"]}).json()
    assert [item["id"] for item in second["items"]] == [run.public_id]


def test_b09_a_run_of_another_clone_is_not_found(run):
    other = make_version("Other").clone
    for path, code in (
        (f"/api/v1/clones/{other.public_id}/decision-runs/{run.public_id}", "NOT_FOUND"),
        ("/api/v1/clones/x/decision-runs", "CLONE_NOT_FOUND"),
    ):
        answer = APIClient().get(path)
        assert answer.status_code == 404 and answer.json()["code"] == code


def test_runs_cannot_be_written(run):
    client = APIClient()
    client.force_authenticate(run.version.clone.owner)
    assert client.post(address(run), {}, format="json").status_code == 405
