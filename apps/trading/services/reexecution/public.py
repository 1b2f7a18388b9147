"""Executing a decision again for whoever may read its account: seldom, and without what is the owner's."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from apps.core.json_strict import loads
from apps.decisions.services.sealing import RECORD_V1, RECORD_V2
from apps.trading.models import ExecutionRecord
from apps.trading.queries import Reader, reads_words
from apps.trading.services.chains import MAX_DOCUMENT
from apps.trading.services.reexecution import reexecute
from apps.trading.services.reexecution.bundle import get_readable_run, hides_exits
from apps.trading.services.reexecution.guard import MALFORMED
from apps.trading.services.reexecution.sharing import Verified, verified
from apps.trading.services.reexecution.steps import Step

_OF_THE_MARKET = frozenset({"market", "limits"})
_OF_PAYLOADS = frozenset({"context", "strategy", "prompt", "answer"})
"""Steps whose digests are those of what the owner alone may see: a digest tells it to whoever tries all it can be."""
_OF_THE_RECORD = frozenset({"record", "chain"})


def verify(run_id: str, *, reader: Reader, network: str | None, now: datetime) -> Verified:
    """The run executed again as this reader may see it, and when; raises NotFound, and RateLimited for too many at once
    or of one network.

    The record's digest is empty where the record is kept from the reader and has no salt, as in the bundle.
    """
    run, account = get_readable_run(run_id, reader)
    made = verified(run, account=account, now=now, network=network, ask=reexecute)
    if reads_words(account, reader):
        return made
    hidden = hides_exits(account, reader)
    bare = _bare(run, hidden)
    steps = tuple(
        _for_all(step, hidden, is_bare=(step.name, step.action) in bare) for step in made.found.steps
    )
    digest = "" if ("record", None) in bare else made.found.record_digest
    return Verified(replace(made.found, record_digest=digest, steps=steps), made.at)


def _bare(run: Any, hidden: bool) -> set[tuple[str, int | None]]:
    """The steps, by name and action, whose digests are those of records from before salts that others may not see."""
    found = set[tuple[str, int | None]]()
    if run.schema == RECORD_V1 or (hidden and run.schema == RECORD_V2):
        found |= {(name, None) for name in _OF_THE_RECORD}
    if hidden:
        rows = ExecutionRecord.objects.filter(verdict__action__run=run)
        texts = rows.values_list("verdict__action__index", "document")
        found |= {("record", index) for index, text in texts if not _is_salted(text)}
    return found


def _is_salted(text: str) -> bool:
    try:
        return "salt" in loads(text, max_bytes=MAX_DOCUMENT)
    except MALFORMED:
        return False


def _for_all(step: Step, hidden: bool, *, is_bare: bool) -> Step:
    """A step without the values and digests that are the owner's; whether and where it differs is everybody's."""
    if is_bare or step.name in _OF_PAYLOADS:
        step = replace(step, digests=())
    if is_bare or step.is_private or (hidden and step.name not in _OF_THE_MARKET):
        return replace(step, expected="", found="")
    return step
