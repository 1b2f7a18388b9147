"""The owner's decision explorer and dry runs on the pages; nobody else's, and nothing in it is more than text."""

import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from apps.clones import queries as clones
from apps.clones.models import Clone
from apps.core import limits
from apps.core.json_strict import sha256_hex
from apps.decisions.engine import registry
from apps.decisions.engine.types import SCHEMA, ContextPacket, RawAnswer
from apps.decisions.models import DecisionRun, ProposedAction
from apps.operations import clock
from apps.trading.models import ExecutionRecord, LedgerEntry, Order, PropAccount
from apps.trading.services.trying import seat
from apps.web.compose import evidence, explorer
from apps.web.formats import NO_BREAK
from tests import arena_world
from tests.users.signing import wallet
from tests.web.people import enter

pytestmark = pytest.mark.django_db
HOSTILE = (
    "<script>alert('e06')</script><img src=x onerror=alert(1)> \x1b[31mred\x1b[0m "
    "'; DROP TABLE clones_clone; -- [click](javascript:alert(1)) https://evil.example/?q=1&amp;x={{ secret }}"
)


@pytest.fixture(autouse=True)
def nothing_shared() -> None:
    cache.clear()
    limits.forget()


@pytest.fixture
def owned(tmp_path: Path, client: Client) -> Clone:
    """A clone that has traded, made the signed-in player's own."""
    arena_world.move(arena_world.begin(tmp_path), steps=14)
    owner = enter(client, wallet(21))
    account = PropAccount.objects.order_by("-executed_count").first()
    assert account is not None and account.executed_count
    clones.list_clones().filter(pk=account.clone_id).update(owner=owner)
    return Clone.objects.get(pk=account.clone_id)


def executed_run(clone: Clone) -> DecisionRun:
    runs = DecisionRun.objects.filter(version__clone=clone, actions__verdict__status="executed")
    return runs.earliest("pk")


def at(clone: Clone, rest: str = "") -> str:
    return f"/my/clones/{clone.public_id}/{rest}"


def test_the_list_filters_and_pages_without_losing_or_repeating_a_run(owned: Clone, client: Client) -> None:
    wanted = set(DecisionRun.objects.filter(version__clone=owned).values_list("public_id", flat=True))
    address, met = at(owned, "decisions"), []
    while address:
        page = client.get(address).context["page"]
        met += [row["id"] for row in page["rows"]]
        address = page["older"]
    assert len(met) == len(set(met)) and set(met) == wanted
    runs = DecisionRun.objects.filter(version__clone=owned)
    executed = client.get(at(owned, "decisions?outcome=executed")).context["page"]["rows"]
    assert {row["id"] for row in executed} == set(
        runs.filter(actions__verdict__status="executed").values_list("public_id", flat=True)
    )
    symbol = runs.latest("pk").symbol
    shown = client.get(at(owned, f"decisions?asset={symbol}&status=completed")).context["page"]["rows"]
    assert shown and {row["symbol"] for row in shown} == {symbol}


def test_a_filter_that_is_none_is_left_aside() -> None:
    nothing = explorer.Wanted()
    for sent in ({"before": "x"}, {"before": "9999999999999999-1"}, {"before": "1-"}):
        assert explorer.Wanted.of(sent) == nothing
    for sent in ({"status": "no"}, {"outcome": "'--"}, {"before": "\u0663-\u0663"}, {"asset": ""}):
        assert explorer.Wanted.of(sent) == nothing
    assert explorer.Wanted.of({"before": "1700000000000-7"}).before == (
        datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
        7,
    )


def test_a_decision_shows_what_it_saw_said_wanted_was_allowed_and_got(owned: Clone, client: Client) -> None:
    run = executed_run(owned)
    answer = client.get(at(owned, f"decisions/{run.public_id}"))
    shown, text = answer.context["run"], answer.content.decode()
    assert answer["Cache-Control"] == "no-store, private"
    sections = {one["key"]: one for one in shown["saw"]}
    assert {"price", "account", "limits"} <= set(sections) and sections["price"]["age"]
    assert shown["answer"]["text"] == run.raw_answer and run.record_digest in text
    (act,) = shown["actions"]
    record = ExecutionRecord.objects.get(verdict__action__run=run)
    gates = json.loads(record.document)["gates"]
    assert len(act["allowed"]["gates"]) + len(act["allowed"]["answers"]) == len(gates) > 20
    assert act["allowed"]["passed"] == act["allowed"]["met"] == len(gates)
    order = Order.objects.get(action__run=run)
    assert len(act["got"]["receipts"]) == order.fills.count()
    booked = LedgerEntry.objects.filter(
        account=order.account, reference__startswith=f"fill:{order.sequence}:"
    )
    assert [row["sequence"] for row in act["got"]["ledger"]] == sorted(
        booked.values_list("sequence", flat=True)
    )
    assert record.digest in text and shown["proof_url"] == f"/decisions/{run.public_id}"


def test_the_gate_that_did_not_hold_stands_in_the_table_and_the_answers_below_it() -> None:
    rows = [["TRADING_HALTED", 0, 0, 1, True], ["COOLDOWN", 5_000, 1_200, 2**62, False]]
    shown = evidence.allowed(status="denied", code="COOLDOWN", detail="", rows=rows)
    (failing,) = shown["gates"]
    assert (failing["asks"], failing["range"]) == ("Rest since the last action", f"at least 5{NO_BREAK}s")
    assert not failing["holds"] and len(shown["answers"]) == 1 and shown["passed"] == 1


