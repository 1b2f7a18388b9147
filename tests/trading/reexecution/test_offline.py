"""The program for outsiders: it finds a true bundle sound, and a change of any part of one, with all digests made anew."""

import copy
import json
import runpy
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.test import Client

from apps.decisions import queries as decisions
from apps.decisions.models import DecisionRun
from apps.decisions.services.archive import archive_payloads
from apps.trading.models import PropAccount
from apps.trading.queries import ANYBODY, Reader
from apps.trading.services.reexecution import bundle as proof
from tests.trading.reexecution.test_corruptions import NOW, Life

pytestmark = pytest.mark.django_db
CHECKER = runpy.run_path(str(Path(site.BASE_DIR) / "static" / "verify_decision.py"))
seal, text_seal = CHECKER["seal"], CHECKER["text_seal"]
Bundle = dict[str, Any]


def resealed(part: Bundle, **changes: Any) -> None:
    """Change a document and make its digest anew."""
    part["document"].update(changes)
    part["digest"] = seal(part["document"])


def rewritten(bundle: Bundle, change: Callable[[Any], None]) -> None:
    """Change the execution record and make its digest anew."""
    execution = bundle["actions"][0]["execution"]
    document = json.loads(execution["text"])
    change(document)
    execution["text"] = json.dumps(document, sort_keys=True, separators=(",", ":"))
    execution["digest"] = text_seal(execution["text"])


def ten_times(bundle: Bundle) -> None:
    rows = bundle["actions"][0]["ledger"]
    previous = rows[0]["document"]["previous_hash"]
    for row in rows:
        resealed(row, amount_micros=row["document"]["amount_micros"] * 10, previous_hash=previous)
        previous = row["digest"]


def another_fill(bundle: Bundle) -> None:
    fill = bundle["actions"][0]["fills"][0]
    resealed(fill, fee_micros=fill["document"]["fee_micros"] + 1)
    rewritten(bundle, lambda record: record["fills"].__setitem__(0, fill["digest"]))


def another_balance(bundle: Bundle) -> None:
    rows = bundle["actions"][0]["ledger"]
    resealed(rows[-1], balance_after_micros=rows[-1]["document"]["balance_after_micros"] + 1)


def another_gate(record: Any) -> None:
    record["gates"][0][2] = record["gates"][0][3] + 1


CHANGES: dict[str, Callable[[Bundle], Any]] = {
    "the account": lambda b: b.update(account="acc_x"),
    "the run": lambda b: b.update(run="run_x"),
    "a part is damaged": lambda b: b["damaged"].append("context"),
    "the record": lambda b: b["record"]["document"].update(engine="noop"),
    "the record, sealed anew": lambda b: resealed(b["record"], engine="noop"),
    "an action of the record": lambda b: b["record"]["document"]["actions"][0].update(leverage=9),
    "the link before": lambda b: b.update(previousDigest="0" * 64),
    "the next link": lambda b: b.update(nextPreviousDigest="0" * 64),
    "what it saw": lambda b: b["context"]["sections"]["market"]["document"].update(interval_ms=1),
    "what it saw, sealed anew": lambda b: resealed(b["context"]["sections"]["market"], interval_ms=1),
    "the account it saw": lambda b: resealed(b["context"]["sections"]["account"], account={}),
    "the limits it saw": lambda b: resealed(b["context"]["sections"]["limits"], limits={}),
    "the asset it saw": lambda b: resealed(b["context"]["sections"]["head"], symbol="ETH"),
    "no action": lambda b: b.update(actions=[]),
    "one action more": lambda b: b["actions"].append(b["actions"][0]),
    "the status": lambda b: b["actions"][0].update(status="denied"),
    "the reason": lambda b: b["actions"][0].update(reasonCode="COOLDOWN"),
    "the moment": lambda b: b["actions"][0].update(at="2026-03-02T12:00:03+00:00"),
    "no execution record": lambda b: b["actions"][0].update(execution=None),
    "the execution record": lambda b: b["actions"][0]["execution"].update(text="{}"),
    "another decision": lambda b: rewritten(b, lambda d: d.update(run="0" * 64)),
    "another place": lambda b: b["actions"][0]["execution"].update(sequence=99),
    "a gate": lambda b: rewritten(b, another_gate),
    "a gate left out": lambda b: rewritten(b, lambda d: d["gates"][0].__setitem__(4, False)),
    "what was asked": lambda b: rewritten(b, lambda d: d["question"]["intent"].update(leverage=9)),
    "an exit nobody proposed": lambda b: rewritten(
        b, lambda d: d["question"]["intent"].update(stop_micros=9)
    ),
    "the outcome": lambda b: rewritten(
        b, lambda d: d["outcome"]["executed"]["fills"][0].update(price_micros=1)
    ),
    "the cash after": lambda b: rewritten(
        b, lambda d: d["outcome"]["executed"]["state_after"].update(cash_micros=1)
    ),
    "the policy": lambda b: resealed(b["actions"][0]["policy"], max_leverage=99),
    "no policy": lambda b: b["actions"][0].update(policy=None),
    "the terms": lambda b: resealed(b["actions"][0]["terms"][0], max_leverage=99),
    "no terms": lambda b: b["actions"][0].update(terms=[]),
    "the price": lambda b: b["actions"][0]["quote"].update(mark_micros=1),
    "no price": lambda b: b["actions"][0].update(quote=None),
    "a book nobody named": lambda b: b["actions"][0].update(book=b["actions"][0]["policy"]),
    "a fill": another_fill,
    "a fill left out": lambda b: b["actions"][0]["fills"].pop(),
    "ten times the amounts": ten_times,
    "a balance": another_balance,
    "a ledger row left out": lambda b: b["actions"][0]["ledger"].pop(),
    "a part of another kind": lambda b: b["actions"][0].update(ledger=7),
}


