"""One byte anywhere: each planted corruption is named at its place."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from apps.core.append_only import drop_trigger_sql, installed_triggers, trigger_names, trigger_sql
from apps.decisions import queries as decisions
from apps.decisions.models import DecisionRun
from apps.decisions.services.archive import archive_payloads
from apps.market.models import BookSnapshot
from apps.trading.models import ActionVerdict, ExecutionRecord, Fill, LedgerEntry, Order, PropAccount
from apps.trading.services import cycle, execution
from apps.trading.services.reexecution import Reexecution, StepStatus, reexecute
from tests.trading import world
from tests.trading.reexecution.test_identical import STEP, live

pytestmark = pytest.mark.django_db
SLOTS = 8
NOW = world.NOW + SLOTS * STEP + timedelta(minutes=1)


def write(table: str, column: str, key: int, change: Callable[[Any], Any]) -> None:
    """Change one value of one row, past every trigger and every model."""
    held = trigger_names(table)[0] in installed_triggers(connection, table)
    with connection.cursor() as cursor:
        for statement in drop_trigger_sql(connection.vendor, table) if held else ():
            cursor.execute(statement)
        cursor.execute(f'SELECT "{column}" FROM {table} WHERE id = %s', [key])
        (value,) = cursor.fetchone()
        cursor.execute(f'UPDATE {table} SET "{column}" = %s WHERE id = %s', [change(value), key])
        assert cursor.rowcount == 1
        for statement in trigger_sql(connection.vendor, table) if held else ():
            cursor.execute(statement)


def flip(text: str) -> str:
    """Another first character."""
    return ("b" if text[0] == "a" else "a") + text[1:]


def more(number: int) -> int:
    return number + 1


def earlier(at: Any) -> str:
    """A moment before, as a database reads it; it gives moments as text or as such."""
    moment = at if isinstance(at, datetime) else datetime.fromisoformat(at)
    return str(moment - timedelta(hours=5))


def inside(old: str, new: str) -> Callable[[Any], str]:
    """A change of a text, or of the document in a JSON column, that must hit something."""

    def change(value: Any) -> str:
        text = value if isinstance(value, str) else json.dumps(value)
        assert old in text, f"{old!r} is not in {text[:300]!r}"
        return text.replace(old, new, 1)

    return change


class Life:
    """An account that traded, and of its decisions one that was filled, with every row behind it."""

    def __init__(self) -> None:
        self.account: PropAccount = live(SLOTS)
        order = Order.objects.filter(account=self.account, sequence__gt=1).select_related("action").first()
        assert order is not None and order.action is not None
        self.order, self.action = order, order.action
        self.run = DecisionRun.objects.get(pk=order.action.run_id)
        self.verdict = ActionVerdict.objects.get(action=self.action)
        self.record = ExecutionRecord.objects.get(verdict=self.verdict)
        self.document = json.loads(self.record.document)
        self.fill = Fill.objects.filter(order=order).latest("index")
        self.entry = LedgerEntry.objects.get(account=self.account, sequence=self.document["ledger"][0])
        self.reference = self.document["question"]["quote"]["reference"]

    def key(self, what: str) -> int:
        """The key of the row that is altered."""
        following = DecisionRun.objects.filter(
            subject=self.run.subject, sequence=(self.run.sequence or 0) + 1
        )
        keys: dict[str, Callable[[], Any]] = {
            "run": lambda: self.run.pk,
            "next": lambda: following.get().pk,
            "version": lambda: self.run.version_id,
            "action": lambda: self.action.pk,
            "verdict": lambda: self.verdict.pk,
            "record": lambda: self.record.pk,
            "order": lambda: self.order.pk,
            "fill": lambda: self.fill.pk,
            "entry": lambda: self.entry.pk,
            "account": lambda: self.account.pk,
            "policy": lambda: self.account.policies.get().pk,
            "terms": lambda: self.fill.terms_id,
            "quote": lambda: int(self.reference.partition(":")[2]),
        }
        return int(keys[what]())

    def again(self) -> Reexecution:
        return reexecute(decisions.get_run(self.run.public_id), now=NOW)


RUN, ACTION, RECORD = "decisions_decisionrun", "decisions_proposedaction", "trading_executionrecord"
CORRUPTIONS: list[tuple[str, str, str, Callable[[Any], Any], str, str]] = [
    (RUN, "run", "engine_revision", flip, "record", "one of the columns"),
    (RUN, "run", "symbol", lambda _: "ETH", "record", ".symbol"),
    (RUN, "run", "prompt_key", flip, "record", ".prompt_key"),
    (RUN, "run", "record_digest", flip, "record", ".record_digest"),
    (RUN, "run", "context_digest", flip, "record", ".context_digest"),
    (RUN, "run", "answer_digest", flip, "record", ".answer_digest"),
    (RUN, "run", "previous_digest", flip, "record", ".previous_digest"),
    (RUN, "next", "previous_digest", flip, "chain", "previous_digest"),
    (RUN, "run", "raw_answer", inside("trend", "trenc"), "answer", "raw_answer byte"),
    (RUN, "run", "prompt", lambda _: "Lose all of it.", "prompt", ".prompt byte 0"),
    (
        RUN,
        "run",
        "context",
        inside('"mark_micros": 1', '"mark_micros": 2'),
        "market",
        "context.quote.mark_micros",
    ),
    (RUN, "run", "context", inside('"close_micros": [1', '"close_micros": [2'), "market", "close_micros[0]"),
    (RUN, "run", "context", inside('"cash_micros": 9', '"cash_micros": 8'), "account", "account.cash_micros"),
    (
        RUN,
        "run",
        "context",
        inside('"notional_micros": ', '"notional_micros": 1'),
        "account",
        "positions[0].notional_micros",
    ),
    (RUN, "run", "context", inside('"max_leverage": ', '"max_leverage": 1'), "limits", "limits.max_leverage"),
    (RUN, "run", "context", inside('"cadence_ms": 3', '"cadence_ms": 4'), "strategy", "prompt.cadence_ms"),
    ("clones_strategyversion", "version", "digest", flip, "chain", "version.digest"),
    (
        "clones_strategyversion",
        "version",
        "compiled",
        inside('"cadenceMinutes": ', '"cadenceMinutes": 1'),
        "strategy",
        "version.compiled.prompts[0].cadenceMinutes",
    ),
    (ACTION, "action", "leverage", more, "actions", "ProposedAction[0].leverage"),
    (ACTION, "action", "notional_micros", more, "actions", "ProposedAction[0].notional_micros"),
    (ACTION, "action", "reason", flip, "actions", "ProposedAction[0].reason"),
    ("trading_actionverdict", "verdict", "status", lambda _: "held", "verdict", ".status"),
    ("trading_actionverdict", "verdict", "detail", lambda _: "a", "verdict", ".detail"),
    (RECORD, "record", "digest", flip, "record", ".digest"),
    (RECORD, "record", "previous_digest", flip, "record", ".previous_digest"),
    (RECORD, "record", "document", inside('"cash_micros":', '"cash_micros":1'), "gates", "document."),
    (RECORD, "record", "document", inside('["ACCOUNT_NOT_T', '["ACC0UNT_NOT_T'), "gates", "gates["),
    ("trading_order", "order", "size_lots", more, "fills", ".size_lots"),
    ("trading_order", "order", "status", lambda _: "cancelled", "fills", ".status"),
    ("trading_order", "order", "placed_at", earlier, "fills", ".placed_at"),
    ("trading_fill", "fill", "price_micros", more, "fills", ".price_micros"),
    ("trading_fill", "fill", "walk_micros", more, "fills", ".walk_micros"),
    ("trading_fill", "fill", "price_age_ms", more, "fills", "seals of its fills"),
    ("trading_ledgerentry", "entry", "amount_micros", more, "ledger", ".amount_micros"),
    ("trading_ledgerentry", "entry", "balance_after_micros", more, "ledger", ".balance_after_micros"),
    ("trading_ledgerentry", "entry", "source_digest", flip, "ledger", ".source_digest"),
    ("trading_ledgerentry", "entry", "hash", flip, "ledger", ".hash"),
    (
        "trading_policysnapshot",
        "policy",
        "document",
        inside('"max_leverage": ', '"max_leverage": 1'),
        "named",
        "PolicySnapshot",
    ),
    ("trading_policysnapshot", "policy", "digest", flip, "named", "PolicySnapshot"),
    (
        "trading_instrumentterms",
        "terms",
        "document",
        inside('"max_leverage": ', '"max_leverage": 1'),
        "named",
        "InstrumentTerms",
    ),
    ("market_quote", "quote", "mark_micros", more, "named", ".mark_micros"),
]


@pytest.fixture
def long_life() -> Life:
    return Life()


def test_one_changed_value_anywhere_is_named_at_its_place(long_life: Life) -> None:
    assert long_life.again().status == StepStatus.IDENTICAL
    wrong = []
    for table, what, column, change, step, place in CORRUPTIONS:
        with transaction.atomic():
            write(table, column, long_life.key(what), change)
            found = long_life.again()
            transaction.set_rollback(True)
        differing = [one for one in found.steps if one.status == StepStatus.DIFFERENT]
        told = [(one.name, one.where, one.expected, one.found) for one in differing]
        if not any(one.name == step and place in one.where for one in differing):
            wrong.append((table, column, step, place, told))
        assert all(where and expected != value for _, where, expected, value in told), told
    assert wrong == []
    assert long_life.again().status == StepStatus.IDENTICAL


def test_the_head_of_the_account_is_held_to_its_last_record(long_life: Life) -> None:
    last = (
        ExecutionRecord.objects.filter(account=long_life.account)
        .select_related("verdict__action__run")
        .last()
    )
    assert last is not None
    write("trading_propaccount", "record_head", long_life.account.pk, flip)
    found = reexecute(decisions.get_run(last.verdict.action.run.public_id), now=NOW)
    assert found.first_difference is not None and ".record_head" in found.first_difference.where


def test_a_book_that_was_altered_is_named() -> None:
    world.put_candles(end=world.NOW)
    world.put_quote(dollars=160)
    account = world.make_account()
    book = BookSnapshot.objects.create(
        asset=world.make_asset(),
        at=world.NOW,
        bids=[[159_900_000, 90_000_000]],
        asks=[[160_100_000, 90_000_000]],
        source="synthetic",
        knowable_at=world.NOW,
    )
    cycle.run_account_cycle(account_id=account.pk, prompt_key="prompt", slot_at=world.NOW, now=world.NOW)
    execution.execute_pending(now=world.NOW)
    run = DecisionRun.objects.get()
    assert reexecute(decisions.get_run(run.public_id), now=NOW).status == StepStatus.IDENTICAL
    levels = [[price + 1, size] for price, size in book.asks]
    write("market_booksnapshot", "asks", book.pk, lambda _: json.dumps(levels))
    first = reexecute(decisions.get_run(run.public_id), now=NOW).first_difference
    assert first is not None and first.where == f"market book:{book.pk}" and first.name == "named"


def test_a_byte_of_an_archived_context_is_named_by_its_artifact(
    long_life: Life, tmp_path: Path, settings: Any
) -> None:
    settings.ARTIFACT_ROOT = tmp_path
    assert archive_payloads(now=NOW, after=timedelta()).failed == 0
    assert long_life.again().status == StepStatus.IDENTICAL
    run = DecisionRun.objects.get(pk=long_life.run.pk)
    (file,) = [path for path in tmp_path.rglob("*") if run.context_artifact in path.name]
    file.chmod(0o600)
    file.write_bytes(file.read_bytes().replace(b"160", b"161", 1))
    first = long_life.again().first_difference
    assert first is not None and first.name == "context" and run.context_artifact in first.where
    file.unlink()
    lost = long_life.again().first_difference
    assert lost is not None and lost.name == "context"


def test_the_command_tells_by_its_code(long_life: Life, capsys: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("apps.operations.clock.now", lambda: NOW)
    call_command("replay_decision", long_life.run.public_id)
    assert "identical in every step" in capsys.readouterr().out
    with pytest.raises(CommandError) as unknown:
        call_command("replay_decision", "run_none")
    assert unknown.value.returncode == 2
    write("trading_fill", "price_micros", long_life.fill.pk, more)
    with pytest.raises(SystemExit) as different:
        call_command("replay_decision", long_life.run.public_id, "--json")
    assert different.value.code == 1
    told = json.loads(capsys.readouterr().out)
    assert told["status"] == "different" and any(".price_micros" in step["where"] for step in told["steps"])
