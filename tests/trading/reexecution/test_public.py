"""Who may have a decision proved to them, what is withheld, and that the bundle proves itself offline."""

import json
import runpy
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from apps.clones.models import StrategyVersion
from apps.clones.queries import version_digest
from apps.core.json_strict import dumps_canonical, sha256_hex
from apps.decisions.models import DecisionRun
from apps.decisions.services.sealing import RECORD_V1, RECORD_V2, record_digest
from apps.trading.models import Order, PropAccount
from apps.trading.queries import ANYBODY, Reader
from apps.trading.services import execution
from apps.trading.services.reexecution import StepStatus, sharing
from apps.trading.services.reexecution import bundle as proof
from apps.trading.services.reexecution.public import verify
from tests.trading import world
from tests.trading.reexecution.test_corruptions import flip, inside, write
from tests.trading.reexecution.test_identical import live

pytestmark = pytest.mark.django_db
STOP = 83_120_000


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> DecisionRun:
    """A filled decision of a public account, looked at a minute later."""
    account = live(6)
    monkeypatch.setattr("apps.operations.clock.now", lambda: world.NOW + 7 * world.MINUTE * 5)
    order = Order.objects.filter(account=account).latest("sequence")
    assert order.action is not None
    return DecisionRun.objects.get(pk=order.action.run_id)


def checker() -> Any:
    return runpy.run_path(str(Path(settings.BASE_DIR) / "static" / "verify_decision.py"))


def test_the_owners_words_are_the_owners(run: DecisionRun, tmp_path: Path, capsys: Any) -> None:
    account = PropAccount.objects.select_related("clone__owner").get(public_id=run.subject)
    now = world.NOW + 60 * world.MINUTE
    theirs = proof.bundle(run, account, reader=ANYBODY, now=now)
    own = proof.bundle(run, account, reader=Reader(user_id=account.clone.owner_id), now=now)
    assert theirs["answer"]["text"] is None and theirs["context"]["sections"]["prompt"]["document"] is None
    assert own["answer"]["text"] == run.raw_answer
    told = json.dumps(theirs)
    assert run.raw_answer not in told and '"behaviour"' not in told
    file = tmp_path / "own.json"
    file.write_text(json.dumps(own))
    assert checker()["main"](str(file)) == 0
    out = capsys.readouterr().out
    assert (
        f"identical  context: {run.context_digest}" in out
        and f"identical  answer: {run.answer_digest}" in out
    )
    assert not any(digest in told for digest in (run.context_digest, run.answer_digest, run.salt))
    assert run.section_digests["prompt"] not in told and run.section_digests["market"] in told


def test_the_strategy_cannot_be_guessed_and_is_proved_to_its_owner(
    run: DecisionRun, tmp_path: Path, capsys: Any
) -> None:
    account = PropAccount.objects.select_related("clone__owner").get(public_id=run.subject)
    now, digest = world.NOW + 60 * world.MINUTE, run.version.digest
    assert digest == sha256_hex(
        dumps_canonical({"compiler": run.version.compiled["compiler"], "document": run.version.document})
    ), "whoever guesses the document knows this digest"
    for reader in (ANYBODY, Reader(sees_all=True)):
        theirs = proof.bundle(run, account, reader=reader, now=now)
        assert digest not in json.dumps(theirs) and "version_digest" not in theirs["record"]["document"]
        assert theirs["strategy"] == {"digest": "", "key": "", "text": None}
        assert len(theirs["record"]["document"]["seals"]["strategy"]) == 64
        steps = verify(run.public_id, reader=reader, network=None, now=now).found.steps
        assert digest not in json.dumps([list(step.digests) for step in steps])
    own = proof.bundle(run, account, reader=Reader(user_id=account.clone.owner_id), now=now)
    assert json.loads(own["strategy"]["text"])["document"] == run.version.document
    file = tmp_path / "own.json"
    file.write_text(json.dumps(own))
    assert checker()["main"](str(file)) == 0
    assert f"identical  strategy: {digest}" in capsys.readouterr().out
    own["strategy"]["text"] = own["strategy"]["text"].replace("trend", "noop", 1)
    own["strategy"]["digest"] = sha256_hex(own["strategy"]["text"].encode())
    file.write_text(json.dumps(own))
    assert checker()["main"](str(file)) == 1
    assert "strategy: its seal in the record" in capsys.readouterr().out


@pytest.mark.parametrize("column", ["digest", "document"])
def test_an_altered_strategy_tells_nobody_else_its_digest(run: DecisionRun, column: str) -> None:
    PropAccount.objects.filter(public_id=run.subject).update(status="closed")
    kept = run.version.digest
    change = flip if column == "digest" else inside("trend", "noop")
    write("clones_strategyversion", column, run.version_id, change)
    version = StrategyVersion.objects.get(pk=run.version_id)
    now = world.NOW + 60 * world.MINUTE
    found = verify(run.public_id, reader=ANYBODY, network=None, now=now).found
    assert found.status == StepStatus.DIFFERENT
    told = json.dumps([(step.expected, step.found, *step.digests) for step in found.steps])
    assert not any(one in told for one in (kept, version.digest, version_digest(version)))