def told(life: Life, reader: Reader) -> Bundle:
    account = PropAccount.objects.select_related("clone__owner").get(pk=life.account.pk)
    made = proof.bundle(decisions.get_run(life.run.public_id), account, reader=reader, now=NOW)
    return dict(json.loads(json.dumps(made)))


def test_a_change_of_any_part_is_found(tmp_path: Path, capsys: Any, monkeypatch: Any) -> None:
    life, file = Life(), tmp_path / "bundle.json"
    monkeypatch.setattr("apps.operations.clock.now", lambda: NOW)
    file.write_bytes(Client().get(f"/api/v1/prop/decisions/{life.run.public_id}").content)
    assert CHECKER["main"](str(file)) == 0, capsys.readouterr().out
    assert "withheld   context.prompt" in capsys.readouterr().out
    true, missed = json.loads(file.read_text()), []
    assert true == told(life, ANYBODY) | {"damaged": []}
    for name, change in CHANGES.items():
        changed = copy.deepcopy(true)
        change(changed)
        file.write_text(json.dumps(changed))
        if CHECKER["main"](str(file)) != 1 or "DIFFERENT" not in capsys.readouterr().out:
            missed.append(name)
    assert missed == []


def test_the_owners_answer_and_words_are_held_to_the_record(tmp_path: Path, capsys: Any) -> None:
    life, file = Life(), tmp_path / "bundle.json"
    true = told(life, Reader(user_id=life.account.clone.owner_id))
    file.write_text(json.dumps(true))
    assert CHECKER["main"](str(file)) == 0, capsys.readouterr().out

    def another_answer(bundle: Bundle) -> None:
        bundle["answer"]["text"] = bundle["answer"]["text"].replace('"leverage":', '"leverage":1')
        bundle["answer"]["digest"] = text_seal(bundle["answer"]["text"])

    def another_word(bundle: Bundle) -> None:
        resealed(bundle["context"]["sections"]["prompt"], prompt={})

    for change in (another_answer, another_word, lambda b: b["answer"].update(text="")):
        changed = copy.deepcopy(true)
        change(changed)
        file.write_text(json.dumps(changed))
        assert CHECKER["main"](str(file)) == 1
        assert "DIFFERENT" in capsys.readouterr().out


def test_every_decision_of_a_life_is_found_sound(tmp_path: Path, capsys: Any) -> None:
    life, file = Life(), tmp_path / "bundle.json"
    for run in decisions.list_runs(subjects=[life.account.public_id]):
        account = PropAccount.objects.select_related("clone__owner").get(pk=life.account.pk)
        for reader in (ANYBODY, Reader(user_id=account.clone.owner_id)):
            file.write_text(json.dumps(proof.bundle(run, account, reader=reader, now=NOW)))
            assert CHECKER["main"](str(file)) == 0, capsys.readouterr().out[-600:]


@pytest.mark.parametrize(("column", "part"), [("context_artifact", "context"), ("answer_digest", "answer")])
def test_what_the_archive_lost_is_called_damaged_and_never_sound(
    column: str, part: str, tmp_path: Path, settings: Any, capsys: Any
) -> None:
    settings.ARTIFACT_ROOT = tmp_path
    life, file = Life(), tmp_path / "bundle.json"
    assert archive_payloads(now=NOW, after=timedelta()).failed == 0
    readers = (ANYBODY, Reader(user_id=life.account.clone.owner_id))
    assert [told(life, reader)["damaged"] for reader in readers] == [[], []]
    name = getattr(DecisionRun.objects.get(pk=life.run.pk), column)
    (lost,) = [path for path in tmp_path.rglob("*") if path.name == name]
    lost.unlink()
    for reader in readers:
        file.write_text(json.dumps(told(life, reader)))
        assert CHECKER["main"](str(file)) == 1
        out = capsys.readouterr().out
        assert f"DIFFERENT  damaged parts: must be [], is ['{part}']" in out and "as it was sealed" not in out
