"""The lifecycle routes: starting, retrying, refunds and verdicts for owners; the sync for programs (H05, H11, H15)."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.clones import services as clone_services
from apps.competition.models import ArenaMembership, Audition
from apps.competition.services import auditions, evaluating, refunds
from apps.operations import clock
from apps.operations.audit import Actor
from apps.operations.models import AuditEvent
from apps.users.models import User
from apps.users.services.tokens import issue_service_token, revoke_service_token, rotate_service_token
from tests.competition import trials
from tests.competition.queued import broken, waiting
from tests.competition.trials import BY, begun, fresh, granted, mark, minutes
from tests.trading import world
from tests.users.signing import enter, wallet

pytestmark = pytest.mark.django_db
API = "/api/v1/lifecycle/"


@pytest.fixture(autouse=True)
def market_time() -> None:
    clock.set_anchor(real_now=clock.real_now(), market_at=minutes(60), speed=0.001)


@pytest.fixture
def owner() -> Client:
    """The owner of the world's clones, signed in."""
    entered = enter(wallet(1), now=clock.real_now())
    User.objects.filter(username="owner").delete()
    User.objects.filter(pk=entered.user.pk).update(username="owner")
    return Client(headers={"Authorization": f"Bearer {entered.access}"})


def sent(client: Client, path: str, **body: Any) -> tuple[int, str]:
    answer = client.post(API + path, body, content_type="application/json")
    said = answer.json()
    return answer.status_code, said.get("code") or said["status"]


def failed(number: int = 1) -> Audition:
    audition = begun(f"Contender {number}{number}", number=number)
    for at in (1, 2):
        mark(audition, -6, minutes=at)
    evaluating.evaluate(audition=fresh(audition), now=minutes(3))
    return fresh(audition)


def test_a_rulebook_that_is_named_must_be_the_one_that_rules(owner: Client) -> None:
    clone = world.make_clone()
    promised, other = trials.rulebook().digest, trials.rulebook(title="Another").digest
    granted(clone, digest=promised)
    body = {"cloneId": clone.public_id}
    assert sent(owner, "auditions", **body, rulebookDigest=other) == (409, "RULEBOOK_DIFFERS")
    assert sent(owner, "auditions", **body, rulebookDigest="0" * 64) == (404, "RULEBOOK_NOT_FOUND")
    assert sent(owner, "auditions", **body, rulebookDigest="0" * 63)[0] == 400
    assert sent(owner, "auditions", **body, grant="mine")[0] == 400
    assert sent(owner, "auditions", **body, rulebookDigest=promised) == (201, "running")
    assert sent(owner, "auditions", **body) == (409, "AUDITION_EXISTS")


def test_h05_a_retry_waits_for_the_end_and_for_its_payment(owner: Client) -> None:
    running = begun()
    assert sent(owner, f"auditions/{running.public_id}/retry") == (409, "AUDITION_EXISTS")
    ended = failed(2)
    path = f"auditions/{ended.public_id}/retry"
    assert sent(owner, path) == (402, "RETRY_NOT_PAID")
    granted(ended.clone, source="purchase:again", digest=ended.rulebook.digest)
    assert sent(owner, path) == (201, "running")
    assert Audition.objects.filter(clone=ended.clone).count() == 2
    assert sent(owner, "auditions/aud_none/retry") == (404, "AUDITION_NOT_FOUND")


def test_what_was_passed_is_not_repeated(owner: Client) -> None:
    (entry,) = waiting(1)
    assert sent(owner, f"auditions/{entry.audition.public_id}/retry") == (409, "AUDITION_PASSED")


def test_another_ones_audition_is_none(owner: Client) -> None:
    ended = failed()
    other = Client(headers={"Authorization": f"Bearer {enter(wallet(2), now=clock.real_now()).access}"})
    assert sent(other, f"auditions/{ended.public_id}/retry") == (404, "AUDITION_NOT_FOUND")
    assert sent(other, "auditions", cloneId=ended.clone.public_id)[0] == 404
    assert other.get(API + "refunds").json() == {"items": [], "nextCursor": None}


