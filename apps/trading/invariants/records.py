"""Invariants of the sealed records: the chain of every account, one record a verdict, and what each says was booked."""

import json
from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.db.models import Min

from apps.core.append_only import installed_triggers, trigger_names
from apps.core.json_strict import dumps_canonical
from apps.trading.invariants.one_account import invariant, rows_of
from apps.trading.models import ActionVerdict, ExecutionRecord, Fill, LedgerEntry, Order, PropAccount
from apps.trading.seals import record_digest
from apps.trading.types import VerdictStatus

_CHUNK = 500
_WORDS = {"executed": VerdictStatus.EXECUTED, "denied": VerdictStatus.DENIED, "refused": VerdictStatus.DENIED}


@invariant(
    "I-69", "Execution records are sealed: every account's chain is whole and no row can change", is_slow=True
)
def records_are_chained(account: int | None = None) -> list[str]:
    """Records whose digest, number, account or predecessor does not fit, wrong heads, missing triggers."""
    table = ExecutionRecord._meta.db_table
    missing = set(trigger_names(table)) - installed_triggers(connection, table)
    problems = [f"trigger {name} is missing" for name in sorted(missing)]
    heads: dict[int, tuple[int, str]] = {}
    rows = rows_of(ExecutionRecord, account).select_related("account").order_by("account_id", "sequence")
    for row in rows.iterator(chunk_size=_CHUNK):
        if fault := _link_fault(row, *heads.get(row.account_id, (0, ""))):
            problems.append(f"{row.account.public_id} record {row.sequence}: {fault}")
        heads[row.account_id] = row.sequence, row.digest
    accounts = rows_of(PropAccount, account).values_list("pk", "public_id", "record_sequence", "record_head")
    return problems + [
        f"{name}: the account's head is not the last record"
        for key, name, sequence, head in accounts.iterator(chunk_size=_CHUNK)
        if (sequence, head) != heads.get(key, (0, ""))
    ]


@invariant("I-70", "Every executed or denied action has its record, since records are kept")
def verdicts_have_records(account: int | None = None) -> list[str]:
    """Verdicts without a record after the first that has one, and records of actions that were held."""
    first = ExecutionRecord.objects.aggregate(first=Min("verdict_id"))["first"]
    if first is None:
        return []
    verdicts = rows_of(ActionVerdict, account)
    without = verdicts.filter(pk__gte=first, record__isnull=True).exclude(status=VerdictStatus.HELD)
    held = verdicts.filter(status=VerdictStatus.HELD, record__isnull=False)
    return [f"verdict {key}: no record" for key in without.values_list("pk", flat=True)] + [
        f"verdict {key}: held, and recorded" for key in held.values_list("pk", flat=True)
    ]


@invariant(
    "I-71",
    "What a record says agrees with verdict, gates, order, fills and ledger of its action",
    is_slow=True,
)
def records_agree(account: int | None = None) -> list[str]:
    """Records that tell another outcome, another run or other bookings than those that stand."""
    rows = rows_of(ExecutionRecord, account).select_related("account", "verdict__action__run")
    rows = rows.defer("verdict__action__run__context", "verdict__action__run__raw_answer")
    return [
        f"{row.account.public_id} record {row.sequence}: {fault}"
        for row in rows.order_by("account_id", "sequence").iterator(chunk_size=_CHUNK)
        for fault in _disagreements(row)
    ]


def _link_fault(row: Any, before: int, previous: str) -> str:
    if row.digest != record_digest(row.document):
        return "does not match its digest"
    document = json.loads(row.document)
    if dumps_canonical(document).decode("ascii") != row.document:
        return "is not written canonically"
    told = (document["account"], document["sequence"], document["previous"])
    if told != (row.account.public_id, row.sequence, row.previous_digest):
        return "tells another place in the chain"
    follows = row.sequence == before + 1 and row.previous_digest == previous
    return "" if follows else "does not follow the record before"


def _disagreements(row: Any) -> Iterator[str]:
    document, verdict = json.loads(row.document), row.verdict
    action = verdict.action
    if verdict.account_id != row.account_id:
        yield "belongs to another account than its verdict"
    if (document["run"], document["action"]) != (action.run.record_digest, action.index):
        yield "tells of another decision"
    ((word, outcome),) = document["outcome"].items()
    if (_WORDS[word], outcome.get("reason", "")) != (verdict.status, verdict.reason_code):
        yield f"says {word}, the verdict {verdict.status} {verdict.reason_code}"
    failing = [code for code, *_, holds in document["gates"] if not holds]
    if failing != ([outcome["reason"]] if word == "denied" else []):
        yield f"gates that do not hold are {failing}"
    booked = _booked(row.account_id, action.pk)
    if booked != (document["order"], document["fills"], document["ledger"]):
        yield "tells of other bookings than there are"


def _booked(account_id: int, action_id: int) -> tuple[int | None, list[str], list[int] | None]:
    """The number of an action's order, the seals of its fills, and the first and last of its ledger rows."""
    order = Order.objects.filter(action_id=action_id).values_list("pk", "sequence").first()
    if order is None:
        return None, [], None
    entries = LedgerEntry.objects.filter(account_id=account_id).order_by("sequence")
    number = order[1]
    rows = [
        *entries.filter(reference__startswith=f"fill:{number}:").values_list("sequence", "source_digest"),
        *entries.filter(reference__startswith=f"order:{number}:").values_list("sequence", "source_digest"),
    ]
    seals = list(dict.fromkeys(digest for _, digest in rows if digest))
    if len(seals) != Fill.objects.filter(order_id=order[0]).count():
        return number, seals, None
    places = [sequence for sequence, _ in rows]
    return number, seals, [min(places), max(places)]
