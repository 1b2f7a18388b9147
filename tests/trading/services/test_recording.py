"""The sealed record of every verdict: what it holds, that it can be asked again, and that nothing is left out."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps as registry
from django.db import connection

from apps.core.append_only import RowIsImmutable, drop_trigger_sql
from apps.core.json_strict import dumps_canonical
from apps.exchange.record import ask_again
from apps.exchange.types import KERNEL_VERSION
from apps.market.queries import missing_citations
from apps.trading.models import (
    ActionVerdict,
    ExecutionRecord,
    Fill,
    InstrumentTerms,
    LedgerEntry,
    PropAccount,
)
from apps.trading.queries.evidence import EvidenceMissing, question_of
from apps.trading.seals import fill_digest, record_digest
from apps.trading.services import execution
from apps.trading.types import ACTION_TTL
from tests.trading import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> PropAccount:
    """An account with an open, an add, a refusal by a gate, a hold, a flip and a close in another asset."""
    world.put_quote(dollars=100)
    world.put_quote("ETH", dollars=50)
    account = world.make_account(world.make_clone(assets=("BTC", "ETH")))
    world.propose_action(account, size_lots=1_000_000)
    world.propose_action(account, symbol="ETH", size_lots=2_000_000, side=-1)
    world.propose_action(account, leverage=999)
    world.propose_action(account, "hold", side=None)
    world.propose_action(account, "flip", side=-1)
    world.propose_action(account, "close", symbol="ETH")
    execution.execute_pending(now=world.NOW)
    return account


def documents(account: PropAccount) -> list[dict[str, Any]]:
    return [json.loads(row.document) for row in account.records.order_by("sequence")]


def test_every_verdict_but_a_hold_has_its_record_in_the_order_of_judging(account: PropAccount) -> None:
    verdicts = ActionVerdict.objects.filter(account=account).exclude(status="held").order_by("action_id")
    rows = list(account.records.order_by("sequence"))
    assert [row.verdict_id for row in rows] == [verdict.pk for verdict in verdicts]
    assert [row.sequence for row in rows] == [1, 2, 3, 4, 5]
    assert [row.previous_digest for row in rows] == ["", *(row.digest for row in rows[:-1])]
    assert all(row.digest == record_digest(row.document) for row in rows)
    assert all(dumps_canonical(json.loads(row.document)).decode() == row.document for row in rows)
    account.refresh_from_db()
    assert (account.record_sequence, account.record_head) == (5, rows[-1].digest)


def test_each_question_asked_again_gives_the_recorded_gates_and_outcome(account: PropAccount) -> None:
    for row in account.records.all():
        document, question = json.loads(row.document), question_of(row)
        assert question is not None
        assert ask_again(question) == {"gates": document["gates"], "outcome": document["outcome"]}
        assert (document["stage"], document["kernel"]) == ("gates", KERNEL_VERSION)


def test_a_record_names_its_order_fills_and_ledger_rows(account: PropAccount) -> None:
    flip = documents(account)[3]
    fills = Fill.objects.filter(account=account, order__sequence=flip["order"]).order_by("index")
    assert flip["fills"] == [fill_digest(fill, order_sequence=flip["order"]) for fill in fills]
    assert len(flip["fills"]) == 2
    first, last = flip["ledger"]
    booked = LedgerEntry.objects.filter(account=account, sequence__range=(first, last))
    assert {entry.reference.split(":")[1] for entry in booked} == {str(flip["order"])}
    denied = documents(account)[2]
    assert (denied["order"], denied["fills"], denied["ledger"]) == (None, [], None)
    assert denied["gates"][-1] == ["LEVERAGE_ABOVE_POLICY", 1, 999, 20, False]


def test_what_a_denied_action_was_asked_with_is_pinned_and_cited() -> None:
    world.put_quote(dollars=100)
    account = world.make_account()
    world.propose_action(account, leverage=999)
    execution.execute_pending(now=world.NOW)
    (document,) = documents(account)
    assert missing_citations([document["question"]["quote"]["reference"]]) == set()
    assert InstrumentTerms.objects.filter(digest=document["question"]["instrument"]["digest"]).exists()
    assert question_of(account.records.get()) is not None


def test_a_refusal_before_any_price_is_recorded_without_a_question() -> None:
    world.put_quote(dollars=100)
    account = world.make_account()
    world.propose_action(account)
    late = world.NOW + ACTION_TTL + timedelta(minutes=1)
    execution.execute_pending(now=late)
    (document,) = documents(account)
    assert (document["stage"], document["question"], document["gates"]) == ("refused", None, [])
    assert document["outcome"]["refused"]["reason"] == "ACTION_EXPIRED"
    assert question_of(account.records.get()) is None


def test_what_was_changed_after_it_was_pinned_is_no_evidence(account: PropAccount) -> None:
    row = account.records.earliest("sequence")
    with connection.cursor() as cursor:
        for statement in drop_trigger_sql(connection.vendor, "trading_policysnapshot"):
            cursor.execute(statement)
        cursor.execute(
            "UPDATE trading_policysnapshot SET document = '{}' WHERE account_id = %s", [account.pk]
        )
    with pytest.raises(EvidenceMissing, match="policy"):
        question_of(row)


def test_a_repeated_execution_records_nothing_more(account: PropAccount) -> None:
    actions = registry.get_model("decisions.ProposedAction").objects.select_related("run")
    execution.execute_group(actions=list(actions), now=world.NOW)
    assert ExecutionRecord.objects.count() == 5


def test_a_record_is_for_ever(account: PropAccount) -> None:
    with pytest.raises(RowIsImmutable):
        account.records.update(document="{}")
