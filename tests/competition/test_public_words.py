"""An operator's words about an audition are for its owner and the desk; a hidden clone's audition is its owner's alone."""

from typing import Any

import pytest
from django.test import Client

from apps.clones import services as clone_services
from apps.competition import queries
from apps.competition.models import Audition
from apps.competition.services import auditions
from apps.operations import clock
from apps.operations.types import Actor
from apps.trading.queries import Reader
from apps.users.models import User
from tests.competition import trials
from tests.competition.trials import BY, begun, fresh, mark, minutes
from tests.users.signing import enter, wallet

pytestmark = pytest.mark.django_db
API = "/api/v1/lifecycle/auditions"
WORDS = "Bob shares his wallet with Eve"


@pytest.fixture(autouse=True)
def market_time() -> None:
    clock.set_anchor(real_now=clock.real_now(), market_at=minutes(60), speed=0.001)


@pytest.fixture
def voided() -> Audition:
    audition = begun()
    for at in (1, 2):
        mark(audition, 0, minutes=at)
    operator = Actor.user(trials.person("olga"))
    auditions.void(audition=fresh(audition), reason=WORDS, by=operator, now=minutes(3))
    return fresh(audition)


def owning(audition: Audition) -> Client:
    entered = enter(wallet(1), now=clock.real_now())
    clone = audition.clone
    clone.__class__.objects.filter(pk=clone.pk).update(owner=User.objects.get(pk=entered.user.pk))
    return Client(headers={"Authorization": f"Bearer {entered.access}"})


def test_nobody_reads_an_operators_words_without_being_meant(voided: Audition) -> None:
    anybody = Client()
    one = voided.public_id
    for path in ("/auditions", f"/auditions/{one}", "/", API, f"{API}/{one}", f"{API}/{one}/verdict"):
        answer = anybody.get(path)
        assert answer.status_code == 200 and WORDS not in answer.content.decode(), path
    assert anybody.get(f"{API}/{one}").json()["reason"] == "OPERATOR"
    assert "Operators ended it" in anybody.get("/auditions").content.decode()
    assert {view.reason for view in queries.list_auditions()} == {"OPERATOR"}
    assert owning(voided).get(f"{API}/{one}/verdict").json()["reason"] == WORDS


def test_a_hidden_clones_audition_is_none_but_for_its_owner(voided: Audition) -> None:
    clone_services.moderate_clone(clone=voided.clone, to="hidden", reason="x", by=BY, now=minutes(4))
    one = voided.public_id
    owner = owning(voided)
    for path in (f"{API}/{one}", f"{API}/{one}/verdict", f"/auditions/{one}"):
        assert Client().get(path).status_code == 404, path
    for path in (f"{API}/{one}", f"{API}/{one}/verdict"):
        assert owner.get(path).status_code == 200, path
    reader: Any = Reader(user_id=fresh(voided).clone.owner_id)
    assert queries.why(one, reader).reason == WORDS
