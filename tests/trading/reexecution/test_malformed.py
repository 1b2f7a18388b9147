"""Documents with values of every wrong kind: a named difference, never an error, on every way to ask."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client

from apps.core import limits
from apps.decisions import queries as decisions
from apps.decisions.models import DecisionRun
from apps.operations.artifacts import ArtifactStoreDown
from apps.trading.models import DayRoot, ExecutionRecord
from apps.trading.queries import ANYBODY
from apps.trading.services import day_roots, execution
from apps.trading.services.reexecution import StepStatus, decision, reexecute
from apps.trading.services.reexecution import bundle as proof
from apps.trading.services.reexecution.case import Case
from tests.trading import world
from tests.trading.reexecution.test_corruptions import NOW, Life, write
from tests.trading.reexecution.test_missing import lift

pytestmark = pytest.mark.django_db
WRONG: tuple[Any, ...] = (None, [], {}, 7, -1, "x", True, 10**30, [[1]], {"digest": 5}, "quote:" + "9" * 30)
DEEP = 950  # a database refuses more, and Python reads less


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of a document; of a list the first item alone."""
    if path:
        yield path
    items = (
        value.items()
        if isinstance(value, dict)
        else list(enumerate(value))[:1]
        if isinstance(value, list)
        else ()
    )
    for name, item in items:
        yield from places(item, (*path, name))


def with_value(document: str, path: tuple[Any, ...], value: Any) -> str | None:
    """The document with another value at a place; None where that is the value which stands there."""
    changed = json.loads(document)
    at = changed
    for name in path[:-1]:
        at = at[name]
    if at[path[-1]] == value and type(at[path[-1]]) is type(value):
        return None
    at[path[-1]] = value
    return json.dumps(changed, sort_keys=True, separators=(",", ":"))


