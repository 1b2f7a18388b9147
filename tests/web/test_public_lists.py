"""Long public lists: running auditions do not vanish behind results, and the queue turns its pages."""

import pytest
from django.test import Client

from apps.competition.services import evaluating
from apps.web import paging
from apps.web.compose import auditions, queue
from tests.competition.queued import waiting
from tests.competition.trials import begun, fresh, mark, minutes

pytestmark = pytest.mark.django_db


def test_a_running_audition_stands_before_any_number_of_later_results(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditions, "MOST_RESULTS", 1)
    monkeypatch.setattr(auditions, "RUNNING_SHOWN", 1)
    running = [begun("Ada", number=1), begun("Bob", number=2)]
    for number in (3, 4):
        later = begun(f"Contender {number}{number}", number=number)
        for at in (1, 2):
            mark(later, -7, minutes=at)
        evaluating.evaluate(audition=fresh(later), now=minutes(3))
    pages = [client.get("/auditions", {"page": number}).context["page"] for number in (1, 2)]
    assert [row["id"] for page in pages for row in page["running"]] == [
        audition.public_id for audition in reversed(running)
    ]
    assert [(page["count"], len(page["results"])) for page in pages] == [(2, 1), (2, 1)]
    assert "?page=2" in client.get("/auditions").content.decode()


def test_the_queue_turns_pages_and_a_place_is_counted(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "SHOWN", 2)
    entries = waiting(3)
    pages = [client.get("/queue", {"page": number}).context["page"] for number in ("1", "2", "99", "x")]
    assert [[row["place"] for row in page["waiting"]] for page in pages] == [[1, 2], [3], [3], [1, 2]]
    assert {page["in_line"] for page in pages} == {3}
    place = queue.place_of(entries[2].clone, now=minutes(5))
    assert place is not None and place["place"] == 3


def test_pages_of_nothing_are_one() -> None:
    assert paging.turn("", total=0, shown=50) == paging.Page(0, 1, 0, 0, 1)