def test_a_run_of_another_clone_or_of_nobody_is_not_found(owned: Clone, client: Client) -> None:
    other = DecisionRun.objects.exclude(version__clone=owned).earliest("pk")
    for run_id in (other.public_id, "run_0000000000000000000000"):
        assert client.get(at(owned, f"decisions/{run_id}")).status_code == 404
    visitor = Client()
    enter(visitor, wallet(22))
    for rest in ("decisions", f"decisions/{executed_run(owned).public_id}", "try"):
        assert visitor.get(at(owned, rest)).status_code == 404


def test_the_pages_take_a_fixed_number_of_statements(
    owned: Clone, client: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(24):
        client.get(at(owned, "decisions"))
    with django_assert_max_num_queries(28):
        client.get(at(owned, f"decisions/{executed_run(owned).public_id}"))


def test_a_trial_shows_what_would_be_decided_and_writes_nothing(owned: Clone, client: Client) -> None:
    def counted() -> list[int]:
        return [model.objects.count() for model in (DecisionRun, ProposedAction, Order, LedgerEntry)]

    before = counted()
    for account in ("fresh", "live"):
        answer = client.post(at(owned, "try"), {"account": account, "version": "", "what": ""})
        tried = answer.context["tried"]
        assert answer.status_code == 200 and tried["state"] == "Answered", tried["detail"]
        assert tried["saw"] and tried["answer"]["text"] and len(tried["actions"]) == 1
    assert counted() == before
    assert b"Try it now" in client.get(at(owned, "build")).content
    assert b"Try it now" in client.get(at(owned, "versions/1")).content


def test_a_trial_that_is_refused_says_why(owned: Clone, client: Client) -> None:
    with seat(str(owned.owner_id)):
        answer = client.post(at(owned, "try"), {})
    assert (answer.status_code, answer["Retry-After"]) == (429, "5")
    assert "You are trying a decision already" in answer.content.decode()
    answer = client.post(at(owned, "try"), {"what": "prompt:NONE"})
    assert answer.status_code == 422 and "no such enabled prompt" in answer.content.decode()
    assert client.post(at(owned, "try"), {"version": "99"}).status_code == 404


class Hostile:
    """An engine whose words are everything that a page, a terminal or a database might obey."""

    name, revision, is_paid, reads_streams = "rules", "rules-1", False, False

    def __init__(self, *, sound: bool) -> None:
        self.sound = sound

    def answer(self, context: ContextPacket) -> RawAnswer:
        """A valid answer with a hostile reason, or nothing but hostile words."""
        if not self.sound:
            return RawAnswer(HOSTILE)
        action = {
            "kind": "hold",
            "symbol": context.symbol,
            "side": None,
            "notional_micros": 0,
            "leverage": 1,
            "reason": HOSTILE,
        }
        return RawAnswer(json.dumps({"schema": SCHEMA, "echo": context.echo, "actions": [action]}))


@pytest.mark.parametrize("sound", [True, False])
def test_e06_hostile_output_is_text_on_every_page_in_the_console_and_in_logs(
    owned: Clone, client: Client, request: pytest.FixtureRequest, *, sound: bool
) -> None:
    monkeypatch, caplog, admin_client = map(
        request.getfixturevalue, ("monkeypatch", "caplog", "admin_client")
    )
    monkeypatch.setitem(registry.ENGINES, "rules", Hostile(sound=sound))
    caplog.set_level(logging.DEBUG)
    arena_world.move(clock.now(), steps=1)
    run = DecisionRun.objects.filter(version__clone=owned).latest("pk")
    assert run.status == ("completed" if sound else "failed")
    assert (
        (HOSTILE in json.loads(run.raw_answer)["actions"][0]["reason"])
        if sound
        else run.raw_answer == HOSTILE
    )
    assert run.answer_digest == sha256_hex(run.raw_answer.encode())
    tried = client.post(at(owned, "try"), {})
    pages = [
        *(client.get(at(owned, rest)) for rest in ("decisions", f"decisions/{run.public_id}")),
        *(client.get(one) for one in (f"/clones/{owned.public_id}", f"/accounts/{run.subject}")),
        tried,
        admin_client.get(f"/admin/decision-runs/{run.public_id}/"),
        admin_client.get(f"/admin/decisions/decisionrun/{run.pk}/change/"),
        admin_client.get("/admin/decisions/decisionrun/"),
        admin_client.get("/admin/decisions/proposedaction/"),
        admin_client.get(f"/admin/accounts/{run.subject}/"),
    ]
    for page in pages:
        text = page.content.decode()
        assert page.status_code == 200
        assert "<script>alert(" not in text and "<img src=x" not in text, page.request["PATH_INFO"]
        assert 'href="javascript:' not in text and 'href="https://evil.example' not in text
    assert "&lt;script&gt;alert(" in pages[1].content.decode() and "&lt;script&gt;" in tried.content.decode()
    console = pages[5].content.decode()
    assert ("&lt;script&gt;" in console) is sound  # the reason is shown, the raw answer is its owner's alone
    assert "\x1b[31m" not in caplog.text
    assert Clone.objects.filter(pk=owned.pk).exists()
    data = client.get(f"/api/v1/clones/{owned.public_id}/decision-runs/{run.public_id}")
    assert data["Content-Type"].startswith(("application/json", "application/problem+json"))