def mutations(document: str) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Each place with each wrong value, the values taken in turn so that every place meets some of each kind."""
    for number, path in enumerate(places(json.loads(document))):
        for turn in range(4):
            changed = with_value(document, path, WRONG[(number + 3 * turn) % len(WRONG)])
            if changed is not None:
                yield path, changed


def asked_every_way(life: Life) -> StepStatus:
    """What asking again gives; the bundle and its numbers are made as well."""
    run = decisions.get_bare_run(life.run.public_id)
    json.dumps(proof.bundle(run, life.account, reader=ANYBODY, now=NOW), allow_nan=False)
    found = reexecute(run, now=NOW)
    assert all(step.where for step in found.steps if step.status == StepStatus.DIFFERENT)
    return found.status


def put(table: str, column: str, key: int, text: str) -> None:
    cast = "::jsonb" if connection.vendor == "postgresql" and column not in ("document", "leaves") else ""
    with connection.cursor() as cursor:
        cursor.execute(f'UPDATE {table} SET "{column}" = %s{cast} WHERE id = %s', [text, key])


@pytest.mark.parametrize("column", ["context", "parameters"])
def test_every_wrong_value_of_a_run_is_named(column: str) -> None:
    life = Life()
    document = json.dumps(getattr(DecisionRun.objects.get(pk=life.run.pk), column))
    if column == "parameters":
        document = '{"temperature": "0.2"}'
    tried = 0
    for path, changed in [
        *mutations(document),
        *(((), text) for text in ("null", "[]", "7", '"x"', "[[]]")),
    ]:
        put("decisions_decisionrun", column, life.run.pk, changed)
        assert asked_every_way(life) == StepStatus.DIFFERENT, (path, changed[:200])
        tried += 1
    assert tried > (150 if column == "context" else 5)


def test_every_wrong_value_of_a_record_is_named() -> None:
    life = Life()
    lift(ExecutionRecord)
    tried = 0
    for path, changed in [
        *mutations(life.record.document),
        *(((), text) for text in ("", "{", "null", "[]", "7")),
    ]:
        put("trading_executionrecord", "document", life.record.pk, changed)
        assert asked_every_way(life) == StepStatus.DIFFERENT, (path, changed[:200])
        tried += 1
    assert tried > 300


UNREADABLE = (
    '{"a":' * DEEP + "1" + "}" * DEEP,
    "[" * DEEP + "]" * DEEP,
    '{"closes": ' + "9" * 5_000 + "}",
    '{"closes": 1.5}',
    "null",
    '"text"',
)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("decisions_decisionrun", "context"),
        ("decisions_decisionrun", "parameters"),
        ("trading_executionrecord", "document"),
    ],
)
def test_what_cannot_even_be_read_is_no_error_anywhere(
    table: str, column: str, monkeypatch: Any, capsys: Any
) -> None:
    life = Life()
    lift(ExecutionRecord)
    monkeypatch.setattr("apps.operations.clock.now", lambda: NOW)
    key = life.record.pk if table.startswith("trading") else life.run.pk
    for text in UNREADABLE:
        if text == "null" and column in ("context", "parameters"):
            continue  # the columns refuse it
        put(table, column, key, text)
        cache.clear()
        limits.forget()
        ask_at_every_door(life, capsys, text[:40])


def ask_at_every_door(life: Life, capsys: Any, text: str) -> None:
    """The API, the page and the commands: each names a difference."""
    address = f"/api/v1/prop/decisions/{life.run.public_id}"
    verification = Client().get(f"{address}/verification")
    assert verification.status_code == 200 and verification.json()["status"] == "different", text
    bundle = Client().get(address)
    assert bundle.status_code == 200 and bundle.json()["run"] == life.run.public_id, text
    assert "Different" in Client().get(f"/decisions/{life.run.public_id}").content.decode(), text
    with pytest.raises(SystemExit) as code:
        call_command("replay_decision", life.run.public_id)
    assert code.value.code == 1 and "DIFFERENT" in capsys.readouterr().out
    with pytest.raises(SystemExit) as code:
        call_command("verify_chain", life.account.public_id, "--all")
    assert code.value.code == 1 and capsys.readouterr().out


def test_a_decision_that_is_under_way_is_told_in_words(monkeypatch: Any) -> None:
    life = Life()
    monkeypatch.setattr("apps.operations.clock.now", lambda: NOW)
    DecisionRun.objects.create(
        public_id="run_open",
        subject=life.account.public_id,
        version_id=life.run.version_id,
        prompt_key="later",
        symbol="BTC",
        slot_at=NOW,
        slot_ends_at=NOW + world.MINUTE,
        status="running",
        requested_by="tests",
        created_at=NOW,
        engine="rules",
    )
    refused = Client().get("/api/v1/prop/decisions/run_open")
    assert (refused.status_code, refused.json()["code"]) == (409, "DECISION_NOT_SEALED")
    found = Client().get("/api/v1/prop/decisions/run_open/verification")
    assert (found.status_code, found.json()["status"]) == (200, "unavailable")
    assert "under way" in Client().get("/decisions/run_open").content.decode()


def test_an_archive_that_does_not_answer_makes_nothing_different(monkeypatch: Any) -> None:
    life = Life()
    monkeypatch.setattr("apps.operations.clock.now", lambda: NOW)
    DecisionRun.objects.filter(pk=life.run.pk).update(context={}, archived_at=NOW, context_artifact="0" * 64)

    def down(digest: str) -> bytes:
        raise ArtifactStoreDown("down")

    monkeypatch.setattr("apps.operations.artifacts.get", down)
    address = f"/api/v1/prop/decisions/{life.run.public_id}"
    assert Client().get(f"{address}/verification").json()["status"] == "unavailable"
    assert Client().get(f"/decisions/{life.run.public_id}").status_code == 200
    bundle = Client().get(address)
    assert (bundle.status_code, bundle.json()["code"]) == (503, "ARTIFACT_STORE_DOWN")
    assert bundle.json()["retryable"] is True


@pytest.mark.parametrize(
    "leaves", ["", "{", "null", "[1]", '[["acc_x"]]', "[" * DEEP, "[[1, 2, 3, 4, 5, 6, 7]]"]
)
def test_damaged_leaves_of_a_day_are_named_at_every_door(leaves: str, capsys: Any) -> None:
    world.put_quote(dollars=100)
    account = world.make_account()
    world.propose_action(account)
    execution.execute_pending(now=world.NOW)
    day_roots.seal_due_days(now=world.NOW + timedelta(days=1))
    day = DayRoot.objects.get()
    lift(DayRoot)
    put("trading_dayroot", "leaves", day.pk, leaves)
    proof_of = Client().get(f"/api/v1/proofs/days/{day.date}/accounts/{account.public_id}")
    assert (proof_of.status_code, proof_of.json()["code"]) == (409, "DAY_DAMAGED")
    assert Client().get(f"/api/v1/proofs/days/{day.date}").status_code == 200
    for command in (("verify_day", str(day.date)), ("verify_chain", account.public_id, "--all")):
        with pytest.raises(SystemExit) as code:
            call_command(*command)
        assert code.value.code == 1 and f"{day.date} cannot be read" in capsys.readouterr().out


def test_a_decision_that_lost_its_moment_is_still_asked() -> None:
    life = Life()
    run = decisions.get_bare_run(life.run.public_id)
    run.decided_at = None
    case = Case(run, life.account, NOW)
    assert decision.record_step(case).status == StepStatus.DIFFERENT
    case.packet = None
    assert case.moment == run.slot_at


def test_a_number_beyond_the_columns_is_named() -> None:
    life = Life()
    for column in ("trail_bps", "hold_ms"):
        write("decisions_proposedaction", column, life.action.pk, lambda _: 2**31 - 1)
    assert asked_every_way(life) == StepStatus.DIFFERENT
