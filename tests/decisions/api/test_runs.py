"""The routes of decision runs: the owner's, and in part operators' and programs'; nobody else's."""

import pytest
from django.contrib.auth import get_user_model
from rest_framework.test import APIClient

from apps.decisions.engine.document import document_digest
from apps.operations import clock
from apps.users.services import tokens
from apps.users.types import ServiceScope
from tests.decisions.world import BAR, BY, NOW, make_version

pytestmark = pytest.mark.django_db
PRIVATE = {"packet", "contextDigest", "rawAnswer", "promptKey", "wakeCause", "cost", "errorDetail"}


@pytest.fixture
def run(ask):
    """One decided slot."""
    return ask()


@pytest.fixture
def token():
    """The secret of a program that reads prop accounts."""
    _, secret = tokens.issue_service_token(
        name="reader",
        scopes=[ServiceScope.PROP_READ],
        expires_at=clock.real_now() + BAR,
        by=BY,
        now=clock.real_now(),
    )
    return secret


def address(run):
    return f"/api/v1/clones/{run.version.clone.public_id}/decision-runs"


def signed_in(user):
    client = APIClient()
    client.force_authenticate(user)
    return client


def operator():
    return signed_in(get_user_model().objects.create_superuser(username="ops", password="x" * 20))


def test_nobody_else_learns_what_a_clone_decides(run):
    people = [get_user_model().objects.create(username=name) for name in ("other", "staff")]
    people[1].is_staff = True
    for client in (APIClient(), *map(signed_in, people)):
        for path in (address(run), f"{address(run)}/{run.public_id}"):
            answer = client.get(path)
            assert answer.status_code == 404 and answer.json()["code"] == "CLONE_NOT_FOUND"
            assert not {"items", "actions", "recordDigest"} & set(answer.json())


def test_operators_and_prop_programs_read_actions_and_reasons_but_no_context(run, token):
    program = APIClient(HTTP_AUTHORIZATION=f"Bearer {token}")
    for client in (operator(), program):
        (item,) = client.get(address(run)).json()["items"]
        (action,) = item["actions"]
        assert (action["kind"], action["side"], action["notional"]) == ("open", "long", "30000.00")
        assert action["reason"].startswith("trend")
        assert item["recordDigest"] == run.record_digest and not PRIVATE & set(item)
        alone = client.get(f"{address(run)}/{run.public_id}").json()
        assert not PRIVATE & set(alone) and run.context_digest not in str([item, alone])


def test_the_owner_reads_everything(run):
    client = signed_in(run.version.clone.owner)
    found = client.get(f"{address(run)}/{run.public_id}").json()
    assert set(found) >= PRIVATE and found["rawAnswer"] == run.raw_answer
    assert document_digest(found["packet"]) == found["contextDigest"], (
        "the packet must go out as it was sealed"
    )


def test_pages_run_from_the_newest(run, ask):
    newest = ask(slot_at=NOW + BAR, now=NOW + BAR)
    client = signed_in(run.version.clone.owner)
    first = client.get(address(run), {"limit": 1}).json()
    assert [item["id"] for item in first["items"]] == [newest.public_id]
    second = client.get(address(run), {"limit": 1, "cursor": first["nextCursor"]}).json()
    assert [item["id"] for item in second["items"]] == [run.public_id]


def test_b09_a_run_of_another_clone_is_not_found(run):
    other = make_version("Other").clone
    client = operator()
    for path, code in (
        (f"/api/v1/clones/{other.public_id}/decision-runs/{run.public_id}", "NOT_FOUND"),
        ("/api/v1/clones/x/decision-runs", "CLONE_NOT_FOUND"),
    ):
        answer = client.get(path)
        assert answer.status_code == 404 and answer.json()["code"] == code


def test_runs_cannot_be_written(run):
    client = signed_in(run.version.clone.owner)
    assert client.post(address(run), {}, format="json").status_code == 405