def test_an_owner_reads_the_own_refunds_and_why(owner: Client) -> None:
    operator = Actor.user(trials.person("olga"))
    audition = begun()
    auditions.void(audition=audition, reason="Prices were wrong", by=operator, now=minutes(2))
    unspent = granted(world.make_clone("Bea"), source="purchase:2")
    refunds.ask(entitlement=unspent, reason="Never played", by=operator, now=minutes(3))
    first, second = owner.get(API + "refunds").json()["items"]
    assert (first["auditionId"], first["entitlementId"], first["status"]) == (
        None,
        unspent.public_id,
        "waiting",
    )
    assert (second["auditionId"], second["reason"]) == (audition.public_id, "Prices were wrong")
    path = f"{API}auditions/{audition.public_id}"
    assert owner.get(f"{path}/verdict").json()["reason"] == "Prices were wrong"
    for answer in (Client().get(path), Client().get(f"{path}/verdict")):
        assert (answer.status_code, answer.json()["reason"]) == (200, "OPERATOR")


def test_a_verdict_says_what_decided(owner: Client) -> None:
    ended = failed()
    told = owner.get(f"{API}auditions/{ended.public_id}/verdict").json()
    assert (told["status"], told["reason"], told["limit"]) == ("failed", "MAX_LOSS", "94000.00")
    assert told["rule"] and told["path"] and told["rulebookDigest"] == ended.rulebook.digest


def test_the_queue_is_paged_from_its_head_with_reasons() -> None:
    entries = waiting(3)
    clone_services.moderate_clone(clone=entries[1].clone, to="hidden", reason="x", by=BY, now=minutes(4))
    page = Client().get(API + "queue?limit=2").json()
    rest = Client().get(API + "queue", {"limit": 2, "cursor": page["nextCursor"]}).json()
    rows = [*page["items"], *rest["items"]]
    assert [row["sequence"] for row in rows] == [1, 2, 3] and rest["nextCursor"] is None
    assert rows[1]["cloneName"] == "Hidden clone"


@pytest.fixture
def program() -> Any:
    token, secret = issue_service_token(name="syncer", scopes=["lifecycle"], by=BY, now=clock.real_now())
    return token, secret


def synced(secret: str) -> Any:
    return Client(headers={"Authorization": f"Bearer {secret}"}).post(API + "arena/sync")


def test_h11_a_program_syncs_and_asks_again(program: Any, settings: Any) -> None:
    settings.ARENA_SLOTS = 1
    entries = waiting(2)
    clone_services.moderate_clone(clone=entries[0].clone, to="hidden", reason="x", by=BY, now=minutes(4))
    first, second = (synced(program[1]).json() for _ in "ab")
    assert first == {"seen": 2, "done": 1, "skipped": 1, "failed": 0, "failures": []}
    assert second == {"seen": 1, "done": 0, "skipped": 1, "failed": 0, "failures": []}
    assert ArenaMembership.objects.get().clone_id == entries[1].clone_id
    admitted = AuditEvent.objects.get(verb="competition.clone.admitted")
    assert (admitted.actor_kind, admitted.actor_id) == ("program", "syncer")
    assert broken() == {}


def test_h15_only_a_live_token_of_this_scope_syncs(program: Any, owner: Client) -> None:
    token, secret = program
    now = clock.real_now()
    _, other = issue_service_token(name="reader", scopes=["prop:read", "health"], by=BY, now=now)
    gone = now - timedelta(days=1)
    _, expired = issue_service_token(
        name="old", scopes=["lifecycle"], by=BY, now=gone, expires_at=gone + timedelta(hours=1)
    )
    for wrong in (other, expired, secret[:-1], secret + "x", ""):
        answer = synced(wrong)
        assert (answer.status_code, answer.json()["status"]) == (401, 401), wrong
    assert owner.post(API + "arena/sync").status_code == 403
    _, second = rotate_service_token(token=token, overlap=timedelta(0), by=BY, now=now)
    assert (synced(secret).status_code, synced(second).status_code) == (401, 200)
    token.refresh_from_db()
    revoke_service_token(token=token, reason="over", by=BY, now=now)
    assert synced(second).status_code == 401


def test_h15_a_program_has_no_clones(program: Any) -> None:
    machine = Client(headers={"Authorization": f"Bearer {program[1]}"})
    assert sent(machine, "auditions", cloneId="cln_x")[0] == 401
    assert machine.get(API + "refunds").status_code == 401
    assert not Audition.objects.exists()
