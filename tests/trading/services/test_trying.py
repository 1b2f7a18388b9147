"""While models think for dry runs, or hang, owners wait for their one and everybody else is answered."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import connection, connections
from django.test import Client

from apps.core import limits
from apps.decisions.adapters.model.port import Asked
from apps.decisions.models import ModelCall
from apps.decisions.services import dry_run as decisions
from apps.decisions.services import models
from apps.operations import clock
from apps.trading.services import trying
from apps.trading.services.trying import AlreadyTrying, NoSeat, seat
from pumpparty.runtime import plan
from tests.decisions.models.world import Port, by_rules
from tests.trading import world
from tests.trading.services.thinking import set_up_model, thinking_clone


@pytest.fixture(autouse=True)
def nothing_shared() -> Iterator[None]:
    cache.clear()
    limits.forget()
    yield
    cache.clear()
    limits.forget()


@pytest.fixture
def port(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Port:
    """The model that dry runs ask, at the moment of the world's prices."""
    model = set_up_model(settings, monkeypatch)
    monkeypatch.setattr(decisions, "ask_model", partial(models.ask_model, port=model))
    monkeypatch.setattr(clock, "now", lambda: world.NOW)
    world.put_candles()
    world.put_quote(dollars=160)
    return model


def owned(name: str) -> Any:
    """A clone that asks the model, of an owner of its own."""
    clone = thinking_clone(name)
    clone.owner = get_user_model().objects.create(username=f"owner of {name}")
    clone.save()
    return clone


def tries(clone: Any) -> Any:
    """The clone's owner asks for a dry run."""
    client = Client()
    client.force_login(clone.owner)
    return client.post(f"/api/v1/clones/{clone.public_id}/dry-run", {"version": 2}, "application/json")


@pytest.mark.django_db
def test_m2_who_waits_for_a_model_holds_one_place_and_pages_are_answered(port: Port) -> None:
    clones = [owned(name) for name in ("Ada", "Bohr", "Curie")]
    answers: dict[str, Any] = {}

    def first(asked: Asked) -> str:
        answers["the same owner"] = tries(clones[0])
        answers["another owner"] = tries(clones[1])
        return by_rules(asked)

    def second(asked: Asked) -> str:
        answers["a third owner"] = tries(clones[2])
        answers["a page"] = Client().get("/")
        return by_rules(asked)

    port.script = [first, second]
    answers["the owner"] = tries(clones[0])
    assert {who: answer.status_code for who, answer in answers.items()} == {
        "the owner": 200,
        "the same owner": 429,
        "another owner": 200,
        "a third owner": 503,
        "a page": 200,
    }
    for who, code in (("the same owner", "DRY_RUN_UNDER_WAY"), ("a third owner", "DRY_RUNS_BUSY")):
        told = answers[who]
        assert told.json()["code"] == code and told.json()["retryable"] and int(told["Retry-After"]) > 0
    assert ModelCall.objects.count() == 2, "whoever was refused bought nothing"
    assert [tries(clone).status_code for clone in clones] == [200] * 3, "and every place is free again"


@pytest.mark.django_db
def test_a_place_is_free_again_whatever_became_of_the_try(port: Port) -> None:
    clone = owned("Ada")
    port.script = [RuntimeError("a defect"), "no answer", "still none"]
    with pytest.raises(RuntimeError, match="a defect"):
        tries(clone)
    refused = tries(clone)
    assert refused.status_code == 200 and b"INVALID_OUTPUT" in refused.content
    assert tries(clone).status_code == 200


def test_a_place_that_outlasted_its_time_is_not_taken_from_its_successor() -> None:
    with seat("ada"):
        cache.delete("trading-dry-run:ada")
        with seat("ada"), pytest.raises(AlreadyTrying), seat("ada"):
            pass
        cache.set("trading-dry-run:ada", "a successor's")
    assert cache.get("trading-dry-run:ada") == "a successor's"
    with seat("bohr"), seat("curie"), pytest.raises(NoSeat), seat("dirac"):
        pass
    with seat("dirac"):
        pass


def test_pages_have_threads_left_while_every_seat_is_taken() -> None:
    threads = plan.WEB_THREADS
    assert threads // 2 >= trying.SEATS
    assert trying.LONGEST.total_seconds() < models.LONGEST_SECONDS / 2


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite writes one at a time")
def test_m2_while_a_provider_hangs_a_server_of_four_threads_answers_every_page(port: Port) -> None:
    clones = [owned(name) for name in ("Ada", "Bohr", "Curie", "Dirac", "Euler", "Fermi")]
    hangs, asked = threading.Event(), threading.Semaphore(0)

    def hang(question: Asked) -> str:
        asked.release()
        hangs.wait(60)
        return by_rules(question)

    port.script = [hang] * trying.SEATS

    def served(act: Callable[[], Any]) -> int:
        try:
            return int(act().status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(plan.WEB_THREADS) as server:
        tried = [server.submit(served, partial(tries, clone)) for clone in clones]
        pages = [server.submit(served, lambda: Client().get("/")) for _ in range(12)]
        assert all(asked.acquire(timeout=30) for _ in range(trying.SEATS))
        assert [page.result(timeout=30) for page in pages] == [200] * 12, "while the provider hangs"
        assert sum(not one.done() for one in tried) == trying.SEATS
        hangs.set()
        codes = sorted(one.result(timeout=30) for one in tried)
    assert codes == [200] * trying.SEATS + [503] * (len(clones) - trying.SEATS)
