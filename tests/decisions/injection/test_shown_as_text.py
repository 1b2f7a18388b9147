"""E06: what a model says is shown as text. And of E05: names of clones and categories of assets reach no prompt."""

import json
import logging
import re
from typing import Any

import pytest
from django.apps import apps as registry
from django.contrib.auth import get_user_model
from django.template.loader import render_to_string
from django.test import Client
from rest_framework.test import APIClient

from apps.clones.models import Clone
from apps.decisions.engine.phrasing import write_answer
from apps.decisions.engine.prompt import assemble
from apps.decisions.engine.registry import ENGINES
from apps.decisions.engine.types import ContextPacket, RawAnswer
from apps.decisions.services.asking import find_prompt
from apps.decisions.services.context import build_context, find_reading
from apps.exchange.types import ActionKind
from apps.market.queries import MarketBoard
from tests.decisions.injection.arena import storable
from tests.decisions.injection.corpus import CORPUS
from tests.decisions.world import ACCOUNT, NOW

pytestmark = pytest.mark.django_db
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "</textarea><svg/onload=alert(3)>",
    "\x1b[2J\x1b[31mowned\x1b]8;;https://evil.example\x07",
    "'; DROP TABLE decisions_decisionrun; --",
    "https://evil.example/?balance=1 [x](javascript:alert(4))",
    "{{ settings.SECRET_KEY }} {% debug %} ${7*7} %(asctime)s %n",
)
LIVE = re.compile(r"<(?:script>alert|img src=x|svg/onload)", re.IGNORECASE)
TEMPLATES = ("components/decisions.html", "components/proposal.html")


class Poet:
    """An engine of the house that holds, and says what it is told to say."""

    name, revision, is_paid, reads_streams = "rules", "poet-1", False, False

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def answer(self, context: ContextPacket) -> RawAnswer:
        return write_answer(context, ActionKind.HOLD, self.reason)


@pytest.fixture(params=range(len(HOSTILE)))
def said(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, caplog: Any, ask: Any) -> Any:
    """A run whose reason is hostile, and everything that was logged meanwhile."""
    caplog.set_level(logging.DEBUG)
    reason = HOSTILE[request.param]
    monkeypatch.setitem(ENGINES, "rules", Poet(reason))
    run = ask()
    assert run.status == "completed"
    return run, reason, caplog


def test_e06_it_is_stored_as_it_was_said(said: Any) -> None:
    run, reason, _ = said
    (action,) = run.actions.all()
    assert action.reason == reason
    assert json.loads(run.raw_answer)["actions"][0]["reason"] == reason


def test_e06_the_console_shows_it_as_text(said: Any) -> None:
    run, _, _ = said
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("op", password="a long enough password"))
    for page in (
        "/admin/decisions/decisionrun/",
        f"/admin/decisions/decisionrun/{run.pk}/change/",
        "/admin/decisions/proposedaction/",
        f"/admin/decisions/proposedaction/{run.actions.get().pk}/change/",
    ):
        answer = client.get(page)
        assert answer.status_code == 200, page
        body = answer.content.decode()
        assert not LIVE.search(body), page
        assert 'href="javascript:' not in body
        assert "asctime" not in body or "%(asctime)s" in body


def test_e06_the_pages_show_it_as_text(said: Any) -> None:
    _, reason, _ = said
    row = {"wanted": "Hold", "reason": reason, "symbol": "BTC"}
    contexts: tuple[dict[str, Any], ...] = (
        {"clone": {"decisions": [row], "verdicts": []}},
        {"act": {"wanted": {"title": "Hold", "reason": reason}, "allowed": {}, "got": None}},
    )
    for template, context in zip(TEMPLATES, contexts, strict=True):
        body = render_to_string(template, context)
        assert not LIVE.search(body), template
        if "<" in reason:
            assert "&lt;" in body


def test_e06_the_api_answers_in_json_alone(said: Any) -> None:
    run, reason, _ = said
    client = APIClient()
    client.force_authenticate(run.version.clone.owner)
    answer = client.get(f"/api/v1/clones/{run.version.clone.public_id}/decision-runs/{run.public_id}")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("application/json")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert b"\x1b" not in answer.content
    assert reason in json.dumps(answer.json(), ensure_ascii=False) or json.dumps(reason)[1:-1] in json.dumps(
        answer.json()
    )


def test_e06_no_line_of_the_log_repeats_it(said: Any) -> None:
    _, reason, caplog = said
    lines = [record.getMessage() for record in caplog.records if not record.name.startswith("django.db")]
    assert not [line for line in lines if reason in line or "\x1b" in line]


def test_e05_names_of_clones_and_categories_of_assets_are_told_to_nobody(version: Any, btc: Any) -> None:
    """Whatever stands in those two columns, the prompt of the next decision has the same bytes."""
    version.clone.refresh_from_db()

    def prompt() -> bytes:
        compiled = find_prompt(version, "prompt", "BTC")
        assert compiled is not None
        packet = build_context(
            prompt=compiled,
            symbol="BTC",
            slot_at=NOW,
            account=ACCOUNT,
            policy=None,
            board=MarketBoard(NOW),
            reading=find_reading(version, "BTC"),
        )
        return assemble(packet).document()

    before = prompt()
    assets = registry.get_model("market.Asset").objects.filter(pk=btc.pk)
    for entry in CORPUS:
        text = storable(entry.text)
        Clone.objects.filter(pk=version.clone_id).update(name=text[:40], description=text[:200])
        assets.update(category=text[:16])
        version.refresh_from_db()
        assert prompt() == before, entry