def test_a_program_reads_no_more_of_a_decision_than_anybody(run: DecisionRun) -> None:
    account = PropAccount.objects.select_related("clone__owner").get(public_id=run.subject)
    now = world.NOW + 60 * world.MINUTE
    program, owner = Reader(sees_all=True), Reader(user_id=account.clone.owner_id)
    assert proof.bundle(run, account, reader=program, now=now) == proof.bundle(
        run, account, reader=ANYBODY, now=now
    )
    steps = verify(run.public_id, reader=ANYBODY, network=None, now=now).found.steps
    (said,) = [step.sentence for step in steps if step.name == "answer"]
    cache.clear()
    DecisionRun.objects.filter(pk=run.pk).update(raw_answer=run.raw_answer.replace("trend", "trenc"))
    told = {
        name: next(
            step
            for step in verify(run.public_id, reader=reader, network=None, now=now).found.steps
            if step.name == "answer"
        )
        for name, reader in (("program", program), ("owner", owner), ("anybody", ANYBODY))
    }
    assert told["program"] == told["anybody"] and told["program"].status == StepStatus.DIFFERENT
    assert (told["program"].expected, told["program"].found, told["program"].digests) == ("", "", ())
    assert not any(character.isdigit() for character in said), "the length of what is hidden tells of it"
    assert "trend" in told["owner"].expected and told["owner"].digests


def test_exits_of_an_open_account_are_told_to_nobody_else() -> None:
    world.put_quote(dollars=100)
    account = world.make_account()
    action = world.propose_action(account, stop_micros=STOP)
    execution.execute_action(action=action, now=world.NOW)
    now = world.NOW + world.MINUTE
    theirs = proof.bundle(action.run, account, reader=ANYBODY, now=now)
    assert theirs["record"]["document"] is None and theirs["actions"][0]["execution"]["text"] is None
    assert str(STOP) not in json.dumps(theirs)
    salt = json.loads(action.verdict.record.document)["salt"]
    assert len(salt) == 32 and salt not in json.dumps(theirs), "the digest that is told would tell the stop"
    own = proof.bundle(action.run, account, reader=Reader(user_id=account.clone.owner_id), now=now)
    assert str(STOP) in json.dumps(own)


@pytest.mark.parametrize("schema", [RECORD_V1, RECORD_V2])
def test_digests_of_records_from_before_salts_are_kept_with_the_records(schema: str) -> None:
    world.put_quote(dollars=100)
    account = world.make_account()
    action = world.propose_action(account, stop_micros=STOP)
    run = action.run
    run.schema = schema
    run.record_digest = record_digest(run, [action])
    run.save(update_fields=["schema", "record_digest"])
    execution.execute_action(action=action, now=world.NOW)
    record = action.verdict.record
    document = {name: value for name, value in json.loads(record.document).items() if name != "salt"}
    unsalted = dumps_canonical(document).decode()
    write("trading_executionrecord", "document", record.pk, lambda _: unsalted)
    write("trading_executionrecord", "digest", record.pk, lambda _: sha256_hex(unsalted.encode()))
    now = world.NOW + world.MINUTE
    for reader, is_told in ((ANYBODY, False), (Reader(user_id=account.clone.owner_id), True)):
        found = verify(run.public_id, reader=reader, network=None, now=now).found
        for digest in (run.record_digest, sha256_hex(unsalted.encode())):
            assert (digest in str(found)) is is_told
    address = f"/api/v1/prop/decisions/{run.public_id}/verification"
    assert APIClient().get(address).json()["recordDigest"] == ""
    page = Client().get(f"/decisions/{run.public_id}").content.decode()
    assert run.record_digest not in page and "not told yet" in page


def test_the_page_shows_the_life_and_is_found_once_a_minute(run: DecisionRun) -> None:
    address = f"/decisions/{run.public_id}"
    page = Client().get(address)
    assert page.status_code == 200 and "public" in page["Cache-Control"]
    text = page.content.decode()
    for words in ("Identical", "It saw", "It said", "It wanted", "It was allowed", "It got", "It was sealed"):
        assert words in text, words
    assert run.record_digest in text and run.raw_answer not in text
    with CaptureQueriesContext(connection) as again:
        Client().get(address)
    assert len(again) <= 40, len(again)


def test_too_many_are_refused_and_what_is_known_is_not_counted(run: DecisionRun, monkeypatch: Any) -> None:
    monkeypatch.setattr(sharing, "RATE", "1/minute")
    address = f"/api/v1/prop/decisions/{run.public_id}/verification"
    assert [APIClient().get(address).status_code for _ in range(3)] == [200, 200, 200]
    other = DecisionRun.objects.filter(subject=run.subject).exclude(pk=run.pk).latest("pk")
    assert APIClient().get(f"/api/v1/prop/decisions/{other.public_id}/verification").status_code == 429
    page = Client().get(f"/decisions/{other.public_id}")
    assert page.status_code == 429 and int(page["Retry-After"]) > 0


def test_a_running_audition_is_nobodys_but_its_owners(run: DecisionRun) -> None:
    PropAccount.objects.filter(public_id=run.subject).update(purpose="audition")
    places = [f"/api/v1/prop/decisions/{run.public_id}", f"/decisions/{run.public_id}", "/decisions/run_none"]
    assert [Client().get(place).status_code for place in places] == [404, 404, 404]
    owner = PropAccount.objects.get(public_id=run.subject).clone.owner
    client = Client()
    client.force_login(owner)
    page = client.get(f"/decisions/{run.public_id}")
    assert page.status_code == 200 and page["Cache-Control"] == "no-store, private"
